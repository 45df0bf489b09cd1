// What goes from this app to the programme of its call: one connection for one offer. It is never renegotiated; whoever wants another
// makes a new one. Signals may be lost (they are relayed, not stored), so an offer without an answer is sent again.

/** @typedef {import("./peer.js").SignalKind} SignalKind */
/**
 * @typedef {object} UplinkOptions
 * @property {RTCIceServer[]} iceServers
 * @property {MediaStreamTrack[]} tracks what to send; copies are taken, so that it opens and shuts by itself
 * @property {(kind: SignalKind, payload: string) => void} send
 * @property {() => void} onchange the connection stands, or stands no more
 */

const RESEND_MS = 3000;
/** From the offer to a connection; a machine may be busy. */
const CONNECTS_WITHIN_MS = 20_000;
/** A line that is lost often comes back by itself. */
const MENDS_WITHIN_MS = 4000;

export class Uplink {
  #pc;
  #options;
  #sent;
  #begunAt = performance.now();
  #offeredAt = 0;
  /** @type {number | null} */
  #lostAt = null;
  /** Candidates that came before the answer. @type {string[]} */
  #early = [];
  #closed = false;

  /** @param {UplinkOptions} options */
  constructor(options) {
    this.#options = options;
    this.#pc = new RTCPeerConnection({ iceServers: options.iceServers, bundlePolicy: "max-bundle" });
    this.#sent = options.tracks.map((track) => {
      const copy = track.clone();
      copy.enabled = false;
      this.#pc.addTransceiver(copy, { direction: "sendonly" });
      return copy;
    });
    this.#pc.onicecandidate = ({ candidate }) => this.#send("candidate", candidate ? JSON.stringify(candidate) : "");
    this.#pc.onconnectionstatechange = () => this.#closed || options.onchange();
    this.#offer().catch((error) => this.#complain(error));
  }

  get connected() {
    return this.#pc.connectionState === "connected";
  }

  /** Takes the programme's answer, or one of its candidates. @param {SignalKind} kind @param {string} payload */
  async receive(kind, payload) {
    try {
      if (kind === "answer" && this.#pc.signalingState === "have-local-offer") {
        await this.#pc.setRemoteDescription({ type: "answer", sdp: payload });
        const early = this.#early;
        this.#early = [];
        for (const candidate of early) await this.#add(candidate);
      } else if (kind === "candidate" && payload !== "") {
        if (this.#pc.remoteDescription) await this.#add(payload);
        else this.#early.push(payload);
      }
    } catch (error) {
      this.#complain(error);
    }
  }

  /** Looks after it, a few times a second; false when only another one helps. @param {number} now */
  tend(now) {
    const state = this.#pc.connectionState;
    if (state === "connected") {
      this.#lostAt = null;
      return true;
    }
    if (this.#pc.signalingState === "have-local-offer" && now - this.#offeredAt > RESEND_MS) this.#sendOffer();
    if (state === "failed" || state === "closed") return false;
    if (state === "disconnected") {
      this.#lostAt ??= now;
      return now - this.#lostAt < MENDS_WITHIN_MS;
    }
    return now - this.#begunAt < CONNECTS_WITHIN_MS;
  }

  /** Opens or shuts what is sent. @param {{audio: boolean, video: boolean}} open */
  allow(open) {
    for (const track of this.#sent) track.enabled = open[/** @type {"audio" | "video"} */ (track.kind)];
  }

  stats() {
    return this.#pc.getStats();
  }

  close() {
    this.#closed = true;
    this.#pc.close();
    for (const track of this.#sent) track.stop();
  }

  async #offer() {
    await this.#pc.setLocalDescription();
    this.#sendOffer();
  }

  #sendOffer() {
    this.#offeredAt = performance.now();
    this.#send("offer", this.#pc.localDescription?.sdp ?? "");
  }

  /** @param {string} text */
  async #add(text) {
    await this.#pc.addIceCandidate(JSON.parse(text));
  }

  /** @param {SignalKind} kind @param {string} payload */
  #send(kind, payload) {
    if (!this.#closed) this.#options.send(kind, payload);
  }

  /** @param {any} error */
  #complain(error) {
    if (!this.#closed) console.warn("the line to the programme:", error.message);
  }
}
