// A room on the page: its messages, and what stands above them.

import { Composer } from "./composer.js";
import { $, element, say, theirs } from "./dom.js";
import { messageView, pendingView } from "./message_view.js";
import { aboutText, lineOf, presenceText, receiptText, standingText, titleOf, typingText } from "./rooms_words.js";
import { RoomCall } from "./room_call.js";
import { Seek } from "./seek.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./room_log.js").Message} Message */

/** So near to the end counts as being there. */
const NEAR_PX = 60;
/** So near to the beginning of what is shown, what is older is loaded. */
const OLDER_PX = 300;
const TICK_MS = 500;
const WATCH_MS = 30_000;

export class RoomView {
  #client;
  #rooms;
  #hands;
  #notice;
  #life = new AbortController();
  /** @type {Map<string, {stamp: string, node: HTMLElement}>} */
  #drawn = new Map();
  #atEnd = true;
  #due = false;
  #pinned = "";
  /** How the other one of a conversation is here. @type {any} */
  #presence = null;
  #watchAgain = 0;
  #seek;
  #loading = false;

  /** The field in which one writes. @type {Composer} */
  composer;
  /** The call of the room. @type {RoomCall} */
  call;
  /** The room that is shown. @type {Room | null} */
  room = null;
  /** Whom the user blocked. @type {Set<string>} */
  blocked = new Set();

  /**
   * @param {import("./client.js").Client} client
   * @param {import("./rooms.js").Rooms} rooms
   * @param {Pick<import("./message_view.js").Hands, "menu" | "person">} acts
   * @param {(text: string | null) => void} notice
   */
  constructor(client, rooms, acts, notice) {
    this.#client = client;
    this.#rooms = rooms;
    this.#notice = notice;
    this.#hands = {
      uid: client.uid,
      ...acts,
      react: (message, emoji, on) => this.try(() => this.room?.react(message, emoji, on)),
      go: (seq) => this.try(() => this.go(seq)),
      fresh: (attachment) => client.ask("chat", "attachment", { attachment_id: attachment.attachment_id }),
      retry: (id) => this.room?.retry(id),
      discard: (id) => this.room?.discard(id),
    };
    this.composer = new Composer(client, {
      notice,
      try: (act) => this.try(act),
      sent: () => {
        this.#atEnd = true;
        this.draw();
      },
    });
    this.call = new RoomCall(client, this.#life.signal);
    this.#seek = new Seek(this);
    this.#wire();
  }

  /** @param {Room} room */
  show(room) {
    this.hide();
    this.room = room;
    this.#atEnd = true;
    this.composer.show(room);
    $("messages").replaceChildren();
    this.#drawn.clear();
    this.#presence = null;
    this.#watchAgain = 0;
    for (const name of ["change", "typing", "receipts", "gone"]) room.addEventListener(name, () => this.draw());
    this.draw();
  }

  hide() {
    this.composer.hide();
    this.call.hide();
    this.#seek.close();
    this.room = null;
  }

  /** Lets go of the page. */
  dispose() {
    this.hide();
    this.composer.dispose();
    this.#life.abort();
  }

  /** Does something and says what failed. @param {() => unknown} act */
  async try(act) {
    try {
      await act();
    } catch (error) {
      this.#notice(error.name === "NotAllowedError" ? "The microphone is not allowed for this page." : error.message);
    }
  }

  /** Goes to a message; what lies between is loaded. @param {number} seq */
  async go(seq) {
    const { room } = this;
    for (let pages = 0; room && pages < 20 && room.log.older !== null && room.log.older > seq; pages++) await room.more();
    if (!room || this.room !== room) return;
    this.#atEnd = false;
    this.#draw(room);
    const node = $("messages").querySelector(`[data-seq="${Number(seq)}"]`);
    if (!node) throw new Error("That message is too far back to be shown here.");
    node.scrollIntoView({ block: "center" });
    node.focus({ preventScroll: true });
    this.#scrolled();
  }

  /** Draws soon; many changes come together. */
  draw() {
    if (this.#due) return;
    this.#due = true;
    const now = () => {
      this.#due = false;
      if (this.room) this.#draw(this.room);
    };
    // A page that nobody sees draws no frames.
    if (document.visibilityState === "visible") requestAnimationFrame(now);
    else setTimeout(now, TICK_MS);
  }

  // ---- drawing

  /** @param {Room} room */
  #draw(room) {
    const mine = { room: room.view, me: room.me, peer: room.peer };
    say($("room-name"), titleOf(mine));
    const about = room.isDirect ? [this.#presence ? presenceText(this.#presence) : ""] : [room.view.topic, `${room.view.members} here`];
    say($("room-about"), about.filter(Boolean).join(" · "));
    $("room-name").title = titleOf(mine);
    $("room-about").title = [room.view.topic, aboutText(mine)].filter(Boolean).join("\n");
    say($("standing"), standingText(mine));
    document.body.dataset.standing = room.me.state ?? "none";
    document.body.dataset.muted = room.me.muted_until ? "yes" : "no";
    this.#drawMessages(room);
    this.composer.draw();
    this.call.draw(room);
    this.#drawPins(room);
    this.#drawTyping();
    $("older").hidden = room.log.older === null;
    $("people-open").hidden = room.isDirect;
    const waiting = room.may("admit") ? [...room.log.members.values()].filter((member) => member.state === "lobby").length : 0;
    $("people-open").textContent = waiting ? `People (${waiting} wait${waiting === 1 ? "s" : ""})` : "People";
    if (this.#atEnd) this.#toEnd();
    else $("newest").hidden = room.readUpTo >= room.log.last;
  }

  /** @param {Room} room */
  #drawMessages(room) {
    const last = room.log.messages.findLast((m) => m.author === this.#client.uid && m.kind !== "notice");
    const nodes = [];
    const drawn = new Map();
    const keep = (key, stamp, make) => {
      const before = this.#drawn.get(key);
      const now = before?.stamp === stamp ? before : { stamp, node: make() };
      drawn.set(key, now);
      nodes.push(now.node);
    };
    let day = "";
    for (const message of room.log.messages) {
      if (message.held && message.author !== this.#client.uid && !room.may("delete_others")) continue;
      const date = new Date(message.at).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
      if (date !== day) keep(`day ${date}`, "", () => element("li", "day", date));
      day = date;
      const answers = message.reply_to ? room.log.at(message.reply_to) : undefined;
      const receipt = message === last && room.view.fan_out === "direct" ? receiptText(message.seq, room.receipts, room.isDirect) : "";
      const hidden = this.blocked.has(message.author);
      const stamp = `${message.changed} ${answers?.changed} ${receipt} ${hidden}`;
      keep(`seq ${message.seq}`, stamp, () => messageView(message, { answers, receipt, hidden }, this.#hands));
    }
    for (const pending of room.log.pending) {
      keep(`unsent ${pending.message.request_id}`, `${pending.state} ${pending.why}`, () => pendingView(pending, this.#hands));
    }
    this.#drawn = drawn;
    place($("messages"), nodes);
    const stop = $("messages").querySelector("[data-seq]:last-of-type") ?? nodes.findLast((node) => node.dataset.seq);
    if (!$("messages").querySelector('[data-seq][tabindex="0"]') && stop) stop.tabIndex = 0;
  }

  /** @param {Room} room */
  #drawPins(room) {
    const pins = room.log.messages.filter((m) => m.pinned && !m.deleted_at);
    const stamp = `${room.id} ${pins.map((m) => `${m.seq}.${m.changed}`)}`;
    if (stamp === this.#pinned) return;
    this.#pinned = stamp;
    this.#listPins(room, pins);
    // Those that are older than what is shown.
    room.pins().then((all) => this.room === room && this.#listPins(room, all)).catch(() => undefined);
  }

  /** @param {Room} room @param {Message[]} pins */
  #listPins(room, pins) {
    $("pins").hidden = pins.length === 0;
    $("pins-title").textContent = `${pins.length} pinned`;
    $("pinned").replaceChildren(...pins.map((message) => {
      const row = element("li");
      const one = theirs("button", "", `${message.author}: ${lineOf(message)}`);
      one.type = "button";
      one.addEventListener("click", () => this.try(() => this.go(message.seq)));
      row.append(one);
      return row;
    }));
  }

  #drawTyping() {
    const text = typingText((this.room?.typers ?? []).filter((uid) => !this.blocked.has(uid)));
    // Its line stays, so that nothing jumps.
    if ($("typing").textContent !== text) $("typing").textContent = text;
  }

  /** Asks to be told how the other one of a conversation is here; it is told for a while, and asked again. */
  #watch() {
    const { room } = this;
    if (!room?.peer || Date.now() < this.#watchAgain || this.#client.status !== "connected") return;
    this.#watchAgain = Date.now() + WATCH_MS;
    this.#client.ask("presence", "watch", { uids: [room.peer] }, { attempts: 1 }).then(({ users, expires_ms: lasts }) => {
      this.#watchAgain = Date.now() + lasts / 2;
      for (const one of users) this.#isHere(one);
    }).catch(() => undefined);
  }

  /** @param {any} presence */
  #isHere(presence) {
    if (presence.uid !== this.room?.peer) return;
    this.#presence = presence;
    this.draw();
  }

  #toEnd() {
    const { room } = this;
    if (!room) return;
    $("scroll").scrollTop = $("scroll").scrollHeight;
    $("newest").hidden = true;
    room.log.trim();
    this.#read();
  }

  /** What is on the screen of somebody who looks at it is read. */
  #read() {
    if (this.room && this.#atEnd && this.room.joined && document.visibilityState === "visible") this.#rooms.read(this.room);
  }

  // ---- what the user does

  #wire() {
    const on = (target, name, act, how = {}) => target.addEventListener(name, act, { ...how, signal: this.#life.signal });
    on($("older"), "click", () => this.try(() => this.#older()));
    on($("newest"), "click", () => {
      this.#atEnd = true;
      this.#toEnd();
    });
    on($("scroll"), "scroll", () => this.#scrolled(), { passive: true });
    on($("messages"), "keydown", (event) => this.#walk(event));
    on(this.#client, "presence.changed", ({ detail }) => this.#isHere(detail.data));
    on(document, "visibilitychange", () => this.#read());
    // A picture that comes after its message moves what is below it; a keyboard or a longer text takes from above.
    const resized = new ResizeObserver(() => this.#atEnd && this.#toEnd());
    for (const id of ["scroll", "messages"]) resized.observe($(id));
    const tick = setInterval(() => this.#tick(), TICK_MS);
    this.#life.signal.addEventListener("abort", () => {
      resized.disconnect();
      clearInterval(tick);
    });
  }

  #tick() {
    this.#drawTyping();
    this.#watch();
    // A mute ends by the clock.
    const until = this.room?.me.muted_until;
    if (until && Date.parse(until) < this.#client.clock.now()) this.room?.refresh();
  }

  async #older() {
    const { room } = this;
    if (this.#loading) return;
    this.#loading = true;
    const box = $("scroll");
    const fromEnd = box.scrollHeight - box.scrollTop;
    await room?.more().finally(() => (this.#loading = false));
    if (this.room !== room || !room) return;
    this.#draw(room);
    box.scrollTop = box.scrollHeight - fromEnd;
  }

  #scrolled() {
    const box = $("scroll");
    this.#atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
    if (this.#atEnd) $("newest").hidden = true;
    else if (box.scrollTop < OLDER_PX && this.room?.log.older !== null) this.try(() => this.#older());
    this.#read();
  }

  /** Arrow keys go from message to message, Enter asks what to do with one. @param {KeyboardEvent} event */
  #walk(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!target.dataset.seq) return;
    const rows = /** @type {HTMLElement[]} */ ([...$("messages").querySelectorAll("[data-seq]")]);
    const at = rows.indexOf(target);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: rows.length - 1 }[event.key];
    if (event.key === "Enter") {
      const message = this.room?.log.at(Number(target.dataset.seq));
      if (message && message.kind !== "notice") this.#hands.menu(message);
    } else if (to === undefined) return;
    else if (rows[to]) {
      target.tabIndex = -1;
      rows[to].tabIndex = 0;
      rows[to].focus();
    }
    event.preventDefault();
  }
}

/** Makes the children of a list these, and touches only what is different. @param {HTMLElement} list @param {HTMLElement[]} nodes */
function place(list, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...list.children]) if (!wanted.has(/** @type {HTMLElement} */ (child))) child.remove();
  let next = list.firstElementChild;
  for (const node of nodes) {
    if (node === next) next = next.nextElementSibling;
    else list.insertBefore(node, next);
  }
}
