import { Tooltip as T } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { Keys } from "./Keys";

interface Props {
  text: ReactNode;
  /** A shortcut to show beside the text, as in "Ctrl+K". */
  keys?: string;
  side?: "top" | "right" | "bottom" | "left";
  children: ReactElement;
}

/** A short hint beside a control. Never the only place of what it says. */
export function Tooltip({ text, keys, side = "top", children }: Props) {
  return (
    <T.Root>
      <T.Trigger asChild>{children}</T.Trigger>
      <T.Portal>
        <T.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="pop z-50 flex max-w-72 items-center gap-2 rounded-md border border-line-strong bg-raised px-2 py-1 text-text text-xs shadow-pop"
        >
          {text}
          {keys && <Keys keys={keys} />}
        </T.Content>
      </T.Portal>
    </T.Root>
  );
}
