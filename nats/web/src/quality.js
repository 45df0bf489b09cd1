// Figures of a line from WebRTC's own statistics. They are for people to look at; no charge ever depends on them.

/** @typedef {{at: number, received: number, lost: number, bytes: number}} Sample */
/** @typedef {{packets_received: number, rtt_ms?: number, loss_permille?: number, jitter_ms?: number, bitrate_kbps?: number}} Figures */

/**
 * Adds up the reports of a call's peer connections.
 * @param {Iterable<any>} reports entries of `getStats`
 * @param {Sample | null} before the sample before, for rates
 * @param {number} at milliseconds
 * @returns {{figures: Figures, sample: Sample}}
 */
export function figures(reports, before, at) {
  const sample = { at, received: 0, lost: 0, bytes: 0 };
  let rtt;
  let jitter;
  for (const report of reports) {
    if (report.type === "inbound-rtp") {
      sample.received += report.packetsReceived ?? 0;
      sample.lost += Math.max(0, report.packetsLost ?? 0);
      sample.bytes += report.bytesReceived ?? 0;
      if (report.jitter !== undefined) jitter = Math.max(jitter ?? 0, report.jitter);
    } else if (report.type === "candidate-pair" && report.nominated && report.currentRoundTripTime !== undefined) {
      rtt = Math.max(rtt ?? 0, report.currentRoundTripTime);
    }
  }
  /** @type {Figures} */
  const out = { packets_received: sample.received };
  if (rtt !== undefined) out.rtt_ms = Math.round(rtt * 1000);
  if (jitter !== undefined) out.jitter_ms = Math.round(jitter * 1000);
  if (before && at > before.at) {
    const received = Math.max(0, sample.received - before.received);
    const lost = Math.max(0, sample.lost - before.lost);
    if (received + lost > 0) out.loss_permille = Math.round((1000 * lost) / (received + lost));
    out.bitrate_kbps = Math.round((8 * Math.max(0, sample.bytes - before.bytes)) / (at - before.at));
  }
  return { figures: out, sample };
}

/**
 * Follows whether media arrives: `connecting` until the first packet, `connected` while packets come, `broken` after so long without.
 */
export class LineWatch {
  #received = 0;
  #grewAt = -Infinity;
  #silenceMs;

  /** @param {number} silenceMs */
  constructor(silenceMs = 2500) {
    this.#silenceMs = silenceMs;
  }

  /**
   * @param {number} received packets in all
   * @param {number} at milliseconds
   * @returns {"connecting" | "connected" | "broken"}
   */
  see(received, at) {
    // A new peer connection counts from nothing again, so a smaller number is growth as well.
    if (received !== this.#received && received > 0) this.#grewAt = at;
    this.#received = received;
    if (this.#grewAt === -Infinity) return "connecting";
    return at - this.#grewAt <= this.#silenceMs ? "connected" : "broken";
  }
}
