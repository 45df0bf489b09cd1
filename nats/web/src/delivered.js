// Says of rooms that are not open how far their messages reached this app: a moment later, together, and each once.

const SOON_MS = 300;

export class Delivered {
  #client;
  /** What is to be said. @type {Map<string, number>} */
  #waiting = new Map();
  /** How far that was said. @type {Map<string, number>} */
  #said = new Map();
  #timer;

  /** @param {import("./client.js").Client} client */
  constructor(client) {
    this.#client = client;
  }

  /** @param {string} room @param {number} seq of the last message that came */
  upTo(room, seq) {
    if (seq <= (this.#waiting.get(room) ?? this.#said.get(room) ?? 0)) return;
    this.#waiting.set(room, seq);
    this.#timer ??= setTimeout(() => this.#say(), SOON_MS);
  }

  close() {
    clearTimeout(this.#timer);
  }

  #say() {
    this.#timer = undefined;
    for (const [room_id, delivered_seq] of this.#waiting) {
      this.#said.set(room_id, delivered_seq);
      // It is said again with the next message, or when it is next asked which rooms there are.
      this.#client.ask("chat", "read", { room_id, delivered_seq }, { attempts: 1 }).catch(() => this.#said.delete(room_id));
    }
    this.#waiting.clear();
  }
}
