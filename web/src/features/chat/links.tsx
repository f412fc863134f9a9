import { Fragment, type ReactNode } from "react";

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
    parts.push(
      <a
        href={url}
        target="_blank"
        rel="noopener noreferrer nofollow"
        className="text-accent underline decoration-1 underline-offset-2 hover:text-accent-strong"
      >
        {url}
      </a>,
    );
    end = match.index + url.length;
  }
  if (end === 0) return text;
  parts.push(text.slice(end));
  // The parts of one text never change places: their index is their identity.
  // biome-ignore lint/suspicious/noArrayIndexKey: as said above
  return parts.map((part, i) => <Fragment key={`${i}-${end}`}>{part}</Fragment>);
}
