// What its user writes gets to a room once and in the order in which it was written: each message keeps its id however often it is sent,
// and is kept in the outbox until the room has it.

import { requestId } from "./client.js";
import { Outbox } from "./outbox.js";

/** @typedef {import("./room_log.js").Unsent} Unsent */

const LONGEST_WAIT_MS = 10_000;

export class Sender {
  #client;
  #room;
  #log;
  #outbox;
  #on;
  /** Messages that this page keeps until the room has them. @type {Set<string>} */
  #kept = new Set();
  #busy = false;
  #closed = false;
  #wake = () => {};

  /**
   * @param {import("./client.js").Client} client
   * @param {string} room
   * @param {import("./room_log.js").RoomLog} log
   * @param {Storage} store
   * @param {{change: () => void, refused: () => void}} on what waits is different; something was refused
   */
  constructor(client, room, log, store, on) {
    this.#client = client;
    this.#room = room;
    this.#log = log;
    this.#outbox = new Outbox(store, client.uid, room);
    this.#on = on;
  }

  /** The text that is being written. */
  get draft() {
    return this.#outbox.draft;
  }

  set draft(text) {
    this.#outbox.draft = text;
  }

  /** Takes up what was not sent before the page was closed. Whatever of it the room has turns up with its messages. */
  resume() {
    for (const message of this.#outbox.unsent) this.#wait(message);
  }

  /** @param {{kind?: string, body?: string, reply_to?: number, mentions?: string[], attachment?: string}} what */
  send({ kind = "text", body = "", ...more }) {
    const message = { request_id: requestId(), room_id: this.#room, kind, body, ...more };
    this.#outbox.add(message);
    this.#wait(message);
    this.#on.change();
    this.pump();
  }

  /** Tries again what was refused. @param {string} id */
  retry(id) {
    const refused = this.#log.pending.find((p) => p.message.request_id === id);
    if (!refused) return;
    this.discard(id);
    // A refusal may be kept with its id: what is tried again is another message.
    const { request_id: _, room_id: __, ...what } = refused.message;
    this.send(what);
  }

  /** Gives up what was refused. @param {string} id */
  discard(id) {
    this.#log.forget(id);
    this.tidy();
    this.#on.change();
  }

  /** What the room has, or what was given up, is kept no more. Another page of the same person keeps its own. */
  tidy() {
    const waiting = new Set(this.#log.pending.map((p) => p.message.request_id));
    for (const id of this.#kept) {
      if (waiting.has(id)) continue;
      this.#kept.delete(id);
      this.#outbox.remove(id);
    }
  }

  /** Sends what waits, one after the other. */
  async pump() {
    if (this.#busy) return;
    this.#busy = true;
    for (let failures = 0; !this.#closed; ) {
      const next = this.#log.pending.find((p) => p.state !== "refused");
      if (!next) break;
      try {
        this.#log.took(await this.#client.ask("chat", "send", next.message, { attempts: 1 }));
        failures = 0;
        this.#log.forget(next.message.request_id);
        this.tidy();
        this.#on.change();
      } catch (error) {
        if (this.#closed || this.#client.status === "closed") break;
        next.state = error.retryable ? "waiting" : "refused";
        next.why = error.message;
        this.#on.change();
        if (error.retryable) await this.#pause(error.retryAfterMs ?? Math.min(LONGEST_WAIT_MS, 200 * 2 ** failures++));
        else this.#on.refused();
      }
    }
    this.#busy = false;
  }

  /** What waits for a better line waits no longer. */
  wake() {
    this.#wake();
  }

  close() {
    this.#closed = true;
    this.#wake();
  }

  /** @param {Unsent} message */
  #wait(message) {
    this.#kept.add(message.request_id);
    this.#log.wait(message);
  }

  /** @param {number} ms */
  #pause(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
  }
}
