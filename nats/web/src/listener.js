// The second connection of an app in a big room: it hears that room's news and can do nothing else. A ticket opens it, once; a
// connection that is lost takes a new one, and the room is asked what was missed meanwhile.

import { tokenAuthenticator, wsconnect } from "@nats-io/nats-core";

/**
 * @typedef {object} ListenerOptions
 * @property {(news: import("./room_log.js").News) => void} onnews
 * @property {() => void} onopen it hears from now on; what was before must be asked for
 */

const LONGEST_WAIT_MS = 5000;
/** Refusals that a new try does not change. */
const FINAL = new Set(["forbidden", "not_found", "conflict", "bad_request"]);

export class Listener {
  #client;
  #room;
  #options;
  #nc;
  #closed = false;

  /** @param {import("./client.js").Client} client @param {string} room @param {ListenerOptions} options */
  constructor(client, room, options) {
    this.#client = client;
    this.#room = room;
    this.#options = options;
    this.#run();
  }

  /** Whether it hears nothing any more, and will not. */
  get closed() {
    return this.#closed;
  }

  close() {
    this.#closed = true;
    this.#nc?.close();
  }

  async #run() {
    for (let failures = 0; !this.#closed; ) {
      try {
        await this.#listen();
        failures = 0;
      } catch (error) {
        if (FINAL.has(error.code) || this.#client.status === "closed") this.#closed = true;
        failures += 1;
      }
      // Thousands lose their line together; they do not come back together.
      const wait = Math.min(LONGEST_WAIT_MS, 100 * 2 ** failures) * (0.5 + Math.random());
      if (!this.#closed) await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  /** One connection, from its ticket to its end. */
  async #listen() {
    const ticket = await this.#client.ask("rooms", "ticket", { room_id: this.#room });
    const nc = await wsconnect({
      servers: this.#client.servers,
      name: this.#client.uid,
      authenticator: tokenAuthenticator(ticket.token),
      reconnect: false,
      pingInterval: 10_000,
      maxPingOut: 2,
    });
    this.#nc = nc;
    const news = `room.${this.#room}.chat.news`;
    nc.subscribe(ticket.subject, {
      callback: (error, msg) => {
        if (error || msg.subject !== news || !msg.headers?.get("Ev")) return;
        try {
          this.#options.onnews(/** @type {any} */ (msg.json()).data);
        } catch (problem) {
          console.warn("cannot read news of a room:", problem.message);
        }
      },
    });
    await nc.flush();
    if (this.#closed) await nc.close();
    else this.#options.onopen();
    await nc.closed();
  }
}
