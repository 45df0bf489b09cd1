// A line between a page and the house that can be cut and mended: a TCP relay on loopback.

import { connect, createServer } from "node:net";

export class Line {
  #server;
  /** @type {Set<import("node:net").Socket>} */
  #sockets = new Set();
  #whole = true;

  /** @param {string} websocket the house's address */
  static async to(websocket) {
    const line = new Line();
    const { hostname, port } = new URL(websocket);
    line.#server = createServer((near) => {
      if (!line.#whole) {
        near.destroy();
        return;
      }
      const far = connect(Number(port), hostname);
      for (const [one, other] of [[near, far], [far, near]]) {
        line.#sockets.add(one);
        one.pipe(other);
        one.on("error", () => undefined).on("close", () => {
          line.#sockets.delete(one);
          other.destroy();
        });
      }
    });
    await new Promise((resolve) => line.#server.listen(0, "127.0.0.1", () => resolve(undefined)));
    line.websocket = `ws://127.0.0.1:${line.#server.address().port}`;
    return line;
  }

  /** From now on nothing passes, and who is connected notices. */
  cut() {
    this.#whole = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend() {
    this.#whole = true;
  }

  close() {
    this.cut();
    return new Promise((resolve) => this.#server.close(() => resolve(undefined)));
  }
}
