// How a person comes into a page and stays there: the form, how the line does, and the word that he is here.
// The address may carry everything: ?ws=ws://host:port&uid=felix#token=…  (what follows # never leaves the browser).

import { claims, Client } from "./client.js";
import { $, device, element, say } from "./dom.js";

/**
 * @typedef {object} Page
 * @property {(text: string | null) => void} notice
 * @property {string} lost what is said while the connection is lost
 * @property {(client: Client) => unknown} enter somebody is signed in
 * @property {() => void} left he is signed out
 */

/** What the address of the page says. */
export const given = new URLSearchParams(`${location.search.slice(1)}&${location.hash.slice(1)}`);

const PRESENCE_MS = 25_000;
const LINES = { connected: "connected", reconnecting: "connection lost, trying again", closed: "signed out" };

export class SignIn {
  #page;
  #form = $("signin");
  /** @type {Client | null} */
  #client = null;

  /** Shows the form, or signs in at once where all is known. @param {Page} page */
  constructor(page) {
    this.#page = page;
    const form = this.#form;
    const hint = element("p", "muted small", "On a development stack: ");
    hint.append(element("code", "", "callboard users token USER"));
    form.replaceChildren(
      element("h1", "", "Sign in"),
      field("Server", { name: "ws", placeholder: "ws://127.0.0.1:8480", inputMode: "url", autocomplete: "off" }),
      field("User", { name: "uid", pattern: "[A-Za-z0-9_\\-]{1,64}", autocomplete: "username" }),
      field("Login token", { name: "token", type: "password", autocomplete: "current-password" }),
      element("button", "primary", "Sign in"),
      hint,
    );
    form.ws.value = given.get("ws") ?? sessionStorage.getItem("callboard.ws") ?? "";
    form.token.value = given.get("token") ?? sessionStorage.getItem("callboard.token") ?? "";
    form.uid.value = given.get("uid") ?? claims(form.token.value).sub ?? "";
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#signIn();
    });
    setInterval(() => this.#tellPresence(), PRESENCE_MS);
    // After the page's own script has run to its end.
    if (form.ws.value && form.uid.value && form.token.value) queueMicrotask(() => this.#signIn());
  }

  async #signIn() {
    const [ws, uid, token] = ["ws", "uid", "token"].map((name) => this.#form[name].value.trim());
    const submit = this.#form.querySelector("button");
    submit.disabled = true;
    this.#page.notice(null);
    let client;
    try {
      client = await Client.connect({ servers: ws, uid, token, device: device(uid) });
    } catch (error) {
      this.#page.notice(`Cannot sign in: ${error.message}`);
      return;
    } finally {
      submit.disabled = false;
    }
    sessionStorage.setItem("callboard.ws", ws);
    sessionStorage.setItem("callboard.token", token);
    say($("who"), uid);
    this.#client = client;
    client.addEventListener("status", ({ detail }) => this.#line(detail));
    this.#line("connected");
    this.#page.enter(client);
  }

  /** @param {"connected" | "reconnecting" | "closed"} status */
  #line(status) {
    $("status").dataset.status = status;
    $("status").title = LINES[status];
    if (status === "reconnecting") this.#page.notice(this.#page.lost);
    if (status === "connected") {
      this.#page.notice(null);
      this.#tellPresence();
    }
    if (status === "closed") {
      this.#page.notice(`Signed out: ${this.#client?.closedBy?.message ?? "the connection was closed"}. Sign in with a new token.`);
      this.#form.token.value = "";
      this.#page.left();
    }
  }

  #tellPresence() {
    if (this.#client?.status === "connected") this.#client.ask("presence", "set", { state: "online" }).catch(() => undefined);
  }
}

/** @param {string} label @param {Partial<HTMLInputElement>} how */
function field(label, how) {
  const made = element("label", "", `${label} `);
  made.append(Object.assign(element("input"), { required: true, spellcheck: false, ...how }));
  return made;
}
