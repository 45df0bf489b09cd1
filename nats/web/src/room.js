// One room that is open in this app: its log is kept current, what its user writes gets there once, and receipts say how far he is.

import { Listener } from "./listener.js";
import { Receipts } from "./receipts.js";
import { RoomLog } from "./room_log.js";
import { Sender } from "./sender.js";

/** @typedef {import("./client.js").Client} Client */
/** @typedef {import("./room_log.js").News} News */
/** @typedef {import("./room_log.js").Message} Message */
/** @typedef {{room: any, me: any, peer?: string}} MyRoom */

const PAGE = 50;
const FOUND = 20;
/** Missing news often come a moment later by themselves. */
const GAP_MS = 200;
/** Who is so many parts behind begins anew with the newest page. */
const MOST_PARTS = 5;
const TYPING_EVERY_MS = 3000;

/**
 * Events: `change` (messages, people, settings, or what waits), `typing`, `receipts`, `gone` (the user is not in it any more).
 */
export class Room extends EventTarget {
  /** @type {Client} */
  #client;
  #sender;
  /** @type {Listener | null} */
  #listener = null;
  /** @type {Promise<unknown>} */
  #loading = Promise.resolve();
  /** @type {Promise<void> | null} */
  #syncing = null;
  #gapTimer;
  #said;
  #reads = 0;
  #typedAt = 0;
  #closed = false;
  #asking = false;

  /** What the user is to it. @type {any} */
  me;
  /** The other one, in a conversation of two. @type {string | undefined} */
  peer;
  /** @type {RoomLog} */
  log;
  /** Who types, and until when it shows. @type {Map<string, number>} */
  typing = new Map();
  /** How far others are. @type {Map<string, {delivered_seq: number, read_seq: number}>} */
  receipts = new Map();

  /** @param {Client} client @param {MyRoom} mine @param {Storage} [store] */
  constructor(client, mine, store = localStorage) {
    super();
    this.#client = client;
    this.log = new RoomLog(client.uid);
    this.id = mine.room.room_id;
    const on = { change: () => this.#tell("change"), refused: () => this.refresh() };
    this.#sender = new Sender(client, this.id, this.log, store, on);
    this.#stand(mine);
    this.#reads = mine.me.read_seq ?? 0;
    const far = () => (this.#closed || !this.joined ? null : { delivered: this.log.last, read: this.#reads });
    this.#said = new Receipts(client, this.id, this.#reads, far);
  }

  /** The room as it was last told. */
  get view() {
    return this.log.room;
  }

  /** Whether the user is in it. */
  get joined() {
    return this.me.state === "joined";
  }

  get isDirect() {
    return this.view.kind === "direct";
  }

  /** Whether the user may do something here. @param {string} power */
  may(power) {
    return this.me.powers.includes(power);
  }

  /** Whether something is on its way there. */
  get sending() {
    return !this.#closed && this.log.pending.some((pending) => pending.state !== "refused");
  }

  /** The text that was being written. */
  get draft() {
    return this.#sender.draft;
  }

  set draft(text) {
    this.#sender.draft = text;
  }

  /** Loads the newest messages, who is here, and what was not sent before the page was closed. */
  async open() {
    this.#sender.resume();
    await this.#load(() => this.#begin());
    this.#sender.pump();
    this.#tell("change");
  }

  /** Lets go of it, without a word to the house. */
  close() {
    this.#closed = true;
    clearTimeout(this.#gapTimer);
    this.#said.close();
    this.#listener?.close();
    this.#sender.close();
  }

  /** Takes news of this room. @param {News} news */
  receive(news) {
    const different = this.log.receive(news);
    if (news.message && news.what === "message") this.typing.delete(news.message.author);
    // What the user may do here follows from his role, from the room's settings and from sanctions.
    if (news.what === "room" || news.member?.uid === this.#client.uid) this.refresh();
    if (different) this.#changed();
    this.#mind();
  }

  /** The house said that the room is at this number. @param {number} seq */
  heard(seq) {
    this.log.heard(seq);
    this.#mind();
  }

  /** The line is back: something may have been missed, and what waits goes out at once. */
  back() {
    this.sync();
    this.refresh();
    this.#sender.wake();
  }

  /** @param {{uid: string, until: string}} typing */
  typed({ uid, until }) {
    if (uid === this.#client.uid) return;
    this.typing.set(uid, Date.parse(until));
    this.#tell("typing");
  }

  /** @param {{uid: string, delivered_seq: number, read_seq: number}} receipt */
  receipted({ uid, delivered_seq, read_seq }) {
    const before = this.receipts.get(uid);
    this.receipts.set(uid, {
      delivered_seq: Math.max(delivered_seq, before?.delivered_seq ?? 0),
      read_seq: Math.max(read_seq, before?.read_seq ?? 0),
    });
    this.#tell("receipts");
  }

  /** Who types just now. @returns {string[]} */
  get typers() {
    const now = this.#client.clock.now();
    return [...this.typing].filter(([, until]) => until > now).map(([uid]) => uid);
  }

  /** Asks anew what the room is and what the user is in it. */
  async refresh() {
    if (this.#asking) return;
    this.#asking = true;
    try {
      this.standing(await this.#client.ask("rooms", "show", { room_id: this.id }));
    } catch (error) {
      if (["not_found", "forbidden"].includes(error.code)) this.#leave("removed");
    } finally {
      this.#asking = false;
    }
  }

  /** The house told what the user is to the room. @param {MyRoom} mine */
  standing(mine) {
    const was = this.me.state;
    this.#stand(mine);
    if (was === "joined" && !this.joined) this.#leave(mine.me.state ?? "removed");
    this.#tell("change");
  }

  /** Loads older messages. @returns {Promise<boolean>} whether there are still older ones */
  async more() {
    await this.#load(async () => {
      const before = this.log.older;
      if (before === null) return;
      this.log.prepend(await this.#client.ask("chat", "history", { room_id: this.id, before, limit: PAGE }), before);
    });
    this.#tell("change");
    return this.log.older !== null;
  }

  /** Closes the gap, and asks whether there is more than was heard of. */
  sync() {
    if (this.log.seq === null || this.#closed) return;
    this.#syncing ??= this.#catchUp()
      .catch((error) => {
        if (!this.#closed && this.#client.status === "connected") console.warn("cannot ask what changed in the room:", error.message);
        return error.retryable;
      })
      .then((again) => {
        this.#syncing = null;
        if (again && !this.#closed) setTimeout(() => this.#mind(), 1000);
      });
    return this.#syncing;
  }

  // ---- what the user does

  /**
   * Writes a message. It is kept until the room has it.
   * @param {{kind?: string, body?: string, reply_to?: number, mentions?: string[], attachment?: string}} what
   */
  send(what) {
    this.#typedAt = 0;
    this.#sender.send(what);
  }

  /** Tries again what was refused. @param {string} id */
  retry(id) {
    this.#sender.retry(id);
  }

  /** Gives up what was refused. @param {string} id */
  discard(id) {
    this.#sender.discard(id);
  }

  /** @param {Message} message @param {string} body */
  edit(message, body) {
    return this.#change("edit", { message_id: message.message_id, body });
  }

  /** @param {Message} message */
  async delete(message) {
    await this.#client.change("chat", "delete", { room_id: this.id, message_ids: [message.message_id] });
    this.#mind();
  }

  /** @param {Message} message @param {string} emoji @param {boolean} on */
  react(message, emoji, on) {
    return this.#change("react", { message_id: message.message_id, emoji, on });
  }

  /** @param {Message} message @param {boolean} on */
  pin(message, on) {
    return this.#change("pin", { message_id: message.message_id, on });
  }

  /** Decides on a message that waits for review. @param {Message} message @param {boolean} approve */
  async review(message, approve) {
    await this.#client.change("chat", "review", { room_id: this.id, message_ids: [message.message_id], approve });
    this.#mind();
  }

  /** Finds messages here, the newest first. @param {string} query @param {string} [cursor] @returns {Promise<{items: Message[], cursor?: string}>} */
  search(query, cursor) {
    return this.#client.ask("chat", "search", { room_id: this.id, query, limit: FOUND, ...(cursor ? { cursor } : {}) });
  }

  /** @returns {Promise<Message[]>} */
  async pins() {
    return (await this.#client.ask("chat", "pins", { room_id: this.id })).items;
  }

  /** The user types; it is said at most every few seconds. */
  type() {
    const now = Date.now();
    if (now - this.#typedAt < TYPING_EVERY_MS || !this.joined) return;
    this.#typedAt = now;
    this.#client.ask("chat", "typing", { room_id: this.id }, { attempts: 1 }).catch(() => undefined);
  }

  /** The user sees all messages up to the last one. */
  read() {
    if (this.log.last <= this.#reads) return;
    this.#reads = this.log.last;
    this.me = { ...this.me, unread: 0, read_seq: this.#reads };
    this.#said.now();
  }

  /** The last message that the user read. */
  get readUpTo() {
    return this.#reads;
  }

  /** Changes settings of the room. @param {object} change */
  async update(change) {
    this.standing(await this.#client.change("rooms", "update", { room_id: this.id, change }));
  }

  /** Leaves it. */
  async leave() {
    this.standing(await this.#client.change("rooms", "leave", { room_id: this.id }));
  }

  /** Who waits in the lobby. @returns {Promise<any[]>} */
  async lobby() {
    return (await this.#client.ask("rooms", "lobby", { room_id: this.id, limit: 100 })).items;
  }

  /** Acts on somebody in the room: `admit`, `invite`, `role`, `sanction`, `lift`. @param {string} verb @param {string} uid @param {object} [how] */
  async act(verb, uid, how = {}) {
    const reply = await this.#client.change("rooms", verb, { room_id: this.id, uid, ...how });
    this.#mind();
    return reply;
  }

  /** Puts a call into the room, or takes out the one that is in it. @param {string} [call] */
  async hold(call) {
    this.standing(await this.#client.change("rooms", "hold_call", { room_id: this.id, ...(call ? { call_id: call } : {}) }));
  }

  // ---- inside

  /** @param {MyRoom} mine */
  #stand(mine) {
    this.log.described(mine.room);
    this.me = { ...mine.me, read_seq: Math.max(mine.me.read_seq ?? 0, this.#reads) };
    this.peer = mine.peer;
    const wanted = mine.room.fan_out === "ticket" && mine.me.state === "joined" && !this.#closed;
    if (wanted && (!this.#listener || this.#listener.closed)) {
      this.#listener = new Listener(this.#client, this.id, { onnews: (news) => this.receive(news), onopen: () => this.sync() });
    } else if (!wanted && this.#listener) {
      this.#listener.close();
      this.#listener = null;
    }
  }

  /** @param {string} state */
  #leave(state) {
    this.me = { ...this.me, state, powers: [] };
    this.#listener?.close();
    this.#listener = null;
    this.#tell("gone");
  }

  /** The newest page, and then what is no part of it: news up to the page's number are not heard any more. */
  async #begin() {
    const page = await this.#client.ask("chat", "history", { room_id: this.id, limit: PAGE });
    const members = this.#client.ask("rooms", "members", { room_id: this.id, limit: 200 });
    const receipts = this.#client.ask("chat", "receipts", { room_id: this.id });
    const mine = this.#client.ask("rooms", "show", { room_id: this.id });
    const [people, read, shown] = await Promise.all([members, receipts, mine]);
    this.log.start(page);
    this.log.peopled(people.items, page.seq);
    for (const receipt of read.items) if (receipt.uid !== this.#client.uid) this.receipted(receipt);
    this.standing(shown);
    this.#changed();
    this.#mind();
  }

  /** One load at a time: an older page must not come from before a new beginning. @param {() => Promise<void>} load */
  #load(load) {
    const done = this.#loading.then(load);
    this.#loading = done.catch(() => undefined);
    return done;
  }

  /** @returns {Promise<boolean>} whether something is still missing */
  async #catchUp() {
    for (let part = 1; ; part++) {
      const reply = await this.#client.ask("chat", "sync", { room_id: this.id, after: this.log.seq });
      this.log.synced(reply);
      this.#changed();
      if (!reply.more) return this.log.gap;
      if (part < MOST_PARTS) continue;
      await this.#load(() => this.#begin());
      return this.log.gap;
    }
  }

  /** Looks whether something is missing. */
  #mind() {
    if (!this.log.gap || this.#closed) return;
    // In a big room thousands miss the same: they do not ask at the same instant.
    this.#gapTimer ??= setTimeout(() => {
      this.#gapTimer = undefined;
      if (this.log.gap) this.sync();
    }, GAP_MS * (0.5 + Math.random()));
  }

  #changed() {
    this.#sender.tidy();
    this.#said.soon();
    this.#tell("change");
  }

  /** @param {string} verb @param {object} body */
  async #change(verb, body) {
    this.log.took(await this.#client.change("chat", verb, { room_id: this.id, ...body }));
    this.#tell("change");
  }

  /** @param {string} name */
  #tell(name) {
    if (!this.#closed) this.dispatchEvent(new CustomEvent(name));
  }
}
