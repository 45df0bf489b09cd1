// The server's clock, as well as it can be known from here. Grants end by it, never by the device's own clock.

export class ServerClock {
  #offset = 0;
  #error = Infinity;
  #now;

  /** @param {() => number} [now] the device's clock in milliseconds */
  constructor(now = Date.now) {
    this.#now = now;
  }

  /**
   * Learns from an answer that tells the server's time. The sample with the shortest round trip counts, and it ages: clocks drift.
   * @param {string} serverTime RFC 3339
   * @param {number} sentAt when the question was sent, by the device's clock
   */
  learn(serverTime, sentAt) {
    const received = this.#now();
    const trip = received - sentAt;
    this.#error += 1;
    if (trip <= this.#error) {
      this.#error = trip;
      this.#offset = Date.parse(serverTime) - (sentAt + trip / 2);
    }
  }

  now() {
    return this.#now() + this.#offset;
  }
}
