import { useTranslation } from "react-i18next";
import { keyName } from "@/features/voice/keys";
import { useCoreState } from "@/ui/core";
import { Dialog } from "@/ui/Dialog";
import { Keys } from "@/ui/Keys";

/** All shortcuts of the app. */
export function ShortcutList() {
  const { t } = useTranslation();
  const ptt = useCoreState("preferences", (p) => p.pttKey);
  const rows: [string, string][] = [
    ["switcher", "Mod+K"],
    ["mute", "Mod+Shift+M"],
    ["deafen", "Mod+Shift+D"],
    ["ptt", keyName(ptt)],
    ["rooms", "Alt+↑↓"],
    ["compose", "/"],
    ["send", "Enter"],
    ["newline", "Shift+Enter"],
    ["editLast", "↑"],
    ["walk", "↑↓"],
    ["replyRow", "R"],
    ["editRow", "E"],
    ["reactRow", "+"],
    ["deleteRow", "Delete"],
    ["settings", "Mod+,"],
    ["list", "?"],
    ["close", "Esc"],
  ];
  return (
    <dl className="divide-y divide-line">
      {rows.map(([name, keys]) => (
        <div key={name} className="flex min-h-10 items-center justify-between gap-4 py-1.5">
          <dt>{t(`shortcuts.${name}`)}</dt>
          <dd>
            <Keys keys={keys} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** The same list over the page, on `?`. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog open onClose={onClose} title={t("shortcuts.title")}>
      <ShortcutList />
    </Dialog>
  );
}
