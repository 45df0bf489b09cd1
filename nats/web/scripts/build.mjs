// Makes dist/nats-core.js: the NATS library as one ES module for browsers. Everything else is served as it stands.
import { build } from "esbuild";
import { fileURLToPath } from "node:url";

await build({
  stdin: {
    contents: `export { wsconnect, tokenAuthenticator, errors } from "@nats-io/nats-core";`,
    resolveDir: fileURLToPath(new URL("..", import.meta.url)),
  },
  outfile: fileURLToPath(new URL("../dist/nats-core.js", import.meta.url)),
  bundle: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  minify: true,
  legalComments: "eof",
});
