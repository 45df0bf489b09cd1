// Whether content may flow. It may while the leg of everybody concerned who pays is metered, and up to the instant that its grant
// reaches. This is what keeps a payer who withholds his beats from talking for nothing, so it must never fail open.

/** @typedef {"reserved" | "waiting" | "metered" | "suspended" | "settled"} LegState */
/** @typedef {{state: LegState, until: number | null, told: number}} Leg */

export class ContentGate {
  /** By payer. @type {Map<string, Leg>} */
  #legs = new Map();
  #now;

  /** @param {() => number} now the server's clock in milliseconds */
  constructor(now) {
    this.#now = now;
  }

  /**
   * A push told of a leg. Pushes come in order, so each counts.
   * @param {{payer: string, state: LegState, grant_until?: string}} leg
   * @param {number} told when it came, by the device's own clock
   * @param {boolean} [stateToo] a grant moves only the instant
   */
  push(leg, told, stateToo = true) {
    const before = this.#legs.get(leg.payer);
    const state = stateToo || !before ? leg.state : before.state;
    this.#legs.set(leg.payer, { state, until: instant(leg.grant_until), told });
  }

  /**
   * A beat was answered. It says nothing about a leg of which a push told after the beat was sent.
   * @param {{payer: string, state: LegState, grant_until?: string}[]} legs
   * @param {number} sentAt when the beat was sent, by the device's own clock
   */
  beat(legs, sentAt) {
    for (const leg of legs) {
      if ((this.#legs.get(leg.payer)?.told ?? -Infinity) > sentAt) continue;
      this.#legs.set(leg.payer, { state: leg.state, until: instant(leg.grant_until), told: sentAt });
    }
  }

  /** The call is over: nothing may flow. */
  close() {
    for (const leg of this.#legs.values()) leg.state = "settled";
  }

  /**
   * Whether content may flow between people, given who of them pays. A payer whose leg was never told of keeps it shut.
   * @param {string[]} payers
   */
  isOpen(payers) {
    const now = this.#now();
    return payers.every((payer) => {
      const leg = this.#legs.get(payer);
      return leg?.state === "metered" && (leg.until === null || now < leg.until);
    });
  }

  /** The next instant at which a grant ends, by the server's clock; null if none does. @returns {number | null} */
  get deadline() {
    const ends = [...this.#legs.values()].filter((leg) => leg.state === "metered" && leg.until !== null).map((leg) => leg.until ?? 0);
    return ends.length ? Math.min(...ends) : null;
  }

  /** @param {string} payer */
  state(payer) {
    return this.#legs.get(payer)?.state ?? null;
  }
}

/** @param {string | undefined} text */
function instant(text) {
  if (text === undefined || text === null) return null;
  const at = Date.parse(text);
  // A time that cannot be read must not count as "for ever".
  return Number.isNaN(at) ? -Infinity : at;
}
