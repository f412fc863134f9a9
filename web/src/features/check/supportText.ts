import type { TFunction } from "i18next";
import { verdict } from "@/core/check/ways";
import type { ConnectionCheck, VoiceState } from "@/core/model";
import { failureOf } from "@/core/voice/failure";
import { wayFigures, wayName, wayNote, wayState } from "./words";

export interface Facts {
  check: ConnectionCheck;
  voice: Pick<VoiceState, "status" | "topology" | "stats" | "trouble">;
  browser: string;
  /** The page's own origin: an address, told only with the others. */
  origin: string;
}

/** What was found, as a text for others to read. Without `addresses` it has none of anybody's. */
export function supportText(
  t: TFunction,
  language: string,
  { check, voice, browser, origin }: Facts,
  addresses: boolean,
): string {
  const line = (name: string, value: string) => `${t(`check.report.${name}`)}: ${value}`;
  const { microphone, error } = check;
  const told = verdict(check);
  const ways = check.ways.map((way) => {
    const parts = [
      wayState(t, way),
      ...wayFigures(t, language, way),
      way.candidateType,
      way.failure,
      wayNote(t, way),
      addresses && way.addresses.length > 0 ? way.addresses.join(" → ") : null,
    ];
    return `- ${wayName(t, way)}: ${parts.filter(Boolean).join(", ")}`;
  });
  return [
    t("check.report.title"),
    line("at", new Date(check.at ?? Date.now()).toISOString()),
    line("version", check.version ?? "?"),
    line("browser", browser),
    addresses ? line("page", origin) : null,
    line("call", callWords(t, voice)),
    line("result", told ? t(`check.verdict.${told}.title`) : t("check.report.unfinished")),
    error ? line("error", [failureOf(error), error.code].filter(Boolean).join(" · ")) : null,
    ...ways,
    line("microphone", microphoneWords(t, microphone)),
  ]
    .filter((part) => part !== null)
    .join("\n");
}

function callWords(t: TFunction, { status, topology, stats, trouble }: Facts["voice"]): string {
  if (status === "idle")
    return trouble ? `${t("check.report.noCall")}, ${trouble.code}` : t("check.report.noCall");
  const rtt = stats?.rttMs;
  return [
    t(`voice.${status}`),
    topology,
    stats?.protocol,
    stats?.candidateType,
    rtt === null || rtt === undefined ? null : t("check.trip", { value: Math.round(rtt) }),
    trouble && failureOf(trouble),
    trouble?.code,
  ]
    .filter(Boolean)
    .join(", ");
}

function microphoneWords(t: TFunction, { state, peakDbfs, error }: ConnectionCheck["microphone"]): string {
  if (state === "fails" && error) return [failureOf(error), error.code].filter(Boolean).join(" · ");
  if (state === "silent") return t("check.silent");
  if (state === "works" && peakDbfs !== null) return t("check.peak", { value: Math.round(peakDbfs) });
  return t("check.report.untested");
}
