// Plays a programme as its audience sees it: close to what is live, over breaks and restarts, until it is over.
//
// The address of a programme is a play list that leads to a viewer session of its own; opened again it leads to a new one. So whatever
// does not mend by itself is mended by opening it again.

import Hls from "hls.js";

/**
 * `opening`; `none`: nothing is there, not yet or no more; `live`; `waiting`: nothing new comes; `over`: it was played to its end;
 * `refused`: the address is not good; `away`: nobody answers.
 * @typedef {"opening" | "none" | "live" | "waiting" | "over" | "refused" | "away"} PlayerState
 */

const CONFIG = {
  // Segments of a second: two of them are enough where the line is good, and each stall adds a little.
  liveSyncDurationCount: 2,
  liveMaxLatencyDurationCount: 8,
  maxLiveSyncPlaybackRate: 1.2,
  backBufferLength: 10,
};
const PULSE_MS = 500;
/** Shorter stalls are not worth a word. */
const STALL_MS = 1500;
/** Standing still for so long with something to play ahead: it does not mend by itself. */
const STUCK_MS = 8000;
const AGAIN_MS = 2000;

/** Events: `change`. */
export class Player extends EventTarget {
  #video;
  #address;
  /** @type {Hls | null} */
  #hls = null;
  #again;
  #pulse;
  #progress = { position: -1, at: 0 };
  #mended = false;

  /** @type {PlayerState} */
  state = "opening";
  /** What went wrong, the newest last. @type {{what: string, fatal: boolean}[]} */
  errors = [];

  /** @param {HTMLVideoElement} video @param {string} address */
  constructor(video, address) {
    super();
    this.#video = video;
    this.#address = address;
    video.addEventListener("ended", () => this.#become("over"));
    video.addEventListener("error", () => this.#hls || this.#failed(0));
  }

  /** How far behind what is live, in seconds; null while that is not known. */
  get behind() {
    if (!this.#hls || this.state !== "live") return null;
    const shown = this.#hls.playingDate?.getTime();
    const seconds = shown ? (Date.now() - shown) / 1000 : NaN;
    // A viewer's clock may be wrong; then the distance to the end of the play list has to do.
    return seconds >= 0 && seconds < 60 ? seconds : this.#hls.latency;
  }

  start() {
    this.#pulse = setInterval(() => this.#look(), PULSE_MS);
    this.#open();
  }

  stop() {
    clearInterval(this.#pulse);
    clearTimeout(this.#again);
    this.#hls?.destroy();
    this.#hls = null;
  }

  #open() {
    clearTimeout(this.#again);
    this.#again = undefined;
    this.#hls?.destroy();
    this.#hls = null;
    this.#progress = { position: -1, at: performance.now() };
    this.#mended = false;
    if (!Hls.isSupported()) {
      this.#video.src = this.#address;
      this.#play();
      return;
    }
    const hls = new Hls(CONFIG);
    this.#hls = hls;
    hls.on(Hls.Events.MANIFEST_PARSED, () => this.#play());
    hls.on(Hls.Events.ERROR, (_, error) => this.#onError(hls, error));
    hls.loadSource(this.#address);
    hls.attachMedia(this.#video);
  }

  #play() {
    // Without a gesture browsers play only what is silent.
    this.#video.play().catch(() => {
      this.#video.muted = true;
      this.#video.play().catch(() => undefined);
    });
  }

  /** @param {Hls} hls @param {any} error */
  #onError(hls, error) {
    if (hls !== this.#hls) return;
    const code = error.response?.code ?? 0;
    // Before the first segment there is nothing yet: that is no fault.
    if (!(error.details === Hls.ErrorDetails.MANIFEST_LOAD_ERROR && code === 404)) {
      this.errors.push({ what: `${error.details}${code ? ` ${code}` : ""}: ${error.error?.message ?? error.reason ?? ""}`, fatal: error.fatal });
    }
    if (!error.fatal) return;
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR && !this.#mended) {
      this.#mended = true;
      hls.recoverMediaError();
      this.#play();
    } else this.#failed(code, error.details === Hls.ErrorDetails.MANIFEST_LOAD_ERROR);
  }

  /** @param {number} code of the server's answer, 0 without one @param {boolean} [atAddress] whether the address itself was asked */
  #failed(code, atAddress = true) {
    if (this.state === "over" || this.#again) return;
    this.#hls?.stopLoad();
    if (atAddress) this.#become(code === 404 ? "none" : code === 403 ? "refused" : "away");
    this.#again = setTimeout(() => this.#open(), atAddress ? AGAIN_MS : 0);
  }

  #look() {
    const [video, now] = [this.#video, performance.now()];
    if (video.currentTime !== this.#progress.position) {
      const moved = this.#progress.position >= 0;
      this.#progress = { position: video.currentTime, at: now };
      if (moved && !video.paused && !video.ended) this.#become("live");
    } else if (this.state === "live" && !video.paused && now - this.#progress.at > STALL_MS) {
      this.#become("waiting");
    }
    if (this.state === "waiting" && this.#ahead > 1 && now - this.#progress.at > STUCK_MS) this.#unstick(now);
    this.dispatchEvent(new CustomEvent("change"));
  }

  /** How much there is to play after the present position, in seconds. */
  get #ahead() {
    return (this.#hls?.latestLevelDetails?.edge ?? 0) - this.#video.currentTime;
  }

  #unstick(now) {
    const position = this.#hls?.liveSyncPosition;
    if (position && position > this.#video.currentTime) {
      this.#video.currentTime = position;
      this.#progress.at = now;
      this.#play();
    } else this.#open();
  }

  /** @param {PlayerState} state */
  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("change"));
  }
}
