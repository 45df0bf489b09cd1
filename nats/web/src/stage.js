// A call on air, as one of its members has to do with it: its app is told, asks its user, and while he agrees sends what he shows and
// says to the programme, which takes part in the call's signals like a member.
//
// What must always hold: nothing goes to a programme without consent, nor once it is over or the call is left.

import { Uplink } from "./uplink.js";

/** @typedef {import("./client.js").Client} Client */
/** @typedef {"waiting" | "starting" | "on_air" | "interrupted" | "finished" | "failed"} ProgrammeState */
/** @typedef {{call_id: string, programme_id: string, state: ProgrammeState, peer: string, consent: "asked" | "agreed" | "refused", part?: "none" | "sound" | "full", hls_url?: string}} OnAir */
/**
 * @typedef {object} StageOptions
 * @property {(programme: OnAir, kind: import("./peer.js").SignalKind, payload: string) => void} signal
 * @property {() => MediaStreamTrack[]} tracks
 */

/** The least time between two offers that were not asked for. */
const AGAIN_MS = 3000;

/** Events: `change`. */
export class Stage extends EventTarget {
  /** @type {Client} */
  #client;
  #callId;
  #options;
  /** @type {RTCIceServer[] | null} */
  #iceServers = null;
  /** @type {Uplink | null} */
  #uplink = null;
  #nextTry = 0;
  #told = 0;
  #closed = false;
  #open = { audio: false, video: false };

  /** The programme as the house last told it; null if there is none, or it is over. @type {OnAir | null} */
  view = null;

  /** @param {Client} client @param {string} callId @param {StageOptions} options */
  constructor(client, callId, options) {
    super();
    this.#client = client;
    this.#callId = callId;
    this.#options = options;
  }

  /** Whether this user's picture and sound reach the programme now. */
  get connected() {
    return this.#uplink?.connected ?? false;
  }

  get #wanted() {
    const { view } = this;
    return !this.#closed && this.#iceServers !== null && view?.state === "on_air" && view.consent === "agreed" && view.part !== "none";
  }

  /** This device has joined the call: from now on it may send. @param {RTCIceServer[]} iceServers */
  async begin(iceServers) {
    this.#iceServers = iceServers;
    const before = this.#told;
    const { on_air: view } = await this.#client.ask("stage", "programme", { call_id: this.#callId });
    // What was pushed meanwhile is newer than this answer.
    if (before === this.#told) this.#take(view ?? null);
  }

  /** A push told of the programme. @param {OnAir} view */
  told(view) {
    this.#told += 1;
    this.#take(view);
  }

  /** Says whether this user is to be in the programme. It can be changed at any time. @param {boolean} agree */
  async answer(agree) {
    const { view } = this;
    if (!view) return;
    // What is taken back is not sent until the house knows of it, nor if it never does.
    if (!agree) {
      this.view = { ...view, consent: "refused" };
      this.#shut();
    }
    await this.#client.change("stage", "consent", { call_id: this.#callId, programme_id: view.programme_id, agree });
  }

  /** Whether a signal is the programme's. @param {{from: string, from_device: string}} signal */
  speaks(signal) {
    return signal.from === this.view?.peer && signal.from_device === this.view?.programme_id;
  }

  /** @param {import("./peer.js").SignalKind} kind @param {string} payload */
  receive(kind, payload) {
    this.#uplink?.receive(kind, payload);
  }

  /** Opens or shuts what is sent. @param {{audio: boolean, video: boolean}} open */
  allow(open) {
    this.#open = open;
    this.#uplink?.allow(open);
  }

  /** Looks after the line; called a few times a second. @param {number} now */
  tend(now) {
    if (!this.#wanted || now < this.#nextTry) return;
    if (!this.#uplink?.tend(now)) this.#offer();
  }

  stats() {
    return this.#uplink?.stats() ?? null;
  }

  /** The call is over or left. */
  close() {
    this.#closed = true;
    this.view = null;
    this.#shut();
  }

  /** @param {OnAir | null} next */
  #take(next) {
    if (this.#closed) return;
    const before = this.view;
    this.view = next && !["finished", "failed"].includes(next.state) ? next : null;
    // A programme that comes on air has nothing of what was before: it wants a new offer.
    const anew = before?.programme_id !== this.view?.programme_id || before?.state !== "on_air";
    if (!this.#wanted) this.#shut();
    else if (anew || !this.#uplink) this.#offer();
    this.#tell();
  }

  #offer() {
    const { view } = this;
    if (!view) return;
    this.#uplink?.close();
    this.#nextTry = performance.now() + AGAIN_MS;
    this.#uplink = new Uplink({
      iceServers: this.#iceServers ?? [],
      tracks: this.#options.tracks(),
      send: (kind, payload) => this.#options.signal(view, kind, payload),
      onchange: () => this.#tell(),
    });
    this.#uplink.allow(this.#open);
    this.#tell();
  }

  #shut() {
    this.#uplink?.close();
    this.#uplink = null;
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new CustomEvent("change"));
  }
}
