import type { Nodes, Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmStrikethroughFromMarkdown } from "mdast-util-gfm-strikethrough";
import { gfmStrikethrough } from "micromark-extension-gfm-strikethrough";

/** The contract's longest text; what is longer is no message. */
const LONGEST = 8_000;
/** Twenty quotes or lists in each other are no text of anybody's. */
const TOO_DEEP = /^[ \t]*(?:(?:[->+*]|\d{1,9}[.)])[ \t]*){20}/m;
const KEPT = 600;

/** What a chat does not have: HTML, pictures, headings, rules and other ways to write the same. */
const off = [
  "htmlFlow",
  "htmlText",
  "headingAtx",
  "setextUnderline",
  "thematicBreak",
  "codeIndented",
  "definition",
  "labelStartImage",
  "characterReference",
  "hardBreakEscape",
];
const extensions = [gfmStrikethrough({ singleTilde: false }), { disable: { null: off } }];
const mdastExtensions = [gfmStrikethroughFromMarkdown()];

const parsed = new Map<string, Root | null>();

/** The tree of a message's Markdown; null when it is better shown as it was written. */
export function parse(text: string): Root | null {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  let root: Root | null = null;
  if (text.length <= LONGEST && !TOO_DEEP.test(text)) {
    root = fromMarkdown(text, { extensions, mdastExtensions });
    if (!hasWords(root)) root = null;
  }
  const [oldest] = parsed.keys();
  if (parsed.size >= KEPT && oldest !== undefined) parsed.delete(oldest);
  parsed.set(text, root);
  return root;
}

/** Whether anything is left to read: of a lone "```" there is not. */
function hasWords(root: Root): boolean {
  const nodes: Nodes[] = [root];
  for (let node = nodes.pop(); node; node = nodes.pop()) {
    if ("value" in node && node.value.trim() !== "") return true;
    if ("children" in node) nodes.push(...node.children);
  }
  return false;
}
