// Serves this folder on loopback and prints the page's address: npm run serve [-- PORT]
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const PAGES = [`${sep}index.html`, `${sep}rooms.html`, `${sep}watch.html`];
const ROOT = fileURLToPath(new URL("..", import.meta.url));

/**
 * @param {number} [port] 0 takes any free one
 * @returns {Promise<{url: string, close: () => Promise<void>}>}
 */
export async function serve(port = 0) {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://x").pathname));
    const name = path.endsWith(sep) ? `${path}index.html` : path;
    const type = TYPES[extname(name)];
    // Only what the pages are made of: their own files and the built libraries.
    const served = PAGES.includes(name) || name.startsWith(`${sep}src${sep}`) || name.startsWith(`${sep}dist${sep}`);
    const file = join(ROOT, name);
    if (!type || !served || !(await stat(file).then((s) => s.isFile(), () => false))) {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found\n");
      return;
    }
    response.writeHead(200, { "content-type": `${type}; charset=utf-8`, "cache-control": "no-store" });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", () => resolve(undefined)));
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { url } = await serve(Number(process.argv[2] ?? 0));
  console.log(url);
}
