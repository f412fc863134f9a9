import { Volume2 } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { verdict } from "@/core/check/ways";
import type { Verdict } from "@/core/model";
import { failureOf } from "@/core/voice/failure";
import { Group } from "@/features/settings/Group";
import { Button, linkLook } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { ErrorNotice, Notice } from "@/ui/Notice";
import { MicrophoneGroup } from "./MicrophoneGroup";
import { SupportGroup } from "./SupportGroup";
import { WayRow } from "./WayRow";
import { wayName } from "./words";

const TONES: Record<Verdict, "info" | "warn" | "danger"> = {
  good: "info",
  detour: "warn",
  none: "danger",
  unreachable: "danger",
};

/** How far the test is, for readers too, and at its end what it comes to. */
function Progress() {
  const { t } = useTranslation();
  const check = useCoreState("check", (c) => c);
  const { status, ways, error } = check;
  const at = ways.findIndex((way) => way.state === "running");
  const running = ways[at];
  const told = verdict(check);
  return (
    <div className="mt-3 space-y-2">
      <p role="status" className="min-h-5 text-soft text-sm">
        {status === "running" && running
          ? t("check.progress", { way: wayName(t, running), at: at + 1, all: ways.length })
          : status === "done"
            ? t("check.finished")
            : ""}
      </p>
      {told && (
        <Notice
          tone={TONES[told]}
          title={t(`check.verdict.${told}.title`)}
          hint={t(`check.verdict.${told}.hint`)}
        />
      )}
      {status === "done" && error && told !== "unreachable" && (
        <ErrorNotice error={error} failure={failureOf(error)} tone="warn" />
      )}
    </div>
  );
}

/** The test of the connection, of microphone and speakers, before a call and in one. */
export function CheckSection() {
  const core = useCore();
  const { t } = useTranslation();
  const status = useCoreState("check", (c) => c.status);
  const ways = useCoreState("check", (c) => c.ways);
  // Whoever goes away does not wait for it any more.
  useEffect(() => () => core.checks.leave(), [core]);
  return (
    <>
      <Group title={t("check.connection")}>
        <p className="text-soft text-sm">{t("check.intro")}</p>
        <div className="mt-3 flex flex-wrap gap-2">
          {status === "running" ? (
            <Button onClick={() => core.checks.stop()}>{t("check.stop")}</Button>
          ) : (
            <Button kind="primary" onClick={() => void core.checks.start()}>
              {t(status === "done" ? "check.again" : "check.start")}
            </Button>
          )}
        </div>
        <Progress />
        <ul className="mt-1 divide-y divide-line">
          {ways.map((way) => (
            <WayRow key={way.id} way={way} />
          ))}
        </ul>
      </Group>
      <MicrophoneGroup />
      <Group title={t("check.speakers")}>
        <p className="text-soft text-sm">{t("check.speakersText")}</p>
        <div className="mt-3 flex flex-wrap gap-2">
          <Button onClick={() => core.media.testSound()}>
            <Volume2 size={16} aria-hidden />
            {t("settings.testSound")}
          </Button>
          <Link to="/settings/voice" className={linkLook()}>
            {t("check.voiceSettings")}
          </Link>
        </div>
      </Group>
      <SupportGroup />
    </>
  );
}
