// The console in a terminal of its own: a tmux server that nobody else uses, read until the screen says what is awaited.

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { BIN } from "./house.mjs";
import { until } from "./wait.mjs";

const run = promisify(execFile);
const PATIENCE_MS = 60_000;
/** After so long a key is pressed again, where the console refused it because what it showed was old. */
const AGAIN_MS = 3000;
const NAMED = ["Enter", "Tab", "BTab", "Escape", "Up", "Down"];

export class Terminal {
  #folder;

  /** @param {string} folder */
  constructor(folder) {
    this.#folder = folder;
  }

  /** Starts the console as somebody of the staff. @param {import("./house.mjs").House} house @param {string} name */
  static async console(house, name) {
    const terminal = new Terminal(await mkdtemp(join(tmpdir(), "callboard-terminal-")));
    const env = Object.entries({ ...house.env, TZ: "UTC" }).map(([key, value]) => `${key}='${value}'`);
    const line = `exec env -u CALLBOARD_DATA -u NO_COLOR ${env.join(" ")} '${join(BIN, "callboard-console")}' --context ${name}`;
    try {
      await terminal.#tmux("-f", "/dev/null", "new-session", "-d", "-x", "124", "-y", "32", "-s", "console", "sh", "-c", line);
      await terminal.until("the console to draw", (screen) => screen.includes("q:quit"));
    } catch (error) {
      await terminal.close();
      throw error;
    }
    return terminal;
  }

  /** Ends it, whatever it does. */
  async close() {
    await this.#tmux("kill-server").catch(() => undefined);
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** @returns {Promise<string>} */
  screen() {
    return this.#tmux("capture-pane", "-p", "-t", "console");
  }

  /** Waits until the screen says what is awaited. @param {string} what @param {(screen: string) => unknown} holds */
  until(what, holds) {
    return until(what, async () => {
      const screen = await this.screen();
      if (holds(screen)) return screen;
      throw new Error(`the screen says:\n${screen}`);
    }, PATIENCE_MS);
  }

  /** Presses keys by tmux's names; what is no name is typed as it stands. @param {...string} keys */
  async keys(...keys) {
    for (const key of keys) await this.#tmux("send-keys", "-t", "console", ...(NAMED.includes(key) ? [] : ["-l"]), key);
  }

  /**
   * Presses a key that does nothing more once it has worked, again as long as the console refuses it because what it shows is old.
   * @param {string} key
   * @param {string} what
   * @param {(screen: string) => unknown} holds
   * @returns {Promise<number>} when it was pressed last
   */
  async insist(key, what, holds) {
    for (const end = Date.now() + PATIENCE_MS; ; ) {
      const pressed = Date.now();
      await this.keys(key);
      const refused = (screen) => Date.now() > pressed + AGAIN_MS && screen.includes("acts are locked");
      const screen = await this.until(what, (shown) => holds(shown) || refused(shown));
      if (holds(screen)) return pressed;
      if (Date.now() > end) throw new Error(`pressed ${key} in vain for ${what}; the screen says:\n${screen}`);
    }
  }

  /** @param {...string} args */
  async #tmux(...args) {
    const { TMUX: _, ...env } = process.env;
    try {
      const { stdout } = await run("tmux", ["-u", "-S", join(this.#folder, "tmux"), ...args], { env: { ...env, LC_ALL: "C.UTF-8" } });
      return stdout;
    } catch (error) {
      if (error.code === "ENOENT") throw new Error("tmux cannot be started: it is not there; scripts/setup installs it");
      throw new Error(`tmux ${args[0]}: ${error.stderr || error.message}`);
    }
  }
}

/** The line with the cursor. @param {string} screen */
export const chosen = (screen) => screen.split("\n").find((line) => line.startsWith("▸")) ?? "";
