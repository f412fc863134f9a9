import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import yaml from "js-yaml";

interface Operation {
  responses: Record<string, { content?: Record<string, unknown> }>;
}
interface Documents {
  http: { paths: Record<string, Record<string, Operation>> };
  socket: { components: { messages: Record<string, unknown> } };
}

const read = (name: string) =>
  yaml.load(readFileSync(new URL(`../../../docs/api/${name}`, import.meta.url), "utf8"));
const { http, socket } = { http: read("openapi.yaml"), socket: read("asyncapi.yaml") } as Documents;

const ajv = new Ajv2020({ strict: false });
formats.default(ajv);
ajv.addSchema(http, "http").addSchema(socket, "socket");

/** A check by one place of a document; undefined: there is no such place. */
function at(...place: string[]): ValidateFunction | undefined {
  const pointer = place.slice(1).map((part) => part.replaceAll("~", "~0").replaceAll("/", "~1"));
  return ajv.getSchema(`${place[0]}#/${pointer.map(encodeURIComponent).join("/")}`);
}

// Those without parameters come first: /v1/rooms/tree is no /v1/rooms/{room}.
const paths = Object.keys(http.paths)
  .sort((a, b) => a.split("{").length - b.split("{").length)
  .map((path) => ({ path, form: new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`) }));

/** Holds what a page hears and says to the published contract; `broken` is told of what is not so. */
export function holdToContract(page: Page, broken: (what: string) => void): void {
  const check = (what: string, validate: ValidateFunction | undefined, value: unknown) => {
    if (!validate) broken(`the contract does not have ${what}`);
    else if (!validate(value))
      broken(
        `${what} breaks the contract: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(value).slice(0, 500)}`,
      );
  };
  page.on("websocket", (ws) => {
    const frame = (side: "client" | "server") => (data: { payload: string | Buffer }) => {
      const message = JSON.parse(String(data.payload)) as { type: string };
      const name = `${side}.${message.type}`;
      check(name, at("socket", "components", "messages", name, "payload"), message);
    };
    ws.on("framesent", frame("client"));
    ws.on("framereceived", frame("server"));
  });
  page.on("response", async (response) => {
    const { pathname } = new URL(response.url());
    if (!pathname.startsWith("/v1/") || !response.headers()["content-type"]?.includes("json")) return;
    const path = paths.find(({ form }) => form.test(pathname))?.path ?? pathname;
    const method = response.request().method();
    // What the page has left is not kept.
    const body: unknown = await response.json().catch(() => undefined);
    if (body === undefined) return;
    const status = String(response.status());
    check(
      `${method} ${path} ${status}`,
      at(
        "http",
        "paths",
        path,
        method.toLowerCase(),
        "responses",
        status,
        "content",
        "application/json",
        "schema",
      ),
      body,
    );
  });
}
