import { clsx } from "clsx";

const HUES = ["bg-hue-0", "bg-hue-1", "bg-hue-2", "bg-hue-3", "bg-hue-4", "bg-hue-5", "bg-hue-6", "bg-hue-7"];
const SIZES = {
  xs: "size-5 text-[9px]",
  sm: "size-6 text-[10px]",
  md: "size-8 text-xs",
  lg: "size-9 text-sm",
  xl: "size-14 text-lg",
};

/** One of eight hues, the same for one user everywhere. */
function hueOf(id: string): string {
  // FNV-1a, then the finalizer of MurmurHash3: ids made in one second differ in few characters.
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return HUES[(hash ^ (hash >>> 16)) & 7] ?? "bg-hue-0";
}

function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s._-]+/u)
    .filter(Boolean);
  const first = [...(words[0] ?? "?")][0] ?? "?";
  const second = words.length > 1 ? [...(words[1] ?? "")][0] : "";
  return (first + (second ?? "")).toLocaleUpperCase();
}

interface Props {
  id: string;
  name: string;
  size?: keyof typeof SIZES;
  className?: string;
}

/** A user's initials on a hue of his own. It says nothing to readers: the name stands beside it. */
export function Avatar({ id, name, size = "md", className }: Props) {
  return (
    <span
      aria-hidden
      className={clsx(
        "inline-flex shrink-0 select-none items-center justify-center rounded-full font-semibold text-on-hue leading-none tracking-tight",
        hueOf(id),
        SIZES[size],
        className,
      )}
    >
      {initials(name)}
    </span>
  );
}
