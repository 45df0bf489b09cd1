// What concerns the user alone: whom he blocked, what was imposed on him and how he appeals, what he reported, and who sees that he is here.

import { $, button, element, theirs } from "./dom.js";
import { appealText, clock, reportText, sanctionText } from "./rooms_words.js";

const PAGE = 50;

/**
 * @typedef {object} Page what the page does for these
 * @property {(text: string | null) => void} notice
 * @property {(act: () => unknown) => unknown} attempt does something and says what failed
 * @property {(title: string, label: string) => Promise<string>} ask asks for a text; empty if it is dropped
 */

export class AboutMe {
  #client;
  #rooms;
  #view;
  #page;

  /**
   * @param {import("./client.js").Client} client
   * @param {import("./rooms.js").Rooms} rooms
   * @param {import("./room_view.js").RoomView} view
   * @param {Page} page
   */
  constructor(client, rooms, view, page) {
    this.#client = client;
    this.#rooms = rooms;
    this.#view = view;
    this.#page = page;
    const opens = (id, read) => ($(id).ontoggle = () => $(id).open && page.attempt(read));
    opens("record", () => this.#readSanctions());
    opens("reported", () => this.#readReports());
    opens("privacy", () => this.#readPrivacy());
    for (const name of ["online", "last_seen"]) $("privacy-form")[name].onchange = () => page.attempt(() => this.#savePrivacy());
    this.readBlocked();
    this.again();
  }

  /** What is shown may have changed. */
  again() {
    if ($("record").open) this.#page.attempt(() => this.#readSanctions());
    if ($("reported").open) this.#page.attempt(() => this.#readReports());
  }

  /** Reads anew whom the user blocked. */
  async readBlocked() {
    const blocked = await this.#rooms.blocked().catch(() => null);
    if (!blocked) return;
    this.#view.blocked = new Set(blocked);
    this.#view.draw();
    list("blocked", blocked, (uid) => {
      const free = () => this.#page.attempt(async () => {
        await this.#rooms.block(uid, false);
        await this.readBlocked();
      });
      return [theirs("span", "grow", uid), button("Unblock", free)];
    });
  }

  async #readSanctions() {
    const { items } = await this.#client.ask("reports", "sanctions", { limit: PAGE });
    list("sanctions", items, (sanction) => {
      const text = element("span", "grow", `${clock(sanction.from)} ${sanctionText(sanction)}`);
      const stands = appealText(sanction);
      if (stands) text.append(element("div", "muted", stands));
      const may = sanction.stands && !sanction.appeal;
      return [text, ...(may ? [button("Appeal", () => this.#page.attempt(() => this.#appeal(sanction)))] : [])];
    });
  }

  /** @param {any} sanction */
  async #appeal(sanction) {
    const text = await this.#page.ask("Appeal", "Why should it be lifted? Somebody else looks at it.");
    if (!text) return;
    await this.#client.change("reports", "appeal", { sanction_id: sanction.sanction_id, text });
    this.#page.notice("Your appeal is made. You are told what comes of it.");
    await this.#readSanctions();
  }

  async #readReports() {
    const { items } = await this.#client.ask("reports", "mine", { limit: PAGE });
    list("reports", items, (report) => [theirs("span", "grow", `${clock(report.at)} ${reportText(report)}`)]);
  }

  async #readPrivacy() {
    const privacy = await this.#client.ask("presence", "privacy");
    for (const [name, audience] of Object.entries(privacy)) $("privacy-form")[name].value = audience;
  }

  async #savePrivacy() {
    const { online, last_seen: seen } = $("privacy-form").elements;
    await this.#client.change("presence", "set_privacy", { online: online.value, last_seen: seen.value });
    this.#page.notice("Saved: who sees that you are here.");
  }
}

/** Fills a list, and says where there is nothing in it. @param {string} id @param {any[]} items @param {(item: any) => Node[]} make */
function list(id, items, make) {
  $(`${id}-none`).hidden = items.length > 0;
  $(id).replaceChildren(...items.map((item) => {
    const row = element("li");
    row.append(...make(item));
    return row;
  }));
}
