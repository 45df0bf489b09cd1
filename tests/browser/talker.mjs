// A person at the page of rooms, by what it offers, and what such a person sees.

import { Person } from "./person.mjs";
import { until } from "./wait.mjs";

/** Somebody who talks in rooms and conversations, by what the page offers for it. */
export class Talker extends Person {
  path = "rooms.html";

  /** Makes a room and goes into it. @param {string} name @param {Record<string, string>} [how] what else is filled in */
  async makeRoom(name, { access = "public", ...fields } = {}) {
    await this.page.locator("details", { hasText: "Make a room" }).locator("summary").click();
    const form = this.page.locator("#make");
    await form.locator("[name=name]").fill(name);
    await form.locator("[name=access]").selectOption(access);
    for (const [field, value] of Object.entries(fields)) await form.locator(`[name=${field}]`).fill(value);
    await form.getByRole("button", { name: "Make it" }).click();
    return this.inRoom();
  }

  /** Finds a room and goes to its door. @param {string} name */
  async toDoor(name) {
    if (!(await this.sees("#search"))) await this.page.locator("details", { hasText: "Find a room" }).locator("summary").click();
    await this.page.locator("#search [name=query]").fill(name);
    await this.page.locator("#search button").click();
    await this.page.locator("#found .entry", { hasText: name }).click({ timeout: 20_000 });
  }

  /** Presses a button at the door. @param {string | RegExp} name */
  atDoor(name) {
    return this.page.locator("#door-acts").getByRole("button", { name }).click();
  }

  /** Finds a room and enters it. @param {string} name @param {string} [id] which it must be */
  async enterRoom(name, id) {
    await this.toDoor(name);
    await this.atDoor("Enter");
    return this.inRoom(id);
  }

  /** Opens the conversation with somebody. @param {string} uid */
  async talkTo(uid) {
    await this.page.locator("#talk [name=uid]").fill(uid);
    await this.page.locator("#talk button:not([type=button])").click();
    return this.inRoom();
  }

  /** Opens one of the rooms and conversations of the list. @param {string} name */
  opens(name) {
    const title = this.page.locator("strong").getByText(name, { exact: true });
    return this.page.locator("#mine .entry").filter({ has: title }).click({ timeout: 20_000 });
  }

  /** Takes the request of somebody who wants to talk. @param {string} uid */
  async takes(uid) {
    await this.opens(uid);
    await this.atDoor("Talk");
    return this.inRoom();
  }

  /** The id of the room that the page shows. @param {string} [wanted] which it must be @returns {Promise<string>} */
  inRoom(wanted) {
    return until(`${this.uid} to be in a room`, async () => {
      const id = await this.page.evaluate(() => document.body.dataset.view === "room" && window.callboard.room?.id);
      if (!id || (wanted && id !== wanted)) throw new Error(await this.text("#notice"));
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

  /** Writes many messages one after the other, faster than anybody types. @param {string} text @param {number} from @param {number} to */
  floods(text, from, to) {
    const write = ({ text, from, to }) => {
      for (let n = from; n < to; n++) window.callboard.room.send({ body: `${text} ${n}` });
    };
    return this.page.evaluate(write, { text, from, to });
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

  /** Reacts to a message. @param {number} seq @param {string} emoji */
  async reacts(seq, emoji) {
    await this.page.locator(`#messages [data-seq="${seq}"] .more`).click();
    await this.page.locator("#menu .faces").getByRole("button", { name: emoji }).click();
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

  /** Waits until the page says something to its user. @param {string | RegExp} text */
  told(text) {
    return until(`${this.uid} to be told ${text}`, async () => {
      const said = await this.text("#notice");
      if (said.match(text)) return said;
      throw new Error(said);
    });
  }

  /** Opens what is folded on the list, and waits until it says something. @param {string} id @param {string | RegExp} text */
  async unfolds(id, text) {
    if (!(await this.page.locator(`#${id}`).evaluate((one) => /** @type {HTMLDetailsElement} */ (one).open))) await this.page.locator(`#${id} > summary`).click();
    return this.shows(`#${id}`, text);
  }

  /** Waits until something on the page says this. @param {string} selector @param {string | RegExp} text */
  shows(selector, text) {
    return until(`${this.uid} to see ${text} in ${selector}`, async () => {
      const said = await this.page.locator(selector).innerText();
      if (said.match(text)) return said;
      throw new Error(said);
    });
  }

  /** Gives something by the form of the page. @param {string} gift @param {Record<string, string>} [how] */
  async gives(gift, how = {}) {
    await this.page.locator("#gift-open").click();
    await this.page.locator("#gift [name=gift]").selectOption(gift);
    for (const [field, value] of Object.entries(how)) await this.page.locator(`#gift [name=${field}]`).fill(value);
    await this.page.locator("#gift").getByRole("button", { name: "Give" }).click();
  }

  /** Reports a message by the form of the page. @param {number} seq @param {string} category @param {string} text */
  async reports(seq, category, text) {
    await this.choose(seq, "Report");
    await this.page.locator("#report [name=category]").selectOption(category);
    await this.page.locator("#report [name=text]").fill(text);
    await this.page.locator("#report").getByRole("button", { name: "Report" }).click();
    await this.told(/^Thank you/);
  }

  /** Fills in the dialog that asks for a text. @param {string} text */
  async fillsIn(text) {
    await this.page.locator("#text textarea").fill(text);
    await this.page.locator("#text").getByRole("button", { name: "Save" }).click();
  }

  /** From now on the page notes when it first says to its user that he is muted. */
  watchForMute() {
    return this.page.evaluate(() => {
      window.mutedAt = undefined;
      const standing = document.querySelector("#standing");
      const look = () => {
        if (standing.checkVisibility() && standing.textContent.startsWith("You are muted")) window.mutedAt ??= Date.now();
      };
      new MutationObserver(look).observe(standing, { attributes: true, childList: true, characterData: true, subtree: true });
    });
  }

  /** When it did. @returns {Promise<number>} */
  mutedAt() {
    return until(`${this.uid} to see the mute`, () => this.page.evaluate(() => window.mutedAt));
  }

  /** Whether the field in which one writes is closed. */
  closed() {
    return this.page.locator("#write [name=text]").isDisabled();
  }
}
