// The messages of one room as this app knows them: in their order, each once, each as it was last heard of.
//
// A room counts its changes. What is told of a change says how things are after it, so it can be taken in any order and more than
// once: the higher number wins. Beside that the log keeps up to which number it has heard everything; what lies between that and the
// highest number that it heard of is a gap, and `chat.sync` closes it. Own messages wait here until the room has them.

/** @typedef {{room_id: string, message_id: string, seq: number, changed: number, author: string, client_id: string, at: string, kind: string, body: string, reply_to?: number, mentions?: string[], attachment?: any, gift?: any, reactions?: {emoji: string, count: number, uids: string[]}[], edited_at?: string, deleted_at?: string, deleted_by_others?: boolean, pinned?: boolean, held?: boolean}} Message */
/** @typedef {{uid: string, role: string, state: string, since: string, muted_until?: string}} Member */
/** @typedef {{room_id: string, seq: number, what: "message" | "changed" | "room" | "member" | "sync", message?: Message, room?: any, member?: Member, members?: number}} News */
/** @typedef {{request_id: string, room_id: string, kind: string, body: string, reply_to?: number, mentions?: string[], attachment?: string}} Unsent */
/** @typedef {{message: Unsent, state: "sending" | "waiting" | "refused", why?: string}} Pending */

/** So many messages are kept; older ones can be asked for again. */
const LIMIT = 1000;

export class RoomLog {
  #uid;
  /** Everything up to this number is known; null before the first page. @type {number | null} */
  #seq = null;
  /** The highest number heard of. */
  #head = 0;
  /** Numbers above `#seq` that were told, and not only named. @type {Set<number>} */
  #ahead = new Set();
  /** Everything heard, shown or not. @type {Map<number, Message>} */
  #known = new Map();
  /** What is shown begins at this place; nothing lies before 0. */
  #from = 0;
  /** The messages that are shown, in order; null when it has to be made anew. @type {Message[] | null} */
  #shown = [];
  /** The number at which each member was last told of. @type {Map<string, number>} */
  #memberSeq = new Map();
  #roomSeq = 0;
  #countSeq = 0;

  /** Who is in the room, as far as it was told. @type {Map<string, Member>} */
  members = new Map();
  /** The room as it was last told. @type {any} */
  room = null;
  /** Own messages that the room does not have yet, in the order in which they were written. @type {Pending[]} */
  pending = [];

  /** @param {string} uid whose log it is */
  constructor(uid) {
    this.#uid = uid;
  }

  /** The number up to which everything is known; null before the first page. */
  get seq() {
    return this.#seq;
  }

  /** Whether something is missing: ask `chat.sync`. */
  get gap() {
    return this.#seq !== null && this.#head > this.#seq;
  }

  /** The messages, the oldest first. @returns {readonly Message[]} */
  get messages() {
    this.#shown ??= [...this.#known.values()].filter((m) => m.seq >= this.#from).sort((a, b) => a.seq - b.seq);
    return this.#shown;
  }

  /** The place of the oldest message that is shown, if there are older ones: ask `chat.history` before it. @returns {number | null} */
  get older() {
    return this.#from > 0 ? this.#from : null;
  }

  /** The place of the last message. */
  get last() {
    return this.messages.at(-1)?.seq ?? 0;
  }

  /** A message by its place. @param {number} seq */
  at(seq) {
    return this.#known.get(seq);
  }

  /**
   * Begins, or begins anew, with the newest page of the history. What was told beyond it stays.
   * @param {{items: Message[], more: boolean, seq: number}} page
   */
  start(page) {
    for (const [seq, message] of this.#known) if (message.changed <= page.seq) this.#known.delete(seq);
    this.#from = page.more ? (page.items[0]?.seq ?? page.seq + 1) : 0;
    this.#seq = page.seq;
    this.#head = Math.max(this.#head, page.seq);
    for (const message of page.items) this.#put(message);
    this.#shown = null;
    this.#advance();
  }

  /**
   * Takes the page before what is shown.
   * @param {{items: Message[], more: boolean}} page
   * @param {number} before the place that was asked for
   */
  prepend(page, before) {
    if (before !== this.#from) return;
    for (const message of page.items) this.#put(message);
    this.#from = page.more ? (page.items[0]?.seq ?? 0) : 0;
    this.#shown = null;
  }

  /** Takes news as they came. @param {News} news @returns {boolean} whether anything is different now */
  receive(news) {
    if (this.#seq !== null && news.seq <= this.#seq) return false;
    if (this.#ahead.has(news.seq)) return false;
    this.#head = Math.max(this.#head, news.seq);
    // A bare number says that there is something to ask for.
    if (news.what === "sync") return true;
    this.#ahead.add(news.seq);
    if (news.message) this.#put(news.message);
    if (news.room) this.#putRoom(news.room, news.seq);
    if (news.member) this.#putMember(news.member, news.seq);
    if (news.members !== undefined && news.seq >= this.#countSeq) {
      this.#countSeq = news.seq;
      if (this.room) this.room = { ...this.room, members: news.members };
    }
    this.#advance();
    return true;
  }

  /**
   * Takes the answer of `chat.sync`: all that changed up to its number.
   * @param {{messages: Message[], members: Member[], room?: any, seq: number, more: boolean}} reply
   */
  synced(reply) {
    for (const message of reply.messages) this.#put(message);
    for (const member of reply.members) this.#putMember(member, reply.seq);
    if (reply.room) this.#putRoom(reply.room, reply.room.seq ?? reply.seq);
    this.#seq = Math.max(this.#seq ?? 0, reply.seq);
    this.#head = Math.max(this.#head, reply.seq);
    // With the last part nothing is missing that was there when it was asked for; a number heard of since comes by itself or is asked for.
    this.#advance();
  }

  /** Somebody says that the room is at this number. @param {number} seq */
  heard(seq) {
    this.#head = Math.max(this.#head, seq);
  }

  /** Takes a message from an answer to this app: it is as good as news, but closes no gap. @param {Message} message */
  took(message) {
    this.#put(message);
  }

  /** The list of members was asked for, as of a number. @param {Member[]} members @param {number} seq */
  peopled(members, seq) {
    for (const member of members) this.#putMember(member, seq);
  }

  /** The room was asked for. @param {any} room */
  described(room) {
    this.#putRoom(room, room.seq);
  }

  /** An own message waits to be taken. @param {Unsent} message */
  wait(message) {
    if (this.pending.some((p) => p.message.request_id === message.request_id) || this.#has(message.request_id)) return;
    this.pending.push({ message, state: "sending" });
  }

  /** It does not wait any more, whatever became of it. @param {string} requestId */
  forget(requestId) {
    this.pending = this.pending.filter((p) => p.message.request_id !== requestId);
  }

  /** Lets go of the oldest messages, when there are too many. */
  trim() {
    const { messages } = this;
    if (messages.length <= LIMIT) return;
    this.#from = messages[messages.length - LIMIT / 2].seq;
    for (const seq of this.#known.keys()) if (seq < this.#from) this.#known.delete(seq);
    this.#shown = null;
  }

  /** @param {string} clientId */
  #has(clientId) {
    for (const message of this.#known.values()) if (message.client_id === clientId && message.author === this.#uid) return true;
    return false;
  }

  /** @param {Message} message */
  #put(message) {
    const before = this.#known.get(message.seq);
    if (before && before.changed >= message.changed) return;
    this.#known.set(message.seq, message);
    if (!before && message.author === this.#uid) this.forget(message.client_id);
    if (message.seq < this.#from || !this.#shown) return;
    // Nearly always it is the newest, or one that is there already.
    const at = before ? this.#shown.findIndex((m) => m.seq === message.seq) : -1;
    if (at >= 0) this.#shown = this.#shown.map((shown, n) => (n === at ? message : shown));
    else if ((this.#shown.at(-1)?.seq ?? 0) < message.seq) this.#shown = [...this.#shown, message];
    else this.#shown = null;
  }

  /** @param {Member} member @param {number} seq */
  #putMember(member, seq) {
    if (seq < (this.#memberSeq.get(member.uid) ?? 0)) return;
    this.#memberSeq.set(member.uid, seq);
    this.members.set(member.uid, member);
  }

  /** @param {any} room @param {number} seq */
  #putRoom(room, seq) {
    if (seq < this.#roomSeq) return;
    this.#roomSeq = seq;
    this.#countSeq = Math.max(this.#countSeq, seq);
    this.room = room;
  }

  #advance() {
    if (this.#seq === null) return;
    for (const seq of this.#ahead) if (seq <= this.#seq) this.#ahead.delete(seq);
    while (this.#ahead.delete(this.#seq + 1)) this.#seq += 1;
  }
}
