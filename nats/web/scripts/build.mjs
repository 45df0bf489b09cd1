// Makes dist: each library as one ES module for browsers. Everything else is served as it stands.
import { build } from "esbuild";
import { fileURLToPath } from "node:url";

/** What of which library the pages use. */
const LIBRARIES = {
  "nats-core": `export { wsconnect, tokenAuthenticator, errors } from "@nats-io/nats-core";`,
  // Without subtitles, other sound tracks and encryption: programmes have none of them.
  hls: `export { default } from "hls.js/light";`,
};

for (const [name, contents] of Object.entries(LIBRARIES)) {
  await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL("..", import.meta.url)) },
    outfile: fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url)),
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    legalComments: "eof",
  });
}
