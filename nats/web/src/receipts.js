// Says how far the messages of a room got: that they arrived a moment later and together, that they were read at once.

const SOON_MS = 300;

export class Receipts {
  #client;
  #room;
  #far;
  #told;
  #timer;

  /**
   * @param {import("./client.js").Client} client
   * @param {string} room
   * @param {number} read what the house knows to be read
   * @param {() => {delivered: number, read: number} | null} far how far they got; nothing where it is not to be said
   */
  constructor(client, room, read, far) {
    this.#client = client;
    this.#room = room;
    this.#far = far;
    this.#told = { delivered: 0, read };
  }

  soon() {
    if (this.#far()) this.#timer ??= setTimeout(() => this.now(), SOON_MS);
  }

  now() {
    this.close();
    const far = this.#far();
    if (!far || (far.delivered <= this.#told.delivered && far.read <= this.#told.read)) return;
    this.#told = far;
    const body = { room_id: this.#room, delivered_seq: far.delivered, ...(far.read ? { read_seq: far.read } : {}) };
    this.#client.ask("chat", "read", body, { attempts: 2 }).catch(() => {
      // It is said again with the next message.
      this.#told = { delivered: 0, read: 0 };
    });
  }

  close() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
