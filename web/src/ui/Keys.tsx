const MAC = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);
const NAMES: Record<string, string> = MAC ? { Mod: "⌘", Shift: "⇧", Alt: "⌥" } : { Mod: "Ctrl" };

/** A shortcut such as "Mod+Shift+M", each key on a cap of its own. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className="inline-flex gap-0.5">
      {(keys === "+" ? [keys] : keys.split("+")).map((key) => (
        <kbd
          key={key}
          className="min-w-5 rounded border border-line-strong bg-hover px-1 text-center font-sans text-2xs text-soft leading-4.5"
        >
          {NAMES[key] ?? key}
        </kbd>
      ))}
    </span>
  );
}
