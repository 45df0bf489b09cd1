// What somebody wrote and the house does not have yet, kept where a killed page does not take it along: messages on their way, and the
// text in the field of each room. One entry for each message, so that two pages of one person cannot overwrite each other's.

/** @typedef {import("./room_log.js").Unsent} Unsent */

export class Outbox {
  #store;
  #unsent;
  #draft;

  /**
   * @param {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">} store
   * @param {string} uid
   * @param {string} room
   */
  constructor(store, uid, room) {
    this.#store = store;
    // Neither an id of a user nor of a room has a dot in it.
    this.#unsent = `callboard.unsent.${uid}.${room}.`;
    this.#draft = `callboard.draft.${uid}.${room}`;
  }

  /** Messages that were not acknowledged, in the order in which they were written. @returns {Unsent[]} */
  get unsent() {
    const found = [];
    for (let n = 0; n < this.#store.length; n++) {
      const key = this.#store.key(n);
      if (!key?.startsWith(this.#unsent)) continue;
      try {
        found.push(JSON.parse(this.#store.getItem(key) ?? ""));
      } catch {
        // Not written by this app.
      }
    }
    return found.sort((a, b) => a.at - b.at).map(({ message }) => message);
  }

  /** @param {Unsent} message */
  add(message) {
    // A store that is full or forbidden costs the safety net, not the message.
    const last = this.unsent.length;
    tryTo(() => this.#store.setItem(this.#unsent + message.request_id, JSON.stringify({ at: Date.now() + last / 1000, message })));
  }

  /** It is with the house, or given up. @param {string} requestId */
  remove(requestId) {
    this.#store.removeItem(this.#unsent + requestId);
  }

  /** The text in the field. */
  get draft() {
    return this.#store.getItem(this.#draft) ?? "";
  }

  set draft(text) {
    if (text) tryTo(() => this.#store.setItem(this.#draft, text));
    else this.#store.removeItem(this.#draft);
  }
}

/** @param {() => void} act */
function tryTo(act) {
  try {
    act();
  } catch (error) {
    console.warn("what is written is not kept:", error.message);
  }
}
