// A person at the reference page in a browser profile of their own, and what such a person sees and hears.

import { createRequire } from "node:module";
import { until } from "./wait.mjs";

const web = new URL("../../nats/web/", import.meta.url);
const { chromium } = createRequire(new URL("package.json", web))("playwright-core");
const { serve } = await import(new URL("scripts/serve.mjs", web).href);

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  // The namespace has loopback alone, which WebRTC would otherwise not use.
  "--allow-loopback-in-peer-connection",
];

export class Browser {
  static async launch() {
    const made = new Browser();
    made.site = await serve();
    const executablePath = process.env.CALLBOARD_CHROMIUM ?? "/usr/bin/chromium";
    made.chromium = await chromium.launch({ executablePath, headless: true, args: FLAGS });
    return made;
  }

  async close() {
    await this.chromium.close();
    await this.site.close();
  }

  /**
   * @param {import("./house.mjs").House} house
   * @param {string} uid
   * @param {string} [camera] the size of the camera's picture, where a large one costs too much
   */
  async person(house, uid, camera = "") {
    const context = await this.chromium.newContext({ viewport: { width: 420, height: 860 } });
    const person = new Person(this.site.url, house, uid, context, camera);
    await person.open();
    return person;
  }

  /** Somebody at the page of rooms. @param {import("./house.mjs").House} house @param {string} uid */
  async talker(house, uid) {
    const context = await this.chromium.newContext({ viewport: { width: 420, height: 860 } });
    const talker = new Talker(this.site.url, house, uid, context);
    await talker.open();
    return talker;
  }

  /** Somebody who watches a programme. @param {string} address */
  async viewer(address) {
    const context = await this.chromium.newContext({ viewport: { width: 900, height: 640 } });
    const viewer = new Viewer(context);
    await viewer.open(`${this.site.url}watch.html#${new URLSearchParams({ src: address })}`);
    return viewer;
  }
}

export class Person {
  /** The page, below the site. */
  path = "";

  constructor(url, house, uid, context, camera = "") {
    Object.assign(this, { url, house, uid, context, camera });
    /** What the page complained of. @type {string[]} */
    this.log = [];
  }

  /** Opens the page signed in; the profile stays the same, as after a crash of the tab. */
  async open() {
    const camera = this.camera && `&camera=${this.camera}`;
    const query = `?ws=${encodeURIComponent(this.house.websocket)}&uid=${this.uid}${camera}#token=${await this.house.token(this.uid)}`;
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

/** Somebody who talks in rooms and conversations, by what the page offers for it. */
export class Talker extends Person {
  path = "rooms.html";

  /** Makes a room and goes into it. @param {string} name @param {string} [access] */
  async makeRoom(name, access = "public") {
    await this.page.locator("details", { hasText: "Make a room" }).locator("summary").click();
    const form = this.page.locator("#make");
    await form.locator("[name=name]").fill(name);
    await form.locator("[name=access]").selectOption(access);
    await form.getByRole("button", { name: "Make it" }).click();
    return this.inRoom();
  }

  /** Finds a room and enters it. @param {string} name */
  async enterRoom(name) {
    if (!(await this.sees("#search"))) await this.page.locator("details", { hasText: "Find a room" }).locator("summary").click();
    await this.page.locator("#search [name=query]").fill(name);
    await this.page.locator("#search button").click();
    await this.page.locator("#found .entry", { hasText: name }).click({ timeout: 20_000 });
    await this.page.locator("#door-acts .primary").click();
    return this.inRoom();
  }

  /** Opens the conversation with somebody. @param {string} uid */
  async talkTo(uid) {
    await this.page.locator("#talk [name=uid]").fill(uid);
    await this.page.locator("#talk button").click();
    return this.inRoom();
  }

  /** Takes the request of somebody who wants to talk. @param {string} uid */
  async takes(uid) {
    await this.page.locator("#mine .entry", { hasText: uid }).click({ timeout: 20_000 });
    await this.page.locator("#door-acts").getByRole("button", { name: "Talk" }).click();
    return this.inRoom();
  }

  /** The id of the room that the page shows. @returns {Promise<string>} */
  inRoom() {
    return until(`${this.uid} to be in a room`, async () => {
      const id = await this.page.evaluate(() => document.body.dataset.view === "room" && window.callboard.room?.id);
      if (!id) throw new Error(await this.text("#notice"));
      return id;
    });
  }

  /** Goes back to the list. */
  back() {
    return this.page.locator("#back").click();
  }

  /** @param {string} text */
  async write(text) {
    await this.page.locator("#write [name=text]").fill(text);
    await this.page.locator("#write [name=text]").press("Enter");
  }

  /** What the page shows as messages, in its order. @returns {Promise<{seq: number, id: string, author: string, text: string, kind: string, receipt: string, reactions: string[], edited: boolean}[]>} */
  messages() {
    return this.page.evaluate(() => [...document.querySelectorAll("#messages [data-seq]")].map((row) => ({
      seq: Number(row.dataset.seq),
      id: row.dataset.id,
      author: row.querySelector(".meta .name")?.textContent ?? "",
      text: row.querySelector(".body")?.textContent ?? "",
      kind: row.dataset.kind,
      receipt: row.querySelector(".receipt")?.textContent ?? "",
      reactions: [...row.querySelectorAll("[data-emoji]")].map((one) => one.textContent),
      edited: Boolean(row.querySelector(".edited")),
    })));
  }

  /** Loads older messages until there are none. */
  showAll() {
    return until("the oldest message", async () => {
      if (!(await this.sees("#older"))) return true;
      await this.page.locator("#older").click({ timeout: 1000 }).catch(() => undefined);
      return false;
    });
  }

  /** Waits for a message. @param {(message: any) => boolean} fits @param {string} what */
  finds(fits, what) {
    return until(`${this.uid} to see ${what}`, async () => {
      const all = await this.messages();
      const found = all.find(fits);
      if (!found) throw new Error(`${await this.text("#notice")} ${JSON.stringify(all.slice(-5))}`);
      return found;
    });
  }

  /** Waits for a text. @param {string} text */
  reads(text) {
    return this.finds((message) => message.text === text, `"${text}"`);
  }

  /** Chooses what to do with a message. @param {number} seq @param {string} what */
  async choose(seq, what) {
    await this.page.locator(`#messages [data-seq="${seq}"] .more`).click();
    await this.page.locator("#menu").getByRole("button", { name: what, exact: true }).click();
  }

  /** Chooses what to do with a person who wrote something. @param {string} uid @param {string} what */
  async about(uid, what) {
    await this.page.locator("#messages .meta .name", { hasText: uid }).last().click();
    await this.page.locator("#menu").getByRole("button", { name: what, exact: true }).click();
  }

  /** Sends a picture that the page itself draws. */
  async sendPicture() {
    const data = await this.page.evaluate(() => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#0b6e5b";
      pen.fillRect(0, 0, 640, 480);
      return canvas.toDataURL("image/png").split(",")[1];
    });
    await this.page.locator("#file").setInputFiles({ name: "green.png", mimeType: "image/png", buffer: Buffer.from(data, "base64") });
  }

  /** Records what the microphone gives for two seconds, and sends it. */
  async sendVoice() {
    await this.page.locator("#voice").click();
    await until("two seconds of recording", async () => ["0:02", "0:03"].includes(await this.text("#recorded")));
    await this.page.locator("#record-send").click();
  }

  /** From now on the page notes when it first shows that its user is muted. */
  watchForMute() {
    return this.page.evaluate(() => {
      window.mutedAt = undefined;
      new MutationObserver(() => {
        if (document.body.dataset.muted === "yes") window.mutedAt ??= Date.now();
      }).observe(document.body, { attributes: true });
    });
  }

  /** When it did. @returns {Promise<number>} */
  mutedAt() {
    return until(`${this.uid} to see the mute`, () => this.page.evaluate(() => window.mutedAt));
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
