import { render } from "@testing-library/react";
import { expect, test } from "vitest";
import { Markdown } from "./Markdown";
import { Names } from "./names";

const show = (text: string) => render(<Markdown text={text} />).container;

test("marks, code, quotes, lists and lines", () => {
  const seen = show(
    "**bold** _it_ ~~no~~ `a*b*`\nnext\n\n> said\n\n1. one\n2. two\n\n```js\nlet a = `<b>`;\n```",
  );
  expect(seen.querySelector("strong")?.textContent).toBe("bold");
  expect(seen.querySelector("em")?.textContent).toBe("it");
  expect(seen.querySelector("del")?.textContent).toBe("no");
  expect(seen.querySelector("p code")?.textContent).toBe("a*b*");
  expect(seen.querySelector("p")?.textContent).toContain("\nnext");
  expect(seen.querySelector("blockquote")?.textContent).toBe("said");
  expect(seen.querySelectorAll("ol > li")).toHaveLength(2);
  expect(seen.querySelector("pre code")?.textContent).toBe("let a = `<b>`;");
});

test.each([
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](java\tscript:alert(1))",
  "[x](&#106;avascript:alert(1))",
  "[x](data:text/html;base64,PHNjcmlwdD4=)",
  "[x](vbscript:x)",
  "[x](file:///etc/passwd)",
  "[x](//evil.example)",
  "[x](/v1/auth/logout)",
  "<javascript:alert(1)>",
  "<data:text/html,x>",
  "[x](blob:https://a.example/1)",
  "[x]: javascript:alert(1)\n\n[x]",
])("%s is no link", (text) => {
  expect(show(text).querySelector("a")).toBeNull();
  expect(show(text).textContent).not.toBe("");
});

test.each([
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "![x](https://evil.example/pixel.png)",
  "<svg/onload=alert(1)>",
  "<a href='javascript:alert(1)'>x</a>",
  "<iframe srcdoc=x>",
  "# no heading",
])("%s stays text", (text) => {
  const seen = show(text);
  expect(
    seen.querySelector("script, img, svg, iframe, h1, [onerror], [onload], a[href^='javascript']"),
  ).toBeNull();
  expect(seen.textContent).toContain(text.slice(0, 4).trim().slice(0, 1));
});

test("links go out, to pages and letters only, and tell nothing", () => {
  const seen = show("[a *b*](https://example.org/?q=1) <mailto:a@b.example> https://c.example/x.");
  const links = [...seen.querySelectorAll("a")];
  expect(links.map((link) => link.getAttribute("href"))).toEqual([
    "https://example.org/?q=1",
    "mailto:a@b.example",
    "https://c.example/x",
  ]);
  for (const link of links) {
    expect(link.rel).toContain("noopener");
    expect(link.target).toBe("_blank");
  }
});

test("a link in a link's text is none", () => {
  expect(show("[https://good.example](https://evil.example)").querySelectorAll("a")).toHaveLength(1);
});

const deep = (part: string, n: number) => part.repeat(Math.ceil(n / part.length)).slice(0, n);
test.each(
  [
    ">",
    "> ",
    "- ",
    "1. ",
    "[",
    "[a](",
    "[](<",
    "*",
    "*a **b ",
    "a**b",
    "_a",
    "~~a ",
    "`",
    "```\n",
    "<http://a",
    "![",
    "\\",
    "[[a]",
    "*_~~[`>\n",
    "@a",
    "(",
    "https://a.b/((",
  ].flatMap((part) => [4_000, 10_000].map((n) => [part, n] as const)),
)("%j to the length of %i takes less than a second of work", (part, n) => {
  const text = deep(part, n);
  const began = process.cpuUsage(); // whatever else the machine does meanwhile
  const seen = show(text);
  const took = process.cpuUsage(began);
  expect((took.user + took.system) / 1_000).toBeLessThan(1_000);
  expect((seen.textContent ?? "").length).toBeGreaterThan(0);
});

test("lines nested deeper and deeper are shown", () => {
  const text = Array.from({ length: 60 }, (_, i) => `${" ".repeat(i * 2)}- a${i}`).join("\n");
  expect(show(text).textContent).toContain("a59");
});

test("the longest known name after an @ is a mention, and our own is marked", () => {
  const names = new Names(["Ann", "Ann Marie", "Борис"], "Ann");
  expect(names.match("Ann Marie said")).toEqual({ length: 9, self: false });
  expect(names.match("ann, come")).toEqual({ length: 3, self: true });
  expect(names.match("Anna")).toBeNull();
  expect(names.match("борис!")).toEqual({ length: 5, self: false });
  expect(names.namesSelf("mail me@Ann or @ANN")).toBe(true);
  expect(names.namesSelf("mail me@Ann")).toBe(false);
});
