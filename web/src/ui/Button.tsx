import { clsx } from "clsx";
import { LoaderCircle } from "lucide-react";
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";

type Kind = "primary" | "plain" | "quiet" | "danger" | "voice";

const KINDS: Record<Kind, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong",
  plain: "bg-hover text-text hover:bg-press",
  quiet: "text-soft hover:bg-hover hover:text-text",
  danger: "bg-danger-fill text-on-danger hover:brightness-110",
  voice: "bg-voice-wash text-voice hover:brightness-110",
};

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: Kind;
  size?: "sm" | "md";
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

const LOOK =
  "inline-flex shrink-0 select-none items-center justify-center gap-2 rounded-lg font-medium transition-colors disabled:opacity-55";
const HEIGHTS = { md: "h-9 px-3.5 text-sm touch:h-11", sm: "h-7.5 px-2.5 text-sm touch:h-11" };

/** The look of a button for what is a link: it leads to another page. */
export const linkLook = (size: "sm" | "md" = "md") => clsx(LOOK, HEIGHTS[size], KINDS.plain);

/** A button with a text. While `busy` it shows a spinner and takes no clicks. */
export function Button({
  kind = "plain",
  size = "md",
  busy,
  className,
  children,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={clsx(LOOK, HEIGHTS[size], KINDS[kind], className)}
      {...rest}
    >
      {busy && <LoaderCircle size={15} aria-hidden className="animate-spin" />}
      {children}
    </button>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** The accessible name; it is the tooltip too where a Tooltip is around. */
  label: string;
  children: ReactNode;
  size?: "sm" | "md" | "lg";
  tone?: "plain" | "on" | "danger";
  ref?: Ref<HTMLButtonElement>;
}

const SIZES = { sm: "size-7 touch:size-11", md: "size-8.5 touch:size-11", lg: "size-11" };

/** A square button with nothing but an icon. */
export function IconButton({
  label,
  children,
  size = "md",
  tone = "plain",
  className,
  ...rest
}: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      className={clsx(
        "inline-flex shrink-0 items-center justify-center rounded-lg transition-colors disabled:opacity-45",
        SIZES[size],
        tone === "plain" && "text-soft hover:bg-hover hover:text-text",
        tone === "on" && "bg-hover text-text hover:bg-press",
        tone === "danger" && "bg-danger-wash text-danger hover:brightness-110",
        className,
      )}
      {...rest}
    >
      {children}
    </button>
  );
}
