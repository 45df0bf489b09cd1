// A room on the page: its messages, what stands above them, and the field below in which one writes.

import { $, element, say, theirs } from "./dom.js";
import { messageView, pendingView } from "./message_view.js";
import { aboutText, lineOf, mentionsIn, receiptText, standingText, titleOf, typingText } from "./rooms_words.js";
import { kindOf, upload } from "./upload.js";
import { Recording } from "./voice.js";
import { minutesSeconds } from "./words.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./room_log.js").Message} Message */

/** So near to the end counts as being there. */
const NEAR_PX = 60;
const TICK_MS = 500;

export class RoomView {
  #client;
  #rooms;
  #hands;
  #notice;
  /** @type {Map<string, {stamp: string, node: HTMLElement}>} */
  #drawn = new Map();
  /** @type {Message | null} */
  #answers = null;
  /** @type {Recording | null} */
  #recording = null;
  #atEnd = true;
  #due = false;
  #pinned = "";

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
      go: (seq) => this.go(seq),
      fresh: (attachment) => client.ask("chat", "attachment", { attachment_id: attachment.attachment_id }),
      retry: (id) => this.room?.retry(id),
      discard: (id) => this.room?.discard(id),
    };
    this.#wire();
  }

  /** @param {Room} room */
  show(room) {
    this.hide();
    this.room = room;
    this.#atEnd = true;
    this.answer(null);
    $("messages").replaceChildren();
    this.#drawn.clear();
    $("write").text.value = room.draft;
    this.#grow();
    for (const name of ["change", "typing", "receipts", "gone"]) room.addEventListener(name, () => this.draw());
    this.draw();
  }

  hide() {
    this.#recording?.drop();
    this.#recording = null;
    this.#drawRecording();
    this.room = null;
  }

  /** Does something and says what failed. @param {() => unknown} act */
  async try(act) {
    try {
      await act();
    } catch (error) {
      this.#notice(error.name === "NotAllowedError" ? "The microphone is not allowed for this page." : error.message);
    }
  }

  /** The next message answers this one. @param {Message | null} message */
  answer(message) {
    this.#answers = message;
    $("answering").hidden = !message;
    if (!message) return;
    $("answering-text").textContent = `Answer to ${message.author}: ${lineOf(message)}`;
    $("write").text.focus();
  }

  /** Puts a name into what is being written. @param {string} uid */
  mention(uid) {
    const field = $("write").text;
    const before = field.value.slice(0, field.selectionStart);
    field.setRangeText(`${before && !before.endsWith(" ") ? " " : ""}@${uid} `, field.selectionStart, field.selectionEnd, "end");
    field.focus();
    this.#typed();
  }

  /** Goes to a message, if it is there. @param {number} seq */
  async go(seq) {
    const { room } = this;
    for (let pages = 0; room && pages < 20 && room.log.older !== null && room.log.older > seq; pages++) await room.more();
    const node = $("messages").querySelector(`[data-seq="${Number(seq)}"]`);
    node?.scrollIntoView({ block: "center" });
    node?.focus();
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
    say($("room-about"), room.isDirect ? room.view.topic : [room.view.topic, `${room.view.members} here`].filter(Boolean).join(" · "));
    $("room-about").title = aboutText(mine);
    say($("standing"), standingText(mine));
    document.body.dataset.standing = room.me.state ?? "none";
    document.body.dataset.muted = room.me.muted_until ? "yes" : "no";
    this.#drawMessages(room);
    this.#drawWrite(room);
    this.#drawPins(room);
    this.#drawTyping();
    $("older").hidden = room.log.older === null;
    $("people-open").hidden = room.isDirect;
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
  #drawWrite(room) {
    const may = room.joined && room.may("speak") && room.view.state !== "closed";
    for (const field of [$("write").text, $("send")]) field.disabled = !may;
    for (const id of ["attach", "voice"]) $(id).disabled = !may || !room.may("attach");
    $("gift-open").disabled = !room.joined;
    if (!may && this.#recording) {
      this.#recording.drop();
      this.#recording = null;
      this.#drawRecording();
    }
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
      one.addEventListener("click", () => this.go(message.seq));
      row.append(one);
      return row;
    }));
  }

  #drawTyping() {
    const text = typingText((this.room?.typers ?? []).filter((uid) => !this.blocked.has(uid)));
    // Its line stays, so that nothing jumps.
    if ($("typing").textContent !== text) $("typing").textContent = text;
  }

  #drawRecording() {
    $("recording").hidden = !this.#recording;
    $("compose").hidden = Boolean(this.#recording);
    if (this.#recording) $("recorded").textContent = minutesSeconds(this.#recording.length);
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
    const form = $("write");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    form.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#send();
      } else if (event.key === "Escape") this.answer(null);
    });
    form.text.addEventListener("input", () => this.#typed());
    form.text.addEventListener("paste", (event) => {
      const file = [...event.clipboardData.files].find(({ type }) => kindOf(type));
      if (!file) return;
      event.preventDefault();
      this.#sendFile(file);
    });
    $("answering-drop").addEventListener("click", () => this.answer(null));
    $("attach").addEventListener("click", () => $("file").click());
    $("file").addEventListener("change", () => {
      const [file] = $("file").files;
      $("file").value = "";
      if (file) this.#sendFile(file);
    });
    $("voice").addEventListener("click", () => this.try(() => this.#record()));
    $("record-drop").addEventListener("click", () => {
      this.#recording?.drop();
      this.#recording = null;
      this.#drawRecording();
    });
    $("record-send").addEventListener("click", () => this.try(() => this.#sendRecording()));
    $("older").addEventListener("click", () => this.try(() => this.#older()));
    $("newest").addEventListener("click", () => {
      this.#atEnd = true;
      this.#toEnd();
    });
    $("scroll").addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // A picture that comes after its message moves what is below it.
    $("messages").addEventListener("load", () => this.#atEnd && this.#toEnd(), true);
    $("messages").addEventListener("keydown", (event) => this.#walk(event));
    document.addEventListener("visibilitychange", () => this.#read());
    setInterval(() => {
      this.#drawTyping();
      if (this.#recording) this.#drawRecording();
      // A mute ends by the clock.
      const until = this.room?.me.muted_until;
      if (until && Date.parse(until) < this.#client.clock.now()) this.room?.refresh();
    }, TICK_MS);
  }

  #typed() {
    const { room } = this;
    if (!room) return;
    const text = $("write").text.value;
    room.draft = text;
    if (text) room.type();
    this.#grow();
  }

  #grow() {
    const field = $("write").text;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
  }

  /** What a message has beside its text. @param {string} text */
  #beside(text) {
    const { room } = this;
    const mentions = mentionsIn(text, (uid) => uid === room?.peer || room?.log.members.get(uid)?.state === "joined");
    const reply = this.#answers ? { reply_to: this.#answers.seq } : {};
    return { ...reply, ...(mentions.length ? { mentions } : {}) };
  }

  #send() {
    const { room } = this;
    const field = $("write").text;
    const text = field.value.trim();
    if (!room || !text || field.disabled) return;
    this.#notice(null);
    room.send({ body: text, ...this.#beside(text) });
    field.value = "";
    this.#typed();
    this.answer(null);
    this.#atEnd = true;
    this.draw();
  }

  /** @param {Blob} file */
  async #sendFile(file) {
    const { room } = this;
    const kind = kindOf(file.type);
    if (!room) return;
    if (!kind) {
      this.#notice("This kind of file cannot be sent.");
      return;
    }
    const beside = this.#beside("");
    this.answer(null);
    await this.#upload(room, kind, file, beside);
  }

  /** @param {Room} room @param {import("./upload.js").FileKind} kind @param {Blob} file @param {object} beside */
  async #upload(room, kind, file, beside) {
    const line = element("p", "muted", `Uploading (${Math.ceil(file.size / 1024)} KB)…`);
    $("sending").append(line);
    $("sending").hidden = false;
    try {
      const { attachment_id: attachment } = await upload(this.#client, room.id, kind, file);
      room.send({ kind, attachment, ...beside });
      this.#atEnd = true;
    } catch (error) {
      this.#notice(`Not sent: ${error.message}`);
    } finally {
      line.remove();
      $("sending").hidden = !$("sending").hasChildNodes();
    }
  }

  async #record() {
    if (this.#recording) return;
    this.#notice(null);
    this.#recording = await Recording.start(() => this.#sendRecording());
    this.#drawRecording();
    $("record-send").focus();
  }

  async #sendRecording() {
    const { room } = this;
    const recording = this.#recording;
    this.#recording = null;
    this.#drawRecording();
    if (!recording || !room) return;
    const beside = this.#beside("");
    this.answer(null);
    await this.#upload(room, "voice", await recording.stop(), beside);
  }

  async #older() {
    const { room } = this;
    const box = $("scroll");
    const fromEnd = box.scrollHeight - box.scrollTop;
    await room?.more();
    if (this.room !== room || !room) return;
    this.#draw(room);
    box.scrollTop = box.scrollHeight - fromEnd;
  }

  #scrolled() {
    const box = $("scroll");
    this.#atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
    if (this.#atEnd) $("newest").hidden = true;
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
