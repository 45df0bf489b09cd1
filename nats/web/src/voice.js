// Records a voice note from the microphone.

/** The first that this browser can record; houses take all of them. */
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const LONGEST_MS = 5 * 60_000;

export class Recording {
  #recorder;
  #stream;
  #timer;
  /** @type {Blob[]} */
  #parts = [];
  #startedAt = performance.now();

  /** @param {MediaStream} stream @param {() => void} onlimit it is as long as it may be */
  constructor(stream, onlimit) {
    this.#stream = stream;
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.#recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: 32_000 });
    this.#recorder.ondataavailable = ({ data }) => data.size && this.#parts.push(data);
    this.#recorder.start();
    this.#timer = setTimeout(onlimit, LONGEST_MS);
  }

  /** Asks for the microphone and begins. @param {() => void} onlimit */
  static async start(onlimit) {
    const audio = { echoCancellation: true, noiseSuppression: true, channelCount: 1 };
    return new Recording(await navigator.mediaDevices.getUserMedia({ audio }), onlimit);
  }

  /** How long it is by now, in milliseconds. */
  get length() {
    return performance.now() - this.#startedAt;
  }

  /** Ends it. @returns {Promise<Blob>} */
  async stop() {
    const stopped = new Promise((resolve) => this.#recorder.addEventListener("stop", resolve, { once: true }));
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
    await stopped;
    this.#release();
    return new Blob(this.#parts, { type: this.#recorder.mimeType });
  }

  /** Ends it and keeps nothing. */
  drop() {
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
    this.#release();
  }

  #release() {
    clearTimeout(this.#timer);
    for (const track of this.#stream.getTracks()) track.stop();
  }
}
