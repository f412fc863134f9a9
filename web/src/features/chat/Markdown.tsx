import type { Nodes } from "mdast";
import { Fragment, type ReactNode } from "react";
import { inline, isSafe, Outward } from "./links";
import { parse } from "./markdown";
import { type Names, useNames } from "./names";

/** Deeper than this, what was written is shown as it was. */
const DEEPEST = 12;

interface Page {
  text: string;
  names: Names;
}

/** A message's text with its Markdown, as elements: nothing of it is ever HTML. */
export function Markdown({ text }: { text: string }) {
  const names = useNames();
  const root = parse(text);
  if (!root) return inline(text, names);
  return children(root.children, { text, names }, 0);
}

function children(nodes: Nodes[], page: Page, depth: number): ReactNode {
  // A text's nodes never change places: where they begin is their identity.
  return nodes.map((node) => (
    <Fragment key={`${node.position?.start.offset}-${node.type}`}>{element(node, page, depth + 1)}</Fragment>
  ));
}

function element(node: Nodes, page: Page, depth: number): ReactNode {
  if (depth > DEEPEST) return written(node, page);
  switch (node.type) {
    case "text":
      return inline(node.value, page.names);
    case "paragraph":
      return <p>{children(node.children, page, depth)}</p>;
    case "strong":
      return <strong>{children(node.children, page, depth)}</strong>;
    case "emphasis":
      return <em>{children(node.children, page, depth)}</em>;
    case "delete":
      return <del>{children(node.children, page, depth)}</del>;
    case "inlineCode":
      return <code>{node.value}</code>;
    case "code":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways is reached by the keyboard
        <pre tabIndex={0}>
          <code>{node.value}</code>
        </pre>
      );
    case "blockquote":
      return <blockquote>{children(node.children, page, depth)}</blockquote>;
    case "list":
      return node.ordered ? (
        <ol start={node.start ?? 1}>{children(node.children, page, depth)}</ol>
      ) : (
        <ul>{children(node.children, page, depth)}</ul>
      );
    case "listItem":
      return <li>{children(node.children, page, depth)}</li>;
    case "break":
      return "\n";
    case "link":
      // Links in a link's own text would be links in links.
      return isSafe(node.url) ? (
        <Outward href={node.url}>{plain(node.children, page, depth)}</Outward>
      ) : (
        written(node, page)
      );
    default:
      return written(node, page);
  }
}

/** The text of a link: with its marks, without links. */
function plain(nodes: Nodes[], page: Page, depth: number): ReactNode {
  return nodes.map((node) =>
    node.type === "text" ? (
      node.value
    ) : (
      <Fragment key={node.position?.start.offset}>{element(node, page, depth + 1)}</Fragment>
    ),
  );
}

/** A part of the text as it was written. */
function written(node: Nodes, page: Page): string {
  const { start, end } = node.position ?? {};
  return page.text.slice(start?.offset ?? 0, end?.offset ?? 0);
}
