import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCore, useCoreState } from "@/ui/core";
import { Notice } from "@/ui/Notice";
import { SwitchRow } from "@/ui/Toggle";

/** Whether mentions are told outside of the page; the browser is asked only from here. */
export function NotificationsSection() {
  const core = useCore();
  const { t } = useTranslation();
  const wanted = useCoreState("preferences", (p) => p.notifyMentions);
  const there = typeof Notification !== "undefined";
  const [permission, setPermission] = useState(there ? Notification.permission : "denied");
  if (!there) return <Notice tone="info" title={t("settings.notifyNone")} />;
  const change = async (on: boolean) => {
    if (!on) {
      core.setPreference("notifyMentions", false);
      return;
    }
    const answer = await Notification.requestPermission();
    setPermission(answer);
    core.setPreference("notifyMentions", answer === "granted");
  };
  return (
    <>
      <SwitchRow
        label={t("settings.notify")}
        hint={t("settings.notifyHint")}
        checked={wanted && permission === "granted"}
        onChange={(on) => void change(on)}
      />
      {permission === "denied" && <Notice tone="warn" title={t("settings.notifyDenied")} className="mt-2" />}
    </>
  );
}
