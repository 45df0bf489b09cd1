// A person at the reference page in a browser profile of their own, and what such a person sees and hears.

import { until } from "./wait.mjs";

export class Person {
  /** The page, below the site. */
  path = "";

  constructor(url, house, uid, context, camera = "") {
    Object.assign(this, { url, house, uid, context, camera, websocket: house.websocket });
    /** What the page complained of. @type {string[]} */
    this.log = [];
  }

  /** Opens the page signed in; the profile stays the same, as after a crash of the tab. */
  async open() {
    const camera = this.camera && `&camera=${this.camera}`;
    const query = `?ws=${encodeURIComponent(this.websocket)}&uid=${this.uid}${camera}#token=${await this.house.token(this.uid)}`;
    this.page = await this.context.newPage();
    this.page.on("console", (message) => ["warning", "error"].includes(message.type()) && this.log.push(message.text()));
    this.page.on("pageerror", (error) => this.log.push(String(error)));
    await this.page.goto(`${this.url}${this.path}${query}`);
    await until(`${this.uid} to be signed in`, () => this.page.evaluate(() => document.body.dataset.view !== "signin"));
  }

  /** The page is gone at once, without a word to the house. */
  async kill() {
    const cdp = await this.context.newCDPSession(this.page);
    await Promise.race([
      cdp.send("Page.crash").catch(() => undefined),
      new Promise((resolve) => this.page.once("crash", resolve)),
    ]);
    await this.page.close().catch(() => undefined);
  }

  async leave() {
    await this.context.close();
  }

  /**
   * Takes calls from now on, by the form of the page.
   * @param {string} tariff
   * @param {string} rate
   * @param {"video" | "audio" | "chat" | "group"} [kind]
   */
  async offer(tariff, rate, kind = "video") {
    await this.page.locator("details", { hasText: "Take calls yourself" }).locator("summary").click();
    const form = this.page.locator("#settings");
    await form.locator("[name=available]").check();
    await form.locator(`[name=${kind}]`).fill(rate);
    await form.locator("[name=tariff]").fill(tariff);
    await form.getByRole("button", { name: "Save" }).click();
    await until("the settings to be saved", async () => (await this.text("#notice")).includes("can be called"));
  }

  /** Presses the call button of a creator. @param {Person} creator */
  async dial(creator) {
    await this.page.locator(`[data-call="${creator.uid}"]`).click({ timeout: 20_000 });
  }

  /** Opens a group by the form of the page. @param {Person[]} invited */
  async openGroup(...invited) {
    await this.page.locator("details", { hasText: "Open a group" }).locator("summary").click();
    await this.page.locator("#group [name=invite]").fill(invited.map((person) => person.uid).join(", "));
    await this.page.locator("#group button").click();
  }

  /** Waits until the page says this of being on air. @param {string | RegExp} text @param {number} [ms] */
  readsOfAir(text, ms = 60_000) {
    const probe = async () => {
      const shown = (await this.sees("#air")) ? `${await this.text("#air-badge")} ${await this.text("#air-text")}` : "";
      if (shown.match(text)) return true;
      throw new Error(`it reads: ${shown}`);
    };
    return until(`${this.uid} to read ${text}`, probe, ms);
  }

  async accept() {
    await this.page.locator("#accept").click({ timeout: 20_000 });
  }

  async hangUp() {
    await this.page.locator("#hangup").click();
  }

  /** @param {string} selector */
  async text(selector) {
    return (await this.page.locator(selector).textContent()) ?? "";
  }

  /** @param {string} selector */
  sees(selector) {
    return this.page.locator(selector).isVisible();
  }

  /** The id of the call in which this person is. */
  callId() {
    return until(`${this.uid} to be in a call`, () => this.page.evaluate(() => window.callboard.call?.id));
  }

  /** Waits until content flows, or until it does not. @param {boolean} flows @param {number} [ms] */
  flow(flows, ms) {
    const probe = (wanted) => Boolean(window.callboard.call?.flowing) === wanted;
    return until(`content of ${this.uid} to ${flows ? "flow" : "stop"}`, () => this.page.evaluate(probe, flows), ms);
  }

  /** Waits for the receipt. @param {number} [ms] @returns {Promise<any>} */
  receipt(ms = 30_000) {
    return until(`the receipt of ${this.uid}`, () => this.page.evaluate(() => window.callboard.call?.receipt), ms);
  }

  /** How much came in: packets, decoded pictures, and the energy of the sound. */
  received() {
    return this.page.evaluate(async () => {
      const all = (await window.callboard.call.reports()).filter((r) => r.type === "inbound-rtp");
      const sum = (field) => all.reduce((n, r) => n + (r[field] ?? 0), 0);
      return { packets: sum("packetsReceived"), frames: sum("framesDecoded"), energy: sum("totalAudioEnergy") };
    });
  }

  /** How bright the other's picture is, 0 for black; looked at below whatever the page does with it. */
  brightness() {
    return this.page.evaluate(async () => {
      const call = window.callboard.call;
      const stream = call.stream(call.others[0].uid);
      for (const track of stream.getTracks()) track.enabled = true;
      const video = Object.assign(document.createElement("video"), { muted: true, srcObject: stream });
      await video.play();
      const canvas = new OffscreenCanvas(32, 24).getContext("2d");
      canvas.drawImage(video, 0, 0, 32, 24);
      const { data } = canvas.getImageData(0, 0, 32, 24);
      video.srcObject = null;
      let sum = 0;
      for (let i = 0; i < data.length; i += 4) sum += data[i] + data[i + 1] + data[i + 2];
      return Math.round(sum / (32 * 24 * 3));
    });
  }
}

/** Somebody in the audience, at the page that plays a programme. */
export class Viewer {
  constructor(context) {
    this.context = context;
    /** @type {string[]} */
    this.log = [];
  }

  /** @param {string} url */
  async open(url) {
    this.page = await this.context.newPage();
    this.page.on("pageerror", (error) => this.log.push(String(error)));
    await this.page.goto(url);
  }

  async leave() {
    await this.context.close();
  }

  /** What the player is at. */
  look() {
    return this.page.evaluate(() => {
      const { state, behind, errors } = window.callboard.player;
      const video = document.querySelector("video");
      const frames = video.getVideoPlaybackQuality().totalVideoFrames;
      return { state, behind, errors, frames, position: video.currentTime, says: document.querySelector("#message").textContent };
    });
  }

  /**
   * How much of the left and of the right half of the picture is the green of Chromium's fake camera, of 1. Slates and name cards have none.
   * @returns {Promise<[number, number]>}
   */
  halves() {
    return this.page.evaluate(() => {
      const [width, height] = [64, 36];
      const canvas = new OffscreenCanvas(width, height).getContext("2d");
      canvas.drawImage(document.querySelector("video"), 0, 0, width, height);
      const { data } = canvas.getImageData(0, 0, width, height);
      const green = [0, 0];
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 1] > 40 + Math.max(data[i], data[i + 2])) green[(i / 4) % width < width / 2 ? 0 : 1] += 1;
      }
      return green.map((n) => n / ((width / 2) * height));
    });
  }
}
