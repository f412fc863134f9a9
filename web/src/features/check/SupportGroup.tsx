import { Check, Copy } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Group } from "@/features/settings/Group";
import { Button } from "@/ui/Button";
import { useCopy } from "@/ui/copyText";
import { useCoreState } from "@/ui/core";
import { SwitchRow } from "@/ui/Toggle";
import { supportText } from "./supportText";

/** What was found as a text to copy; addresses are in it only when that was asked for. */
export function SupportGroup() {
  const { t, i18n } = useTranslation();
  const check = useCoreState("check", (c) => c);
  const voice = useCoreState("voice", (v) => v);
  const [addresses, setAddresses] = useState(false);
  const [copied, copy] = useCopy();
  const field = useRef<HTMLTextAreaElement>(null);
  const facts = { check, voice, browser: navigator.userAgent, origin: location.origin };
  const text = supportText(t, i18n.language, facts, addresses);
  return (
    <Group title={t("check.support")}>
      <p className="text-soft text-sm">{t("check.supportText")}</p>
      <SwitchRow
        label={t("check.addresses")}
        hint={t("check.addressesHint")}
        checked={addresses}
        onChange={setAddresses}
      />
      <textarea
        ref={field}
        readOnly
        value={text}
        rows={Math.min(24, text.split("\n").length + 4)}
        aria-label={t("check.text")}
        onFocus={(event) => event.target.select()}
        className="w-full resize-y rounded-lg border border-line-strong bg-rail p-3 font-mono text-soft text-xs"
      />
      <div className="mt-2 flex flex-wrap items-center gap-3">
        <Button
          onClick={() => {
            copy(text);
            field.current?.focus();
          }}
        >
          {copied === "copied" ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
          {t(copied === "copied" ? "action.copied" : "action.copy")}
        </Button>
        <p role="status" className="text-soft text-sm">
          {copied === "failed" ? t("check.copyByHand") : ""}
        </p>
      </div>
    </Group>
  );
}
