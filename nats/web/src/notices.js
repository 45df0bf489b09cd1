// What the house keeps for a person to know: mentions, answers, invitations, gifts, outcomes.

import { $, button, element, theirs } from "./dom.js";
import { clock, noticeText } from "./rooms_words.js";

const PAGE = 30;

export class Notices {
  #client;
  #page;
  /** @type {any[]} */
  #items = [];
  #unread = 0;

  /**
   * @param {import("./client.js").Client} client
   * @param {{go: (room: string, seq?: number) => unknown, title: (room: string) => string}} page
   */
  constructor(client, page) {
    this.#client = client;
    this.#page = page;
    client.addEventListener("notices.new", (event) => {
      const { notice, unread } = /** @type {CustomEvent} */ (event).detail.data;
      this.#items = [notice, ...this.#items].slice(0, PAGE);
      this.#unread = unread;
      this.draw();
    });
    $("notices-read").onclick = () => this.#read({ up_to: this.#items[0]?.notice_id });
    this.#unread = client.hello?.unread_notices ?? 0;
    this.refresh();
  }

  async refresh() {
    const page = await this.#client.ask("notices", "ls", { limit: PAGE }).catch(() => null);
    if (!page) return;
    this.#items = page.items;
    this.#unread = page.unread;
    this.draw();
  }

  /** What is in a room that is looked at need not be told any more. @param {string} room */
  seen(room) {
    if (this.#items.some((notice) => notice.room_id === room && !notice.read_at)) this.#read({ room_id: room });
  }

  draw() {
    $("notices").hidden = this.#items.length === 0;
    $("notices-title").textContent = this.#unread ? `Notices (${this.#unread >= 1000 ? "999+" : this.#unread})` : "Notices";
    $("notices-read").hidden = this.#unread === 0;
    $("notices-list").replaceChildren(...this.#items.map((notice) => {
      const row = element("li", notice.read_at ? "muted" : "");
      const text = noticeText(notice, notice.room_id ? this.#page.title(notice.room_id) : "");
      row.append(theirs("span", "grow", `${clock(notice.at)} ${text}`));
      if (notice.room_id) row.append(button("Show", () => this.#show(notice)));
      return row;
    }));
  }

  /** @param {any} notice */
  #show(notice) {
    if (!notice.read_at) this.#read({ notice_id: notice.notice_id });
    this.#page.go(notice.room_id, notice.seq);
  }

  /** @param {{notice_id?: string, up_to?: string, room_id?: string}} which */
  async #read(which) {
    await this.#client.change("notices", "read", which).catch(() => undefined);
    await this.refresh();
  }
}
