// Finds messages of the room that is shown, and goes to one of them.

import { $, button, element, theirs } from "./dom.js";
import { clock, lineOf } from "./rooms_words.js";

/** @typedef {import("./room_log.js").Message} Message */

export class Seek {
  #view;
  /** Where the next page starts. @type {string | undefined} */
  #cursor;
  #query = "";

  /** @param {import("./room_view.js").RoomView} view */
  constructor(view) {
    this.#view = view;
    $("seek-open").onclick = () => this.#open();
    $("seek-more").onclick = () => view.try(() => this.#more());
    $("seek-form").onsubmit = (event) => {
      event.preventDefault();
      view.try(() => this.#find($("seek-form").query.value.trim()));
    };
  }

  close() {
    $("seek").close();
  }

  #open() {
    this.#empty();
    $("seek").showModal();
    $("seek-form").query.select();
  }

  #empty() {
    $("seek-found").replaceChildren();
    for (const id of ["seek-none", "seek-more"]) $(id).hidden = true;
  }

  /** @param {string} query */
  async #find(query) {
    this.#query = query;
    this.#cursor = undefined;
    this.#empty();
    await this.#more();
  }

  async #more() {
    const { room } = this.#view;
    const query = this.#query;
    const page = await room?.search(query, this.#cursor);
    // Another search, or another room, came in between.
    if (!page || this.#view.room !== room || this.#query !== query) return;
    this.#cursor = page.cursor;
    $("seek-found").append(...page.items.map((message) => this.#row(message)));
    $("seek-none").hidden = Boolean(page.cursor) || $("seek-found").hasChildNodes();
    $("seek-more").hidden = !page.cursor;
  }

  /** @param {Message} message */
  #row(message) {
    const row = element("li");
    const one = button("", () => {
      this.close();
      this.#view.try(() => this.#view.go(message.seq));
    });
    one.append(element("div", "muted", `${message.author}, ${clock(message.at)}`), theirs("div", "", lineOf(message)));
    row.append(one);
    return row;
  }
}
