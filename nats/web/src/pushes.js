// Puts pushes into order. Stored pushes carry a `seq` that grows by one per user: each is handed out once and in order, whatever
// comes twice, late or not at all. Pushes without a `seq` (signals, presence) are handed out at once, each event once.

/** @typedef {{ev: string, seq?: number, at: string, event: string, data: any}} Push */

/** So many pushes wait behind a gap, and so many ids of unnumbered pushes are remembered. */
const LIMIT = 1000;

export class PushOrder {
  /** The last number handed out; null until `start`. @type {number | null} */
  #seq = null;
  /** Pushes that came before their turn. @type {Map<number, Push>} */
  #waiting = new Map();
  /** @type {Set<string>} */
  #seen = new Set();

  /** The last number handed out. */
  get seq() {
    return this.#seq;
  }

  /** Whether a push is missing: ask `session.sync`. */
  get gap() {
    return this.#seq !== null && this.#waiting.size > 0;
  }

  /**
   * Begins after a number, as `session.hello` told it.
   * @param {number} seq
   * @returns {Push[]} what can be handed out
   */
  start(seq) {
    this.#seq = seq;
    return this.#drain();
  }

  /**
   * Takes a push as it came.
   * @param {Push} push
   * @returns {Push[]} what can be handed out now, in order
   */
  receive(push) {
    if (push.seq === undefined || push.seq === null) {
      return this.#first(push) ? [push] : [];
    }
    if (this.#seq !== null && push.seq <= this.#seq) return [];
    this.#waiting.set(push.seq, push);
    if (this.#waiting.size > LIMIT) {
      // Sync gives them again; the newest tell that there is something to ask for.
      this.#waiting.delete(Math.min(...this.#waiting.keys()));
    }
    return this.#drain();
  }

  /**
   * Takes the answer of `session.sync`. It is the whole truth after the number that was asked for, so numbers missing in it never come.
   * @param {{pushes: Push[], seq: number, complete: boolean}} reply
   * @returns {Push[]} what can be handed out now, in order
   */
  synced(reply) {
    const out = [];
    for (const push of [...reply.pushes].sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0))) {
      if (push.seq === undefined || (this.#seq !== null && push.seq <= this.#seq)) continue;
      this.#seq = push.seq;
      out.push(push);
    }
    if (reply.complete && (this.#seq === null || reply.seq > this.#seq)) {
      this.#seq = reply.seq;
    }
    return [...out, ...this.#drain()];
  }

  /** @returns {Push[]} */
  #drain() {
    if (this.#seq === null) return [];
    const out = [];
    for (const seq of this.#waiting.keys()) {
      if (seq <= this.#seq) this.#waiting.delete(seq);
    }
    for (let next = this.#waiting.get(this.#seq + 1); next; next = this.#waiting.get(this.#seq + 1)) {
      this.#waiting.delete(this.#seq + 1);
      this.#seq += 1;
      out.push(next);
    }
    return out;
  }

  /** @param {Push} push */
  #first(push) {
    // One event may be told as several kinds of push, so the id alone does not tell a repeat.
    const key = `${push.ev} ${push.event}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    if (this.#seen.size > LIMIT) this.#seen.delete(this.#seen.values().next().value ?? "");
    return true;
  }
}
