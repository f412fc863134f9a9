import { Fragment, type ReactNode } from "react";
import { isMentionStart, type Names } from "./names";

const URL_PATTERN = /https?:\/\/[^\s<>"'`]+/giu;
/** What usually ends a sentence rather than an address. */
const TRAILING = /[.,;:!?»”’\])}]+$/u;

/** Splits the end of an address that belongs to the sentence around it. */
function trim(raw: string): string {
  let url = raw.replace(TRAILING, "");
  // A bracket that the address itself opened stays with it.
  const rest = raw.slice(url.length);
  if (rest.startsWith(")") && url.split("(").length > url.split(")").length) url += ")";
  return url;
}

/** Whether an address may be followed: a page, or a letter to somebody. */
export function isSafe(address: string): boolean {
  return isLink(address) || /^mailto:[^\s@]+@[^\s@]+$/i.test(address);
}

/** A link out of the app, which learns nothing of it. */
export function Outward({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      className="text-accent underline decoration-1 underline-offset-2 hover:text-accent-strong"
    >
      {children}
    </a>
  );
}

function isLink(text: string): boolean {
  try {
    const url = new URL(text);
    return (url.protocol === "http:" || url.protocol === "https:") && url.hostname !== "";
  } catch {
    return false;
  }
}

/** A text with its http and https addresses as links; everything else stays text. */
export function linked(text: string): ReactNode {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(URL_PATTERN)) {
    const url = trim(match[0]);
    if (!isLink(url)) continue;
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push(<Outward href={url}>{url}</Outward>);
    end = match.index + url.length;
  }
  if (parts.length === 0) return text;
  parts.push(text.slice(end));
  // The parts of one text never change places: their index is their identity.
  // biome-ignore lint/suspicious/noArrayIndexKey: as said above
  return parts.map((part, i) => <Fragment key={`${i}-${end}`}>{part}</Fragment>);
}

/** A text with its mentions marked and its addresses as links. */
export function inline(text: string, names: Names): ReactNode {
  const parts: ReactNode[] = [];
  let end = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    if (at < end || !isMentionStart(text, at)) continue;
    const found = names.match(text.slice(at + 1, at + 80));
    if (!found) continue;
    const after = at + 1 + found.length;
    if (at > end) parts.push(linked(text.slice(end, at)));
    parts.push(
      <span className={found.self ? "mention mention-self" : "mention"}>{text.slice(at, after)}</span>,
    );
    end = after;
  }
  if (parts.length === 0) return linked(text);
  parts.push(linked(text.slice(end)));
  // biome-ignore lint/suspicious/noArrayIndexKey: as above
  return parts.map((part, i) => <Fragment key={`${i}-${end}`}>{part}</Fragment>);
}
