// Parses nats/asyncapi.yaml with the AsyncAPI initiative's own parser. Anything that it calls an error fails; warnings are shown.
// Whether the file is current, its examples and its parameters are checked by the contract's unit tests.
import { Parser } from "@asyncapi/parser";
import { readFile } from "node:fs/promises";

const file = new URL("../../asyncapi.yaml", import.meta.url);
const { document, diagnostics } = await new Parser().parse(await readFile(file, "utf8"));
const severities = ["error", "warning", "information", "hint"];
for (const { severity, message, path } of diagnostics.filter((d) => d.severity < 2)) {
  console.error(`${severities[severity]}: ${message} (${path.join(".")})`);
}
if (!document || diagnostics.some((d) => d.severity === 0)) {
  process.exit(1);
}
console.log(`asyncapi.yaml is valid: ${document.channels().length} channels, ${document.operations().length} operations`);
