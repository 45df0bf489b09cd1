// The media line to one other member's device. Signals may be lost, doubled or out of order (they are relayed, not stored), so an
// offer without an answer is sent again, a repeated offer is answered again, and candidates wait for the description they belong to.

/** @typedef {"offer" | "answer" | "candidate"} SignalKind */
/**
 * @typedef {object} PeerOptions
 * @property {string} uid
 * @property {string} device
 * @property {RTCIceServer[]} iceServers
 * @property {boolean} polite whether an own offer gives way when both sides offer at once
 * @property {MediaStreamTrack[]} tracks what to send; copies are taken, so that each line opens and shuts by itself
 * @property {(kind: SignalKind, payload: string) => void} send
 * @property {(stream: MediaStream) => void} onmedia
 * @property {(text: string) => void} ontext
 */

const RESEND_MS = 3000;
const GLARE_MS = 2000;
const MEND_MS = 4000;
const EARLY_LIMIT = 64;

export class Peer {
  /** @type {RTCPeerConnection} */
  #pc;
  /** @type {RTCDataChannel} */
  #channel;
  /** @type {string[]} */
  #early = [];
  #options;
  #offeredAt = 0;
  /** @type {number | null} */
  #badSince = null;
  /** Descriptions are set one after the other. @type {Promise<void>} */
  #queue = Promise.resolve();
  #closed = false;
  /** What is sent. @type {MediaStreamTrack[]} */
  sent = [];
  /** What is received. */
  remote = new MediaStream();

  /** @param {PeerOptions} options */
  constructor(options) {
    this.#options = options;
    this.sent = options.tracks.map((track) => {
      const copy = track.clone();
      copy.enabled = false;
      return copy;
    });
    this.#open();
  }

  get uid() {
    return this.#options.uid;
  }

  get device() {
    return this.#options.device;
  }

  #open() {
    this.#pc?.close();
    const pc = new RTCPeerConnection({ iceServers: this.#options.iceServers, bundlePolicy: "max-bundle" });
    this.#pc = pc;
    this.#badSince = null;
    this.#offeredAt = 0;
    this.remote = new MediaStream();
    for (const track of this.sent) pc.addTrack(track);
    this.#channel = pc.createDataChannel("text", { negotiated: true, id: 0 });
    this.#channel.onmessage = ({ data }) => typeof data === "string" && this.#options.ontext(data);
    pc.ontrack = ({ track }) => {
      this.remote.addTrack(track);
      this.#options.onmedia(this.remote);
    };
    pc.onicecandidate = ({ candidate }) => this.#send("candidate", candidate ? JSON.stringify(candidate) : "");
  }

  /** Offers, from scratch if the other side is known to be new. @param {{fresh?: boolean}} [how] */
  offer({ fresh = false } = {}) {
    return this.#inTurn(async () => {
      if (fresh) this.#open();
      await this.#pc.setLocalDescription();
      this.#sendOffer();
    });
  }

  /** Takes a signal. @param {SignalKind} kind @param {string} payload */
  receive(kind, payload) {
    return this.#inTurn(async () => {
      if (kind === "offer") await this.#onOffer(payload);
      else if (kind === "answer") await this.#onAnswer(payload);
      else if (payload !== "") {
        this.#early.push(payload);
        await this.#addCandidates();
      }
    });
  }

  /** Looks after the line; called a few times a second. @param {number} now @param {boolean} offers whether this side mends it */
  tend(now, offers) {
    if (this.#closed) return;
    if (this.#pc.signalingState === "have-local-offer" && now - this.#offeredAt > RESEND_MS) {
      this.#sendOffer();
    }
    const bad = this.#pc.connectionState === "failed" || this.#pc.connectionState === "disconnected";
    this.#badSince = bad ? (this.#badSince ?? now) : null;
    if (offers && this.#badSince !== null && now - this.#badSince > MEND_MS) {
      this.#badSince = now;
      this.#pc.restartIce();
      this.offer();
    }
  }

  /** Whether anything is set up or being set up with the other side. */
  get begun() {
    return this.#pc.signalingState !== "stable" || this.#pc.remoteDescription !== null;
  }

  get connected() {
    return this.#pc.connectionState === "connected";
  }

  /** Opens or shuts what is sent. @param {{audio: boolean, video: boolean}} open */
  allow(open) {
    for (const track of this.sent) track.enabled = open[/** @type {"audio" | "video"} */ (track.kind)];
  }

  /** Lets through or drops what is received. @param {{audio: boolean, video: boolean}} open */
  hear(open) {
    for (const track of this.remote.getTracks()) track.enabled = open[/** @type {"audio" | "video"} */ (track.kind)];
  }

  /** @param {string} text @returns {boolean} whether it was sent */
  say(text) {
    if (this.#channel.readyState !== "open") return false;
    this.#channel.send(text);
    return true;
  }

  stats() {
    return this.#pc.getStats();
  }

  close() {
    this.#closed = true;
    this.#pc.close();
    for (const track of this.sent) track.stop();
  }

  /** @param {string} sdp */
  async #onOffer(sdp) {
    if (this.#pc.remoteDescription?.type === "offer" && this.#pc.remoteDescription.sdp === sdp) {
      // The answer was lost.
      if (this.#pc.localDescription) this.#send("answer", this.#pc.localDescription.sdp);
      return;
    }
    if (this.#pc.signalingState === "have-local-offer") {
      const glare = performance.now() - this.#offeredAt < GLARE_MS;
      if (glare && !this.#options.polite) return;
      this.#open();
    } else if (this.#pc.remoteDescription && fingerprint(sdp) !== fingerprint(this.#pc.remoteDescription.sdp)) {
      // Another page than before: it knows nothing of the old line.
      this.#open();
    }
    await this.#pc.setRemoteDescription({ type: "offer", sdp });
    await this.#pc.setLocalDescription();
    this.#send("answer", this.#pc.localDescription?.sdp ?? "");
    await this.#addCandidates();
  }

  /** @param {string} sdp */
  async #onAnswer(sdp) {
    if (this.#pc.signalingState !== "have-local-offer") return;
    const before = this.#pc.remoteDescription;
    if (before && fingerprint(sdp) !== fingerprint(before.sdp)) {
      this.#open();
      await this.#pc.setLocalDescription();
      this.#sendOffer();
      return;
    }
    await this.#pc.setRemoteDescription({ type: "answer", sdp });
    await this.#addCandidates();
  }

  async #addCandidates() {
    const sdp = this.#pc.remoteDescription?.sdp;
    if (!sdp) return;
    const early = this.#early;
    this.#early = [];
    for (const text of early) {
      const candidate = readCandidate(text);
      if (!candidate) continue;
      if (candidate.usernameFragment && !sdp.includes(`a=ice-ufrag:${candidate.usernameFragment}`)) {
        // It may belong to a description that is still under way; the oldest are those of lines that are gone.
        this.#early.push(text);
        if (this.#early.length > EARLY_LIMIT) this.#early.shift();
        continue;
      }
      await this.#pc.addIceCandidate(candidate).catch(() => undefined);
    }
  }

  #sendOffer() {
    this.#offeredAt = performance.now();
    this.#send("offer", this.#pc.localDescription?.sdp ?? "");
  }

  /** @param {SignalKind} kind @param {string} payload */
  #send(kind, payload) {
    if (!this.#closed) this.#options.send(kind, payload);
  }

  /** @param {() => Promise<void>} step */
  #inTurn(step) {
    this.#queue = this.#queue
      .then(() => (this.#closed ? undefined : step()))
      .catch((error) => {
        if (!this.#closed) console.warn(`line to ${this.uid}:`, error.message);
      });
    return this.#queue;
  }
}

/** @param {string} sdp */
function fingerprint(sdp) {
  return /^a=fingerprint:(.*)$/m.exec(sdp)?.[1].trim().toLowerCase() ?? "";
}

/** @param {string} text @returns {RTCIceCandidateInit | null} */
function readCandidate(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
