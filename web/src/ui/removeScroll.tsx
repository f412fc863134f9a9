import type { ElementType, ReactNode, Ref } from "react";

interface Props {
  as?: ElementType;
  children?: ReactNode;
  ref?: Ref<unknown>;
  [prop: string]: unknown;
}

/** Options of the package this stands in for; they must not reach the DOM. */
const OPTIONS = new Set([
  "allowPinchZoom",
  "shards",
  "enabled",
  "removeScrollBar",
  "inert",
  "noIsolation",
  "noRelative",
  "forwardProps",
  "gapMode",
]);

/**
 * Takes the place of the react-remove-scroll package under Radix. The page's
 * own body never scrolls, so there is nothing to lock; and the package would
 * inject a <style> element, which the Content-Security-Policy refuses.
 */
export function RemoveScroll({ as: As = "div", children, ...rest }: Props) {
  const own = Object.fromEntries(Object.entries(rest).filter(([name]) => !OPTIONS.has(name)));
  return <As {...own}>{children}</As>;
}

RemoveScroll.classNames = { fullWidth: "", zeroRight: "" };

export default RemoveScroll;
