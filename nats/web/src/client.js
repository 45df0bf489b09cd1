// A signed-in app: requests, pushes and the connection that carries them.
//
// Requests are repeated with the same request_id while no answer comes, so each acts once at most. A push counts only with the
// header `Ev`: anybody may aim a reply at another user's push subject, but replies never carry that header.

import { tokenAuthenticator, wsconnect } from "@nats-io/nats-core";
import { ServerClock } from "./clock.js";
import { ApiError, unwrap } from "./errors.js";
import { PushOrder } from "./pushes.js";

/** @typedef {import("./pushes.js").Push} Push */
/**
 * @typedef {object} Options
 * @property {string | string[]} servers WebSocket addresses of the house
 * @property {string} uid the user, as the login token names it
 * @property {string} token the platform's login token
 * @property {() => Promise<string>} [refreshToken] gives a new one; asked shortly before the old one ends, and when it is refused
 * @property {string} device the device on which the app runs
 */

const UID = /^[A-Za-z0-9_-]{1,64}$/;
/** A missing push often comes a moment later by itself. */
const GAP_MS = 200;
const REFRESH_AHEAD_MS = 30_000;

/**
 * Events: `status` (detail `connected`, `reconnecting` or `closed`), `push` (every push), and one named after each push.
 */
export class Client extends EventTarget {
  #nc;
  #options;
  #order = new PushOrder();
  #token;
  #refreshing = false;
  #refreshTimer;
  #gapTimer;
  /** @type {Promise<void> | null} */
  #syncing = null;
  #retries = 0;

  /** The server's clock. */
  clock = new ServerClock();
  /** What `session.hello` said. @type {any} */
  hello = null;
  /** @type {"connected" | "reconnecting" | "closed"} */
  status = "connected";

  /** @param {Options} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#token = options.token;
  }

  /** Signs in. @param {Options} options @returns {Promise<Client>} */
  static async connect(options) {
    if (!UID.test(options.uid)) {
      throw new ApiError({ code: "bad_request", message: "a user id is 1 to 64 letters, digits, _ or -" });
    }
    const client = new Client(options);
    await client.#open();
    return client;
  }

  get uid() {
    return this.#options.uid;
  }

  get device() {
    return this.#options.device;
  }

  /** The addresses of the house. */
  get servers() {
    return this.#options.servers;
  }

  async #open() {
    const { servers, uid, refreshToken } = this.#options;
    this.#nc = await wsconnect({
      servers,
      name: uid,
      authenticator: tokenAuthenticator(() => this.#token),
      inboxPrefix: `_INBOX.${uid}`,
      maxReconnectAttempts: -1,
      // With a way to get a new token a refusal is not the end.
      ignoreAuthErrorAbort: Boolean(refreshToken),
      reconnectDelayHandler: () => Math.min(2000, 50 * 2 ** this.#retries++) * (0.75 + Math.random() / 2),
      pingInterval: 10_000,
      maxPingOut: 2,
    });
    this.#watch();
    this.#nc.closed().then((error) => this.#closed(error));
    this.#nc.subscribe(`u.${uid}.>`, { callback: (error, msg) => error || this.#received(msg) });
    this.#scheduleRefresh();
    const sentAt = Date.now();
    this.hello = await this.ask("session", "hello", { device: this.device });
    this.clock.learn(this.hello.server_time, sentAt);
    this.#hand(this.#order.start(this.hello.seq));
  }

  /**
   * Asks something that changes nothing, or whose body already has its request_id.
   * @param {string} service
   * @param {string} verb
   * @param {object} [body]
   * @param {{timeoutMs?: number, attempts?: number}} [how]
   * @returns {Promise<any>}
   */
  async ask(service, verb, body = {}, { timeoutMs = 4000, attempts = 4 } = {}) {
    const subject = `api.v1.${this.uid}.${service}.${verb}`;
    const payload = JSON.stringify(body);
    for (let attempt = 1; ; attempt++) {
      try {
        const reply = await this.#nc.request(subject, payload, { timeout: timeoutMs });
        return unwrap(reply.json());
      } catch (cause) {
        const error = failure(cause, `${service}.${verb}`);
        if (attempt >= attempts || !error.retryable || this.#nc.isClosed()) throw error;
        await delay(error.retryAfterMs ?? 100 * 2 ** attempt);
      }
    }
  }

  /**
   * Asks for a change. The request_id stays the same for every repeat, so the change is made once.
   * @param {string} service
   * @param {string} verb
   * @param {object} [body]
   * @param {{timeoutMs?: number, attempts?: number}} [how]
   */
  change(service, verb, body = {}, how = {}) {
    return this.ask(service, verb, { request_id: requestId(), ...body }, how);
  }

  /** Signs out. */
  async close() {
    clearTimeout(this.#refreshTimer);
    clearTimeout(this.#gapTimer);
    await this.#nc.close();
  }

  async #watch() {
    for await (const status of this.#nc.status()) {
      if (status.type === "disconnect") this.#say("reconnecting");
      if (status.type === "reconnect") {
        this.#retries = 0;
        this.#say("connected");
        this.#sync();
      }
      if (status.type === "error" && /authori|authenti/i.test(`${status.error?.name} ${status.error?.message}`)) {
        this.#refresh();
      }
    }
  }

  #closed(error) {
    clearTimeout(this.#refreshTimer);
    clearTimeout(this.#gapTimer);
    this.closedBy = error ?? null;
    this.#say("closed");
  }

  /** @param {"connected" | "reconnecting" | "closed"} status */
  #say(status) {
    this.status = status;
    this.dispatchEvent(new CustomEvent("status", { detail: status }));
  }

  #received(msg) {
    if (!msg.headers?.get("Ev")) return;
    /** @type {Push} */
    let push;
    try {
      push = msg.json();
    } catch {
      return;
    }
    if (msg.subject !== `u.${this.uid}.${push.event}`) return;
    this.#hand(this.#order.receive(push));
    if (this.#order.gap) {
      this.#gapTimer ??= setTimeout(() => {
        this.#gapTimer = undefined;
        if (this.#order.gap) this.#sync();
      }, GAP_MS);
    }
  }

  /** @param {Push[]} pushes */
  #hand(pushes) {
    for (const push of pushes) {
      this.dispatchEvent(new CustomEvent("push", { detail: push }));
      this.dispatchEvent(new CustomEvent(push.event, { detail: push }));
    }
  }

  #sync() {
    this.#syncing ??= this.#fetchMissed()
      .catch((error) => {
        if (!this.#nc.isClosed()) console.warn("cannot fetch missed pushes, trying again:", error.message);
        return true;
      })
      .then((again) => {
        this.#syncing = null;
        if (again && !this.#nc.isClosed()) setTimeout(() => this.#sync(), 1000);
      });
  }

  /** @returns {Promise<boolean>} whether something is still missing */
  async #fetchMissed() {
    if (this.#order.seq === null) return false;
    for (;;) {
      const reply = await this.ask("session", "sync", { after: this.#order.seq });
      this.#hand(this.#order.synced(reply));
      if (reply.complete) return this.#order.gap;
    }
  }

  #scheduleRefresh() {
    clearTimeout(this.#refreshTimer);
    const expires = expiry(this.#token);
    if (!this.#options.refreshToken || expires === null) return;
    const wait = Math.max(1000, expires - Date.now() - REFRESH_AHEAD_MS);
    this.#refreshTimer = setTimeout(() => this.#refresh(), Math.min(wait, 2 ** 31 - 1));
  }

  async #refresh() {
    const { refreshToken } = this.#options;
    if (!refreshToken || this.#refreshing) return;
    this.#refreshing = true;
    try {
      this.#token = await refreshToken();
    } catch (error) {
      console.warn("cannot get a new login token, trying again:", error.message);
    } finally {
      this.#refreshing = false;
      this.#scheduleRefresh();
    }
  }
}

/** A new id for a change. Works on pages that are not served over TLS, too. */
export function requestId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
}

/**
 * The claims of a login token, unchecked: to know whose it is and when it ends.
 * @param {string} token
 * @returns {{sub?: string, exp?: number}}
 */
export function claims(token) {
  try {
    const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(atob(part)) ?? {};
  } catch {
    return {};
  }
}

/** @param {string} token @returns {number | null} */
function expiry(token) {
  const { exp } = claims(token);
  return typeof exp === "number" ? exp * 1000 : null;
}

/** @param {any} cause @param {string} what */
function failure(cause, what) {
  if (cause instanceof ApiError) return cause;
  const name = `${cause?.name} ${cause?.cause?.name} ${cause?.message}`;
  if (/NoResponders|no responders/i.test(name)) {
    return new ApiError({ code: "unavailable", message: `nobody answers ${what} just now` });
  }
  if (/Permission/i.test(name)) return new ApiError({ code: "forbidden", message: `${what} is not allowed` });
  if (/Timeout/i.test(name)) return new ApiError({ code: "timeout", message: `no answer to ${what} in time` });
  return new ApiError({ code: "unavailable", message: `cannot ask ${what}: ${cause?.message ?? cause}` });
}

/** @param {number} ms */
const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
