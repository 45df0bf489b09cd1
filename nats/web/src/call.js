// One call of this app, from the ring to the receipt.
//
// Content (sound, picture, text) flows only while the house says that the paying leg is metered, and never past its grant; until
// then the lines carry silence and black, which is enough for both sides to report that media arrives. Sound and picture of
// members whom staff muted or removed are dropped here, whatever their own app does.

import { Stopwatch } from "./cost.js";
import { ContentGate } from "./gate.js";
import { Peer } from "./peer.js";
import { LineWatch, figures } from "./quality.js";
import { Stage } from "./stage.js";

/** @typedef {import("./client.js").Client} Client */
/** @typedef {"chat" | "audio" | "video" | "group"} CallKind */

const OVER = new Set(["completed", "rejected", "cancelled", "missed", "expired"]);
const VIEWS = ["accepted", "rejected", "cancelled", "missed", "expired", "joined", "invited", "member_left", "device", "ended"];
const LEGS = ["active", "suspended", "resumed", "granted"];
const GONE = ["left", "removed"];
const PULSE_MS = 250;
/** How often the statistics are read while the line is being set up, and after. */
const LOOK_MS = 500;

/**
 * Events: `view` (the call changed), `flow` (detail: whether content flows), `media` (detail: uid, stream), `text` (detail: from,
 * text), `low_balance`, `receipt`, `quality`, `stage` (the call goes on or off air, or the line to the programme changed), `over`.
 */
export class Call extends EventTarget {
  /** @type {Client} */
  #client;
  #local;
  /** @type {Map<string, Peer>} */
  #peers = new Map();
  /** @type {RTCIceServer[]} */
  #iceServers = [];
  #beatMs = 5000;
  #nextBeat = 0;
  /** @type {number | null} */
  #deadlineTold = null;
  #line = new LineWatch();
  /** @type {import("./quality.js").Sample | null} */
  #sample = null;
  #lookedAt = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #pulse;
  #joining = false;
  #joined = false;
  #flowing = false;
  /** Signals that came before the line they belong to. @type {any[]} */
  #early = [];
  /** @type {[string, (event: any) => void][]} */
  #listeners = [];

  /** The call as the house last told it. @type {any} */
  view;
  /** @type {"connecting" | "connected" | "broken"} */
  line = "connecting";
  /** The figures of the last beat. @type {any} */
  quality = {};
  /** Connected time, for the screen. */
  watch = new Stopwatch();
  /** @type {any} */
  receipt = null;
  muted = false;
  camera = true;
  over = false;
  /** @type {ContentGate} */
  gate;
  /** What there is to being on air. @type {Stage} */
  stage;

  /**
   * @param {Client} client
   * @param {any} view
   * @param {MediaStream | null} local
   */
  constructor(client, view, local) {
    super();
    this.#client = client;
    this.#local = local;
    this.view = view;
    this.camera = Boolean(local?.getVideoTracks().length);
    this.gate = new ContentGate(() => client.clock.now());
    this.stage = new Stage(client, view.call_id, {
      signal: (programme, kind, payload) => this.#signal(programme.peer, programme.programme_id, kind, payload),
      tracks: () => this.#local?.getTracks() ?? [],
    });
    this.stage.addEventListener("change", () => this.#tell("stage", this.stage));
    for (const name of ["on_air", "off_air"]) this.#on(`stage.${name}`, (push) => this.stage.told(push.data));
    for (const name of VIEWS) this.#on(`calls.${name}`, (push) => this.#onView(push.data, name));
    for (const name of LEGS) this.#on(`calls.${name}`, (push) => this.#onLeg(push, name));
    this.#on("calls.signal", (push) => this.#onSignal(push.data));
    this.#on("calls.low_balance", (push) => this.#tell("low_balance", push.data));
    this.#on("calls.receipt", (push) => {
      this.receipt = push.data;
      this.#tell("receipt", push.data);
    });
    this.#pulse = setInterval(() => this.#tick(), PULSE_MS);
  }

  /**
   * Calls somebody, or opens a group.
   * @param {Client} client
   * @param {{kind: CallKind, callee?: string, minutes?: number, invite?: {uid: string, pays: boolean}[]}} what somebody, or a group
   * @param {MediaStream | null} local
   */
  static async initiate(client, what, local) {
    const view = await client.change("calls", "initiate", { ...what, device: client.device });
    const call = new Call(client, view, local);
    // The callee may take calls without asking, or may have been quicker than this answer.
    await call.refresh();
    return call;
  }

  /**
   * Takes a call that rings.
   * @param {Client} client
   * @param {any} view
   * @param {MediaStream | null} local
   */
  static async accept(client, view, local) {
    const accepted = await client.change("calls", "accept", { call_id: view.call_id, device: client.device });
    const call = new Call(client, accepted, local);
    await call.join();
    return call;
  }

  /**
   * Comes back to a live call, after the page was reloaded.
   * @param {Client} client
   * @param {any} view from `calls.active`
   * @param {MediaStream | null} local
   */
  static async resume(client, view, local) {
    const call = new Call(client, view, local);
    // Suspensions before the reload are not known here, so the timer may be ahead; the house's meter is not.
    if (view.active_at) call.watch.start(Date.parse(view.active_at));
    if (view.state !== "pending") await call.join({ back: true });
    return call;
  }

  get id() {
    return this.view.call_id;
  }

  get isCaller() {
    return this.view.caller === this.#client.uid;
  }

  /** Whether this user pays for a leg. */
  get pays() {
    return this.#member(this.#client.uid)?.role === "payer";
  }

  /** Whether this user was taken out by the house. */
  get removed() {
    return this.#member(this.#client.uid)?.state === "removed";
  }

  /** What this user's own camera sees, whether it is sent or not. */
  get preview() {
    return this.#local;
  }

  /** Whether content flows to and from anybody. */
  get flowing() {
    return this.#flowing;
  }

  /** The others who belong to the call. */
  get others() {
    return this.view.members.filter((m) => m.uid !== this.#client.uid && !GONE.includes(m.state));
  }

  /** The stream of a member. @param {string} uid */
  stream(uid) {
    return this.#peers.get(uid)?.remote ?? null;
  }

  /** WebRTC's statistics of all lines. @returns {Promise<any[]>} */
  async reports() {
    const reports = [];
    for (const peer of this.#peers.values()) reports.push(...(await peer.stats()).values());
    return reports;
  }

  /** Binds this device to the call and sets the lines up. @param {{back?: boolean}} [how] */
  async join({ back = false } = {}) {
    if (this.#joining || this.#joined || this.over) return;
    this.#joining = true;
    try {
      const reply = await this.#client.change("calls", "join", { call_id: this.id, device: this.#client.device });
      this.#iceServers = reply.ice_servers;
      this.#beatMs = reply.beat_ms;
      this.#joined = true;
      this.#onView(reply.call, "joined");
      this.#meet(back);
      this.stage.begin(reply.ice_servers).catch((error) => this.over || console.warn("cannot ask about the air:", error.message));
      if (this.#local) this.#tellDevice();
      this.#nextBeat = 0;
      this.#tick();
    } finally {
      this.#joining = false;
    }
  }

  /** Asks how the call stands. */
  async refresh() {
    this.#onView(await this.#client.ask("calls", "show", { call_id: this.id }), "accepted");
  }

  /** Hangs up, whatever the call's state: takes back, declines or ends. */
  async hangUp() {
    const verb = this.view.state === "active" ? "end" : this.isCaller ? "cancel" : this.view.state === "pending" ? "reject" : "end";
    try {
      this.#onView(await this.#client.change("calls", verb, { call_id: this.id }), "ended");
    } catch (error) {
      // It may have started or ended in the meantime.
      await this.refresh();
      if (!this.over && error.code === "conflict") {
        this.#onView(await this.#client.change("calls", "end", { call_id: this.id }), "ended");
      } else if (!this.over) throw error;
    }
  }

  /** @param {boolean} muted */
  setMuted(muted) {
    this.muted = muted;
    this.#apply();
    return this.#tellDevice();
  }

  /** @param {boolean} camera */
  setCamera(camera) {
    this.camera = camera;
    this.#apply();
    return this.#tellDevice();
  }

  /** Sets aside coins for more minutes. @param {number} minutes */
  async extend(minutes) {
    this.#onView(await this.#client.change("calls", "extend", { call_id: this.id, minutes }), "granted");
  }

  /** Sends a line of text to everybody to whom content flows. @param {string} text @returns {boolean} whether anybody got it */
  say(text) {
    let said = false;
    for (const peer of this.#peers.values()) said = (this.#open(peer.uid) && peer.say(text)) || said;
    return said;
  }

  /**
   * One sign of life, with how the line is. Its answer tells the legs' states and how far their grants reach.
   */
  async beat() {
    const sentAt = Date.now();
    const reply = await this.#client.ask(
      "calls",
      "beat",
      { call_id: this.id, device: this.#client.device, line: this.line, ...this.quality },
      { attempts: 1, timeoutMs: 3000 },
    );
    this.#client.clock.learn(reply.server_time, sentAt);
    this.gate.beat(reply.legs, sentAt);
    this.#apply();
  }

  /** Drops everything that this app holds for the call, without a word to the house. */
  dispose() {
    clearInterval(this.#pulse);
    for (const [name, listener] of this.#listeners) this.#client.removeEventListener(name, listener);
    for (const peer of this.#peers.values()) peer.close();
    this.#peers.clear();
    this.stage.close();
    for (const track of this.#local?.getTracks() ?? []) track.stop();
  }

  /** @param {string} name @param {(push: any) => void} act */
  #on(name, act) {
    const listener = ({ detail }) => detail.data?.call_id === this.id && act(detail);
    this.#listeners.push([name, listener]);
    this.#client.addEventListener(name, listener);
  }

  /** @param {any} view @param {string} why */
  #onView(view, why) {
    if (this.over || view.version < this.view.version) return;
    this.view = view;
    for (const [uid, peer] of this.#peers) {
      if (this.others.some((m) => m.uid === uid)) continue;
      peer.close();
      this.#peers.delete(uid);
    }
    this.#tell("view", view);
    // A group goes on without those who leave it.
    if (OVER.has(view.state) || GONE.includes(this.#member(this.#client.uid)?.state)) {
      this.#finish();
      return;
    }
    if (view.state !== "pending" && !this.#joined && this.isCaller) {
      this.join().catch((error) => console.warn("cannot join:", error.message));
    }
    if (this.#joined && why === "joined") this.#meet(false);
    this.#apply();
  }

  /** @param {any} push @param {string} name */
  #onLeg(push, name) {
    const leg = push.data;
    const at = Date.parse(leg.at);
    if (name === "suspended") this.watch.stop(at);
    else if (leg.state === "metered") this.watch.start(name === "granted" ? this.#client.clock.now() : at);
    this.gate.push(leg, Date.now(), name !== "granted");
    if (leg.state === "metered" && this.view.state === "accepted") this.view = { ...this.view, state: "active", active_at: leg.at };
    this.#tell("view", this.view);
    this.#apply();
  }

  #onSignal(signal) {
    if (signal.to_device !== this.#client.device) return;
    if (this.stage.speaks(signal)) {
      this.stage.receive(signal.kind, signal.payload);
      return;
    }
    const peer = this.#peers.get(signal.from);
    if (peer && peer.device === signal.from_device) {
      peer.receive(signal.kind, signal.payload);
    } else if (this.#joined && signal.kind === "offer") {
      this.#lineTo(signal.from, signal.from_device).receive(signal.kind, signal.payload);
      this.#replay(signal.from, signal.from_device);
    } else {
      this.#early.push(signal);
      if (this.#early.length > 64) this.#early.shift();
    }
  }

  /** Sets up a line to every member whose device has joined. @param {boolean} back whether this page was here before */
  #meet(back) {
    for (const member of this.others) {
      if (member.state !== "joined" || !member.device) continue;
      const known = this.#peers.get(member.uid);
      if (known && known.device === member.device && known.begun) continue;
      const peer = known && known.device === member.device ? known : this.#lineTo(member.uid, member.device);
      // One side of each pair offers; whoever comes back offers in any case, because the other side cannot know it yet.
      if (back || this.#offers(member.uid)) peer.offer();
      this.#replay(member.uid, member.device);
    }
  }

  /** @param {string} uid @param {string} device */
  #lineTo(uid, device) {
    this.#peers.get(uid)?.close();
    const peer = new Peer({
      uid,
      device,
      iceServers: this.#iceServers,
      polite: !this.#offers(uid),
      tracks: this.#local?.getTracks() ?? [],
      send: (kind, payload) => this.#signal(uid, device, kind, payload),
      onmedia: (stream) => {
        this.#apply();
        this.#tell("media", { uid, stream });
      },
      ontext: (text) => this.#open(uid) && this.#tell("text", { from: uid, text: text.slice(0, 2000) }),
    });
    this.#peers.set(uid, peer);
    return peer;
  }

  /** @param {string} uid @param {string} device */
  #replay(uid, device) {
    const mine = this.#early.filter((s) => s.from === uid && s.from_device === device);
    this.#early = this.#early.filter((s) => !mine.includes(s));
    for (const signal of mine) this.#peers.get(uid)?.receive(signal.kind, signal.payload);
  }

  /** Whether this side makes the offers to a member. @param {string} uid */
  #offers(uid) {
    if (this.isCaller) return true;
    return uid !== this.view.caller && this.#client.uid < uid;
  }

  #signal(to, toDevice, kind, payload) {
    if (this.over) return;
    this.#client
      .ask(
        "calls",
        "signal",
        { call_id: this.id, device: this.#client.device, to, to_device: toDevice, kind, payload },
        { attempts: 2, timeoutMs: 2000 },
      )
      .catch((error) => this.over || console.warn(`cannot relay ${kind}:`, error.message));
  }

  #tellDevice() {
    if (!this.#joined || this.over) return Promise.resolve();
    return this.#client
      .change("calls", "device", {
        call_id: this.id,
        device: this.#client.device,
        muted: this.muted,
        camera: this.camera,
      })
      .catch((error) => this.over || console.warn("cannot tell the device's state:", error.message));
  }

  async #tick() {
    if (this.over) return;
    this.#apply();
    if (!this.#joined) return;
    const now = performance.now();
    for (const peer of this.#peers.values()) peer.tend(now, this.#offers(peer.uid));
    this.stage.tend(now);
    const line = this.line;
    if (now - this.#lookedAt >= LOOK_MS) {
      this.#lookedAt = now;
      await this.#look(now);
      if (this.over) return;
    }
    // The grant's end: the beat that proves that both were there up to it, and whose answer may move it.
    const deadline = this.gate.deadline;
    const ends = deadline !== null && this.#client.clock.now() >= deadline && deadline !== this.#deadlineTold;
    if (ends) this.#deadlineTold = deadline;
    if (ends || now >= this.#nextBeat || line !== this.line) {
      this.#nextBeat = now + this.#beatMs;
      this.beat().catch((error) => this.#beatFailed(error));
    }
  }

  async #look(now) {
    const { figures: quality, sample } = figures(await this.reports(), this.#sample, now);
    this.quality = quality;
    // Rates over the last beat's time are steadier than over half a second.
    if (!this.#sample || now - this.#sample.at >= this.#beatMs / 2) this.#sample = sample;
    this.line = this.view.kind === "chat" ? "connected" : this.#line.see(sample.received, now);
    this.#tell("quality", quality);
  }

  #beatFailed(error) {
    if (this.over) return;
    if (error.code === "not_found" || error.code === "conflict" || error.code === "forbidden") {
      this.refresh().catch(() => undefined);
    }
  }

  /** Opens and shuts what is sent and what is let through. */
  #apply() {
    let flowing = false;
    for (const [uid, peer] of this.#peers) {
      const open = !this.over && this.#open(uid);
      flowing ||= open;
      peer.allow({ audio: open && !this.muted, video: open && this.camera });
      const silenced = this.#member(uid)?.device_state?.muted_by_staff ?? false;
      peer.hear({ audio: open && !silenced, video: open });
    }
    const onStage = !this.over && this.#mayBeOnStage();
    this.stage.allow({ audio: onStage && !this.muted, video: onStage && this.camera });
    if (flowing !== this.#flowing) {
      this.#flowing = flowing;
      this.#tell("flow", flowing);
    }
  }

  /** Whether content may flow between this user and a member: the legs of both, where they pay. @param {string} uid */
  #open(uid) {
    const me = this.#member(this.#client.uid);
    const them = this.#member(uid);
    if (!me || !them || !["accepted", "joined"].includes(them.state) || me.state === "removed") return false;
    const payers = [me, them].filter((m) => m.role === "payer").map((m) => m.uid);
    // Two who do not pay talk while the call is on.
    return payers.length ? this.gate.isOpen(payers) : this.view.state === "active";
  }

  /** Whether anything of this user may go to the programme: who pays for his place is there while it is metered. */
  #mayBeOnStage() {
    const me = this.#member(this.#client.uid);
    if (me?.state !== "joined") return false;
    return me.role !== "payer" || this.gate.isOpen([me.uid]);
  }

  /** @param {string} uid */
  #member(uid) {
    return this.view.members.find((m) => m.uid === uid);
  }

  #finish() {
    this.over = true;
    this.gate.close();
    this.watch.stop(this.view.ended_at ? Date.parse(this.view.ended_at) : this.#client.clock.now());
    clearInterval(this.#pulse);
    this.#apply();
    for (const peer of this.#peers.values()) peer.close();
    this.#peers.clear();
    this.stage.close();
    for (const track of this.#local?.getTracks() ?? []) track.stop();
    this.#tell("over", this.view);
  }

  /** @param {string} name @param {unknown} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/**
 * Microphone and camera for a kind of call; nothing for chat.
 * @param {CallKind} kind
 * @param {{width: number, height: number}} [size] of the picture, as near as the camera has it
 */
export async function media(kind, { width, height } = { width: 640, height: 480 }) {
  if (kind === "chat") return null;
  const video = kind === "audio" ? false : { width: { ideal: width }, height: { ideal: height } };
  return navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true }, video });
}
