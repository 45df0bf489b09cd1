// The rooms and conversations of one user: which there are, what is unread in them, and those that are open here.

import { Delivered } from "./delivered.js";
import { Outbox } from "./outbox.js";
import { Room } from "./room.js";

/** @typedef {import("./client.js").Client} Client */
/** @typedef {import("./room.js").MyRoom} MyRoom */
/** @typedef {MyRoom & {last?: import("./room_log.js").Message}} Entry */

const AGAIN_MS = 300;
/** News that are lost with nothing after them are found by this. */
const LOOK_MS = 30_000;
const PAGE = 100;

/** Events: `list` (which rooms there are or what is unread), `standing` (detail: a room that the user came into, or out of). */
export class Rooms extends EventTarget {
  /** @type {Client} */
  #client;
  /** @type {Map<string, Room>} */
  #open = new Map();
  /** @type {[string, (event: any) => void][]} */
  #listeners = [];
  #again;
  #look;
  /** An open room says itself how far it got. */
  #delivered;

  /** @type {Map<string, Entry>} */
  mine = new Map();

  /** @param {Client} client */
  constructor(client) {
    super();
    this.#client = client;
    this.#delivered = new Delivered(client);
    this.#on("chat.news", (push) => this.#news(push.data));
    this.#on("chat.typing", (push) => this.#open.get(push.data.room_id)?.typed(push.data));
    this.#on("chat.receipt", (push) => this.#receipt(push.data));
    for (const name of ["invited", "removed", "admitted"]) this.#on(`rooms.${name}`, (push) => this.#stands(push.data));
    this.#on("status", (status) => status === "connected" && this.#back());
    this.#look = setInterval(() => client.status === "connected" && this.refresh().catch(() => undefined), LOOK_MS);
  }

  /** Those that the user is in or is asked into, the last active first. @returns {Entry[]} */
  get list() {
    return [...this.mine.values()];
  }

  /** Asks which there are. */
  async refresh() {
    const before = this.mine;
    const mine = new Map();
    for (let cursor; ; ) {
      const page = await this.#client.ask("rooms", "mine", { limit: PAGE, ...(cursor ? { cursor } : {}) });
      for (const entry of page.items) mine.set(entry.room.room_id, { ...entry, last: before.get(entry.room.room_id)?.last });
      cursor = page.cursor;
      if (!cursor || mine.size >= 10 * PAGE) break;
    }
    this.mine = mine;
    for (const [id, { me, room }] of mine) {
      // What came while nobody was here, or before he was in.
      if (me.state === "joined" && me.unread && !this.#open.has(id)) this.#delivered.upTo(id, room.seq);
    }
    for (const [id, room] of this.#open) {
      const entry = mine.get(id);
      if (!entry) continue;
      room.heard(entry.room.seq);
      if (room.readUpTo >= entry.me.read_seq) entry.me = { ...entry.me, unread: this.#unread(room) };
    }
    this.#tell("list");
  }

  /** Opens a room that the user is in. @param {MyRoom} mine @returns {Promise<Room>} */
  async open(mine) {
    const room = new Room(this.#client, mine);
    this.#open.get(room.id)?.close();
    // Before it is loaded: news that come meanwhile must not be missed.
    this.#open.set(room.id, room);
    try {
      await room.open();
    } catch (error) {
      room.close();
      this.#open.delete(room.id);
      throw error;
    }
    return room;
  }

  /** Closes a room when what was written in it is sent. @param {Room} room */
  close(room) {
    if (room.sending) {
      room.addEventListener("change", () => this.close(room), { once: true });
      return;
    }
    const { last } = room.log;
    room.close();
    if (this.#open.get(room.id) !== room) return;
    this.#open.delete(room.id);
    // What came in the last moment before that it had not said itself.
    if (room.joined && last > room.readUpTo) this.#delivered.upTo(room.id, last);
  }

  /** Sends what was written in rooms that are not open, before the page was closed. */
  async resume() {
    for (const mine of this.list) {
      const { room_id: id } = mine.room;
      if (this.#open.has(id) || mine.me.state !== "joined") continue;
      if (new Outbox(localStorage, this.#client.uid, id).unsent.length) this.close(await this.open(mine));
    }
  }

  /** The user saw everything in an open room. @param {Room} room */
  read(room) {
    room.read();
    const entry = this.mine.get(room.id);
    if (!entry?.me.unread) return;
    entry.me = { ...entry.me, unread: 0, read_seq: room.readUpTo };
    this.#tell("list");
  }

  /** Finds rooms that can be entered. @param {{query?: string, tenant?: string, category?: string}} what @returns {Promise<MyRoom[]>} */
  async find(what) {
    return (await this.#client.ask("rooms", "ls", { ...what, limit: 50 })).items;
  }

  /** @param {string} id @returns {Promise<MyRoom>} */
  show(id) {
    return this.#client.ask("rooms", "show", { room_id: id });
  }

  /** The main room of somebody, which is always there. @param {string} tenant @returns {Promise<MyRoom>} */
  primary(tenant) {
    return this.#client.ask("rooms", "primary", { tenant });
  }

  /** @param {object} what @returns {Promise<MyRoom>} */
  create(what) {
    return this.#took(this.#client.change("rooms", "create", what));
  }

  /** Enters a room; the fee is what was shown. @param {string} id @param {string} [fee] @returns {Promise<MyRoom>} */
  join(id, fee) {
    return this.#took(this.#client.change("rooms", "join", { room_id: id, ...(fee ? { fee } : {}) }));
  }

  /** Leaves a room or its lobby, or declines an invitation. @param {string} id @returns {Promise<MyRoom>} */
  leave(id) {
    return this.#took(this.#client.change("rooms", "leave", { room_id: id }));
  }

  /** Closes a room for good. @param {string} id @returns {Promise<MyRoom>} */
  shut(id) {
    return this.#took(this.#client.change("rooms", "close", { room_id: id }));
  }

  /** Opens the conversation with somebody. @param {string} uid @returns {Promise<MyRoom>} */
  direct(uid) {
    return this.#took(this.#client.change("rooms", "direct", { uid }));
  }

  /** Takes a message request, or declines it. @param {string} id @param {boolean} accept @returns {Promise<MyRoom>} */
  answer(id, accept) {
    return this.#took(this.#client.change("rooms", "answer_direct", { room_id: id, accept }));
  }

  /** @param {string} uid @param {boolean} block */
  async block(uid, block) {
    await this.#client.change("rooms", "block", { uid, block });
    this.#soon();
  }

  /** @returns {Promise<string[]>} */
  async blocked() {
    return (await this.#client.ask("rooms", "blocked", { limit: 100 })).items;
  }

  /** Drops everything. */
  dispose() {
    clearInterval(this.#look);
    clearTimeout(this.#again);
    this.#delivered.close();
    for (const [name, listener] of this.#listeners) this.#client.removeEventListener(name, listener);
    for (const room of this.#open.values()) room.close();
    this.#open.clear();
  }

  // ---- inside

  /** @param {import("./room_log.js").News} news */
  #news(news) {
    const room = this.#open.get(news.room_id);
    room?.receive(news);
    const entry = this.mine.get(news.room_id);
    if (!entry) {
      this.#soon();
      return;
    }
    if (news.room) entry.room = news.room;
    if (news.members !== undefined) entry.room = { ...entry.room, members: news.members };
    if (news.member?.uid === this.#client.uid) this.#soon();
    if (news.what === "message" && news.message) this.#arrived(entry, news.message, room);
    this.#tell("list");
  }

  /** @param {Entry} entry @param {import("./room_log.js").Message} message @param {Room | undefined} room */
  #arrived(entry, message, room) {
    const id = message.room_id;
    entry.last = message;
    if (room) entry.me = { ...entry.me, unread: this.#unread(room) };
    else if (message.author !== this.#client.uid && message.seq > entry.me.read_seq) {
      entry.me = { ...entry.me, unread: entry.me.unread + 1 };
    }
    // The last active comes first.
    this.mine = new Map([[id, entry], ...[...this.mine].filter(([other]) => other !== id)]);
    if (!room && entry.me.state === "joined") this.#delivered.upTo(id, message.seq);
  }

  /** @param {Room} room */
  #unread(room) {
    return room.log.messages.filter((m) => m.seq > room.readUpTo && m.author !== this.#client.uid).length;
  }

  /** @param {any} receipt */
  #receipt(receipt) {
    if (receipt.uid !== this.#client.uid) this.#open.get(receipt.room_id)?.receipted(receipt);
    // Read on another device.
    else if (receipt.read_seq > (this.mine.get(receipt.room_id)?.me.read_seq ?? Infinity)) this.#soon();
  }

  /** @param {MyRoom} mine */
  #stands(mine) {
    this.#open.get(mine.room.room_id)?.standing(mine);
    this.#put(mine);
    this.dispatchEvent(new CustomEvent("standing", { detail: mine }));
    this.#soon();
  }

  /** @param {MyRoom} mine */
  #put(mine) {
    const id = mine.room.room_id;
    if (["joined", "invited", "lobby"].includes(mine.me.state ?? "")) this.mine.set(id, { ...this.mine.get(id), ...mine });
    else this.mine.delete(id);
    this.#tell("list");
  }

  /** @param {Promise<MyRoom>} asked */
  async #took(asked) {
    const mine = await asked;
    this.#put(mine);
    return mine;
  }

  #back() {
    this.#soon();
    for (const room of this.#open.values()) room.back();
  }

  #soon() {
    this.#again ??= setTimeout(() => {
      this.#again = undefined;
      this.refresh().catch((error) => console.warn("cannot list rooms:", error.message));
    }, AGAIN_MS);
  }

  /** @param {string} name @param {(detail: any) => void} act */
  #on(name, act) {
    const listener = ({ detail }) => act(detail);
    this.#listeners.push([name, listener]);
    this.#client.addEventListener(name, listener);
  }

  /** @param {string} name */
  #tell(name) {
    this.dispatchEvent(new CustomEvent(name));
  }
}
