// The field below a room: text with mentions and answers, pictures and videos, voice notes.

import { $, element } from "./dom.js";
import { lineOf, mentionsIn } from "./rooms_words.js";
import { kindOf, upload } from "./upload.js";
import { Recording } from "./voice.js";
import { minutesSeconds } from "./words.js";

/** @typedef {import("./room.js").Room} Room */
/** @typedef {import("./room_log.js").Message} Message */

const TICK_MS = 250;

export class Composer {
  #client;
  #page;
  #life = new AbortController();
  /** @type {Room | null} */
  #room = null;
  /** @type {Message | null} */
  #answers = null;
  /** @type {Recording | null} */
  #recording = null;

  /**
   * @param {import("./client.js").Client} client
   * @param {{notice: (text: string | null) => void, try: (act: () => unknown) => unknown, sent: () => void}} page
   */
  constructor(client, page) {
    this.#client = client;
    this.#page = page;
    this.#wire();
  }

  /** @param {Room} room */
  show(room) {
    this.hide();
    this.#room = room;
    $("write").text.value = room.draft;
    this.#grow();
  }

  hide() {
    this.#drop();
    this.answer(null);
    this.#room = null;
  }

  /** Lets go of the page. */
  dispose() {
    this.hide();
    this.#life.abort();
  }

  /** Shows what the user may do. */
  draw() {
    const room = this.#room;
    if (!room) return;
    const may = room.joined && room.may("speak") && room.view.state !== "closed";
    for (const field of [$("write").text, $("send")]) field.disabled = !may;
    for (const id of ["attach", "voice"]) $(id).disabled = !may || !room.may("attach");
    $("gift-open").disabled = !room.joined;
    if (!may) this.#drop();
    if ($("write").text.style.height === "auto") this.#grow();
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

  #wire() {
    const form = $("write");
    const on = (target, name, act) => target.addEventListener(name, act, { signal: this.#life.signal });
    on(form, "submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    on(form.text, "keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#send();
      } else if (event.key === "Escape") this.answer(null);
    });
    on(form.text, "input", () => this.#typed());
    on(window, "resize", () => this.#grow());
    on(form.text, "paste", (event) => {
      const file = [...event.clipboardData.files].find(({ type }) => kindOf(type));
      if (!file) return;
      event.preventDefault();
      this.#sendFile(file);
    });
    on($("answering-drop"), "click", () => this.answer(null));
    on($("attach"), "click", () => $("file").click());
    on($("file"), "change", () => {
      const [file] = $("file").files;
      if (file) this.#sendFile(file);
      $("file").value = "";
    });
    on($("voice"), "click", () => this.#page.try(() => this.#record()));
    on($("record-drop"), "click", () => this.#drop());
    on($("record-send"), "click", () => this.#page.try(() => this.#sendRecording()));
    const tick = setInterval(() => this.#recording && this.#drawRecording(), TICK_MS);
    on(this.#life.signal, "abort", () => clearInterval(tick));
  }

  #typed() {
    const room = this.#room;
    if (!room) return;
    const text = $("write").text.value;
    room.draft = text;
    if (text) room.type();
    this.#grow();
  }

  #grow() {
    const field = $("write").text;
    field.style.height = "auto";
    // What is not on the screen has no height yet; it is measured when it is drawn.
    if (field.scrollHeight) field.style.height = `${field.scrollHeight + 2}px`;
  }

  /** What a message has beside its text. @param {string} text */
  #beside(text) {
    const room = this.#room;
    const mentions = mentionsIn(text, (uid) => uid === room?.peer || room?.log.members.get(uid)?.state === "joined");
    const reply = this.#answers ? { reply_to: this.#answers.seq } : {};
    this.answer(null);
    return { ...reply, ...(mentions.length ? { mentions } : {}) };
  }

  #send() {
    const room = this.#room;
    const field = $("write").text;
    const text = field.value.trim();
    if (!room || !text || field.disabled) return;
    this.#page.notice(null);
    room.send({ body: text, ...this.#beside(text) });
    field.value = "";
    this.#typed();
    this.#page.sent();
  }

  /** @param {Blob} file */
  async #sendFile(file) {
    const kind = kindOf(file.type);
    if (kind) await this.#upload(kind, file, this.#room, this.#beside(""));
    else this.#page.notice("This kind of file cannot be sent.");
  }

  /** @param {import("./upload.js").FileKind} kind @param {Blob} file @param {Room | null} room @param {object} beside */
  async #upload(kind, file, room, beside) {
    if (!room) return;
    const line = element("p", "muted", `Uploading (${Math.ceil(file.size / 1024)} KB)…`);
    $("sending").append(line);
    $("sending").hidden = false;
    try {
      const { attachment_id: attachment } = await upload(this.#client, room.id, kind, file);
      room.send({ kind, attachment, ...beside });
      this.#page.sent();
    } catch (error) {
      this.#page.notice(`Not sent: ${error.message}`);
    } finally {
      line.remove();
      $("sending").hidden = !$("sending").hasChildNodes();
    }
  }

  async #record() {
    const room = this.#room;
    if (this.#recording || !room) return;
    this.#page.notice(null);
    const recording = await Recording.start(() => this.#sendRecording());
    // The user may have gone on while the browser asked for the microphone.
    if (this.#room !== room) {
      recording.drop();
      return;
    }
    this.#recording = recording;
    this.#drawRecording();
    $("record-send").focus();
  }

  async #sendRecording() {
    const [recording, room] = [this.#recording, this.#room];
    this.#recording = null;
    this.#drawRecording();
    if (!recording) return;
    const beside = this.#beside("");
    await this.#upload("voice", await recording.stop(), room, beside);
  }

  #drop() {
    this.#recording?.drop();
    this.#recording = null;
    this.#drawRecording();
  }

  #drawRecording() {
    $("recording").hidden = !this.#recording;
    $("compose").hidden = Boolean(this.#recording);
    if (this.#recording) $("recorded").textContent = minutesSeconds(this.#recording.length);
  }
}
