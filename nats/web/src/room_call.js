// The call that a room holds: that there is one, and its programme beside the text. The host of a group brings it in and takes it out.

import { $, say } from "./dom.js";

/** @typedef {import("./room.js").Room} Room */

export class RoomCall {
  #client;
  /** What plays. @type {string | undefined} */
  #plays;
  /** Whether the user wants to watch. */
  #watching = false;

  /** @param {import("./client.js").Client} client @param {AbortSignal} signal of the page's end */
  constructor(client, signal) {
    this.#client = client;
    $("held-watch").addEventListener("click", () => {
      this.#watching = !this.#watching;
      this.#play();
    }, { signal });
    signal.addEventListener("abort", () => this.hide());
  }

  /** @param {Room} room */
  draw(room) {
    const { call_id: call, watch_url: address, name } = room.view;
    say($("held-text"), call ? (address ? "The call of this room is on air." : "There is a call in this room.") : "");
    $("held").hidden = !call;
    $("held-watch").hidden = !address;
    this.#show(address, name);
  }

  hide() {
    this.#watching = false;
    $("held").hidden = true;
    this.#show(undefined, "");
  }

  /** @param {string | undefined} address @param {string} name */
  #show(address, name) {
    const url = address && `watch.html#${new URLSearchParams({ src: address, title: name })}`;
    if (url === this.#plays) return;
    this.#plays = url;
    if (!url) this.#watching = false;
    this.#play();
  }

  #play() {
    $("held-watch").textContent = this.#watching ? "Do not watch" : "Watch";
    const plays = $("held").querySelector("iframe");
    plays?.remove();
    if (!this.#watching || !this.#plays) return;
    const frame = document.createElement("iframe");
    frame.title = "The programme";
    frame.allow = "autoplay; fullscreen";
    frame.src = this.#plays;
    $("held").append(frame);
  }

  /** Whether the user may bring a call into a room. @param {Room} room */
  static may(room) {
    return room.may("start_call") && !room.isDirect;
  }

  /** Brings the group that the user hosts into a room. @param {Room} room */
  async bring(room) {
    const { calls } = await this.#client.ask("calls", "active");
    const mine = calls.find((call) => call.kind === "group" && call.payee === this.#client.uid);
    if (!mine) throw new Error("You host no group just now. Open one on the page of calls, then bring it here.");
    await room.hold(mine.call_id);
  }
}
