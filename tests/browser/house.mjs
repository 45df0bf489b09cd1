// A private stack in a folder of its own, and the staff CLI that looks into it.

import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
export const BIN = process.env.CALLBOARD_BIN_DIR ?? fileURLToPath(new URL("../../target/debug", import.meta.url));
const WHY = ["--reason", "test:browser", "--yes"];

export class House {
  /** @param {string} data */
  constructor(data, env = {}) {
    this.data = data;
    // Contexts of this house stay in it.
    this.env = { XDG_CONFIG_HOME: join(data, "config"), XDG_STATE_HOME: join(data, "state"), ...env };
    this.websocket = "";
    this.server = "";
  }

  /** Starts a stack and waits until it is ready. @param {Record<string, string>} [env] settings of its workers */
  static async up(env) {
    const house = new House(await mkdtemp(join(tmpdir(), "callboard-browser-")), env);
    const state = await house.json("up", "--detach");
    house.websocket = state.websocket;
    house.server = state.nats;
    return house;
  }

  /** Stops it and removes its folder. */
  async down() {
    await this.run("down");
    if (process.env.CALLBOARD_KEEP) console.log(`kept: ${this.data}`);
    else await rm(this.data, { recursive: true, force: true });
  }

  /**
   * Runs a command; anything but exit 0 fails with what it said.
   * @param {...string} args
   */
  async run(...args) {
    const env = { ...process.env, ...this.env, CALLBOARD_DATA: this.data, NO_COLOR: "1" };
    try {
      const { stdout } = await run(join(BIN, "callboard"), args, { env, maxBuffer: 1 << 26, timeout: 180_000 });
      return stdout;
    } catch (error) {
      throw new Error(`callboard ${args.join(" ")}: exit ${error.code}\n${error.stderr}${error.stdout}`);
    }
  }

  /** The same, with its JSON read. @param {...string} args */
  async json(...args) {
    return JSON.parse(await this.run(...args, "--output", "json"));
  }

  /** The same, as somebody else of the staff. @param {string} name @param {...string} args */
  as(name, ...args) {
    return this.json("--server", this.server, "--creds", this.#credential(name), ...args);
  }

  /** Takes somebody on, with a context of the same name. @param {string} name @param {string} role */
  async staff(name, role) {
    await this.run("staff", "add", name, "--role", role, "--out", this.#credential(name), "--yes");
    await this.run("--server", this.server, "--creds", this.#credential(name), "context", "add", name, "--environment", "development");
  }

  /** @param {string} name */
  #credential(name) {
    return join(this.data, `${name}.cred`);
  }

  /** A login token. @param {string} uid */
  async token(uid) {
    return (await this.json("users", "token", uid)).token;
  }

  /** @param {string} uid @param {string} amount */
  topup(uid, amount) {
    return this.json("wallet", "topup", uid, amount, ...WHY);
  }

  /** Sets a tariff like another one. @param {string} name @param {...string} flags */
  tariff(name, ...flags) {
    return this.json("tariff", "set", name, ...flags, ...WHY);
  }

  /** @param {string} verb @param {string} call @param {string} uid @param {...string} flags */
  act(verb, call, uid, ...flags) {
    return this.json("calls", verb, call, uid, ...flags, ...WHY);
  }

  /** Mutes somebody in a room. @param {string} uid @param {string} room @param {string} length */
  mute(uid, room, length) {
    return this.json("mod", "mute", uid, "--room", room, "--for", length, ...WHY);
  }

  /** Takes a sanction back. @param {string} sanction */
  lift(sanction) {
    return this.json("mod", "undo", sanction, ...WHY);
  }

  /** Grants an appeal, as somebody else of the staff. @param {string} name @param {string} sanction */
  grant(name, sanction) {
    return this.as(name, "mod", "appeals", "grant", sanction, ...WHY);
  }

  /** Sets the rules of automod of a room. @param {string} room @param {object[]} rules */
  async rules(room, rules) {
    const file = join(this.data, `rules-${room}.json`);
    await writeFile(file, JSON.stringify(rules));
    return this.json("mod", "automod", "set", `room:${room}`, "--file", file, ...WHY);
  }

  /** What users reported. */
  reports() {
    return this.json("mod", "reports", "ls");
  }

  /** One of these. @param {string} id */
  report(id) {
    return this.json("mod", "reports", "show", id);
  }

  /** Claims a case and decides it. @param {string} id @param {string} outcome */
  async decide(id, outcome) {
    await this.json("mod", "reports", "claim", id);
    return this.json("mod", "reports", "resolve", id, "--outcome", outcome, ...WHY);
  }

  /** What was kept with a report. @param {string} report */
  evidence(report) {
    return this.json("mod", "reports", "evidence", report);
  }

  /** @param {string} uid */
  wallet(uid) {
    return this.json("wallet", "show", uid);
  }

  /** @param {string} id */
  call(id) {
    return this.json("calls", "show", id);
  }

  /** Puts a call on air for players. @param {string} call @returns {Promise<string>} the programme's id */
  async putOnAir(call) {
    const reply = await this.json("restream", "start", call, "--preset", "480p30", "--target", "players=hls", ...WHY);
    return reply.programme.programme_id;
  }

  /** How a programme does. @param {string} id */
  programme(id) {
    return this.json("restream", "show", id);
  }

  /** @param {string} id */
  takeOffAir(id) {
    return this.json("restream", "stop", id, ...WHY);
  }

  /** The process of the one programme that this stack runs: a child of its worker. @returns {Promise<number | undefined>} */
  async programmeProcess() {
    const worker = (await this.json("status")).workers.find((w) => w.name === "restream")?.pid;
    for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
      if (worker && Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === worker) return Number(pid);
    }
    return undefined;
  }

  /** What was posted for a leg, summed by account. @param {string} leg @returns {Promise<Record<string, bigint>>} */
  async postings(leg) {
    const { items } = await this.json("ledger", "transfers", "--limit", "200");
    const sums = {};
    for (const transfer of items.filter((t) => t.reference.includes(leg))) {
      for (const { account, amount } of transfer.postings) sums[account] = (sums[account] ?? 0n) + units(amount);
    }
    return sums;
  }

  /** Fails unless the books are balanced. */
  async reconcile() {
    return this.json("reconcile");
  }
}

/** An amount in units of 1/10 000 coin. @param {string} text @returns {bigint} */
export function units(text) {
  const [whole, fraction = ""] = text.replace("-", "").split(".");
  const value = BigInt(whole) * 10_000n + BigInt((fraction + "0000").slice(0, 4));
  return text.startsWith("-") ? -value : value;
}
