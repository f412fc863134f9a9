import { Activity, Volume2 } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { failureOf } from "@/core/voice/failure";
import { keyName } from "@/features/voice/keys";
import { Button, linkLook } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { Field, Select } from "@/ui/Field";
import { ErrorNotice } from "@/ui/Notice";
import { SwitchRow } from "@/ui/Toggle";
import { useAction } from "@/ui/useAction";
import { Choice, Group } from "./Group";
import { ThresholdMeter } from "./ThresholdMeter";

/** Waits for a key and takes it; Escape keeps the old one. */
function KeyPicker({ code, onPick }: { code: string; onPick: (code: string) => void }) {
  const { t } = useTranslation();
  const [waiting, setWaiting] = useState(false);
  useEffect(() => {
    if (!waiting) return;
    const take = (event: KeyboardEvent) => {
      event.preventDefault();
      event.stopPropagation();
      setWaiting(false);
      if (event.code !== "Escape" && event.code !== "Tab") onPick(event.code);
    };
    window.addEventListener("keydown", take, true);
    return () => window.removeEventListener("keydown", take, true);
  }, [waiting, onPick]);
  return (
    <Button
      aria-label={t("settings.pttSet", { key: keyName(code) })}
      onClick={() => setWaiting(!waiting)}
      className="min-w-28"
    >
      {waiting ? t("settings.pttPress") : keyName(code)}
    </Button>
  );
}

function DevicePickers() {
  const core = useCore();
  const { t } = useTranslation();
  const devices = useCoreState("devices", (d) => d);
  const { error, busy, run } = useAction();
  const options = (list: { id: string; label: string }[], name: string) => (
    <>
      <option value="default">{t("voice.systemDefault")}</option>
      {list
        .filter((d) => d.id !== "default" && d.id !== "")
        .map((d) => (
          <option key={d.id} value={d.id}>
            {d.label || name}
          </option>
        ))}
    </>
  );
  useEffect(() => {
    core.media.refreshDevices().catch(() => {});
  }, [core]);
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t("voice.input")}>
          {(ids) => (
            <Select
              {...ids}
              value={devices.inputId}
              onChange={(e) => void run(() => core.media.setInput(e.target.value))}
            >
              {options(devices.inputs, t("voice.input"))}
            </Select>
          )}
        </Field>
        <Field label={t("voice.output")} hint={devices.canChooseOutput ? undefined : t("voice.outputFixed")}>
          {(ids) => (
            <Select
              {...ids}
              value={devices.outputId}
              disabled={!devices.canChooseOutput}
              onChange={(e) => void run(() => core.media.setOutput(e.target.value))}
            >
              {options(devices.outputs, t("voice.output"))}
            </Select>
          )}
        </Field>
      </div>
      {error && <ErrorNotice error={error} failure={failureOf(error)} />}
      <div className="flex flex-wrap items-center gap-2">
        <Button onClick={() => core.media.testSound()}>
          <Volume2 size={16} aria-hidden />
          {t("settings.testSound")}
        </Button>
        <Link to="/settings/check" className={linkLook()}>
          <Activity size={16} aria-hidden />
          {t("check.open")}
        </Link>
        {devices.permission !== "granted" && (
          <>
            <Button busy={busy} onClick={() => void run(() => core.media.refreshDevices(true))}>
              {t("settings.grant")}
            </Button>
            <p className="basis-full text-faint text-sm">{t("settings.grantHint")}</p>
          </>
        )}
      </div>
    </div>
  );
}

/** Devices, when the microphone sends, and what is done to its sound. */
export function VoiceSection() {
  const core = useCore();
  const { t } = useTranslation();
  const p = useCoreState("preferences", (s) => s);
  return (
    <>
      <Group title={t("voice.devices")}>
        <DevicePickers />
      </Group>
      <Group title={t("settings.mode")}>
        <Choice
          name="inputMode"
          value={p.inputMode}
          onChange={(value) => core.setPreference("inputMode", value)}
          choices={[
            { value: "voice", label: t("settings.modeVoice"), hint: t("settings.modeVoiceHint") },
            { value: "ptt", label: t("settings.modePtt"), hint: t("settings.modePttHint") },
          ]}
        />
        {p.inputMode === "ptt" && (
          <div className="mt-3 flex items-center justify-between gap-4">
            <span>{t("settings.pttKey")}</span>
            <KeyPicker code={p.pttKey} onPick={(code) => core.setPreference("pttKey", code)} />
          </div>
        )}
        <ThresholdMeter />
      </Group>
      <Group title={t("settings.processing")}>
        <SwitchRow
          label={t("settings.noise")}
          hint={t("settings.noiseHint")}
          checked={p.noiseSuppression}
          onChange={(on) => core.setPreference("noiseSuppression", on)}
        />
        <SwitchRow
          label={t("settings.echo")}
          hint={t("settings.echoHint")}
          checked={p.echoCancellation}
          onChange={(on) => core.setPreference("echoCancellation", on)}
        />
        <SwitchRow
          label={t("settings.gain")}
          hint={t("settings.gainHint")}
          checked={p.autoGainControl}
          onChange={(on) => core.setPreference("autoGainControl", on)}
        />
      </Group>
      <Group title={t("settings.more")}>
        <SwitchRow
          label={t("settings.cues")}
          checked={p.cues}
          onChange={(on) => core.setPreference("cues", on)}
        />
        <SwitchRow
          label={t("settings.hide")}
          hint={t("settings.hideHint")}
          checked={p.hideAddress}
          onChange={(on) => core.setPreference("hideAddress", on)}
        />
      </Group>
    </>
  );
}
