// Makes src/core/wire.generated.ts, the types of the contract, from
// docs/api/openapi.yaml and docs/api/asyncapi.yaml. With --check it only says
// whether the file is what would be made.
import { readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import yaml from "js-yaml";
import openapiTS, { astToString } from "openapi-typescript";

const read = (name) => yaml.load(readFileSync(new URL(`../../docs/api/${name}`, import.meta.url), "utf8"));
const http = read("openapi.yaml");
const socket = read("asyncapi.yaml");

const schemas = { ...http.components.schemas };
for (const [name, schema] of Object.entries(socket.components.schemas)) {
  if (schemas[name] && !isDeepStrictEqual(schemas[name], schema)) {
    throw new Error(`${name} is two different things in the two documents`);
  }
  schemas[name] = schema;
}

const types = astToString(
  await openapiTS({ openapi: "3.1.0", info: http.info, paths: {}, components: { schemas } }),
);

const payload = (message) => {
  const ref = message.payload.properties.payload.$ref;
  return ref ? `components["schemas"]["${ref.slice(ref.lastIndexOf("/") + 1)}"]` : "Record<string, never>";
};
const side = (prefix) =>
  Object.entries(socket.components.messages)
    .filter(([key]) => key.startsWith(`${prefix}.`))
    .map(([key, message]) => `  "${key.slice(prefix.length + 1)}": ${payload(message)};\n`)
    .join("");

const made = `// Made by scripts/wire-types.mjs from docs/api; do not edit.
${types}
/** The payloads of what a server sends, by type. */
export interface ServerMessages {
${side("server")}}

/** The payloads of what a client sends, by type. */
export interface ClientMessages {
${side("client")}}
`;

const file = new URL("../src/core/wire.generated.ts", import.meta.url);
if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== made) {
    console.error("src/core/wire.generated.ts is out of date: run npm run wire");
    process.exit(1);
  }
} else {
  writeFileSync(file, made);
}
