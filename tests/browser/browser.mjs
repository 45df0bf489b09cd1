// A headless Chromium, the site that it opens, and people in profiles of their own.

import { createRequire } from "node:module";
import { Person, Viewer } from "./person.mjs";
import { Talker } from "./talker.mjs";

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

  /** Somebody at the page of rooms. @param {import("./house.mjs").House} house @param {string} uid @param {string} [websocket] the way there */
  async talker(house, uid, websocket = house.websocket) {
    const context = await this.chromium.newContext({ viewport: { width: 420, height: 860 } });
    const talker = new Talker(this.site.url, house, uid, context);
    talker.websocket = websocket;
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
