import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { CoreError } from "@/core/model";
import { failureOf } from "@/core/voice/failure";
import { Button, linkLook } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import { ErrorNotice } from "@/ui/Notice";

/** Troubles that mend themselves. */
const PASSING = new Set(["MediaLost"]);
/** Troubles of a microphone that may be given at the next asking. */
const ASKED_AGAIN = new Set(["MicrophoneDenied", "MicrophoneNotFound", "MicrophoneBusy"]);
const BLOCKED = new CoreError("PlaybackBlocked", "");

/** What is wrong with the voice, in words, with the button that helps. */
export function VoiceTrouble({ slug, className }: { slug?: string | undefined; className?: string }) {
  const core = useCore();
  const { t } = useTranslation();
  const trouble = useCoreState("voice", (v) => v.trouble);
  const blocked = useCoreState("voice", (v) => v.playbackBlocked);
  const status = useCoreState("voice", (v) => v.status);
  const room = useCoreState("voice", (v) => v.roomSlug) ?? slug;
  const extra = className ? { className } : {};
  if (blocked) {
    return (
      <ErrorNotice error={BLOCKED} failure={failureOf(BLOCKED)} tone="warn" {...extra}>
        <Button kind="primary" size="sm" onClick={() => void core.call.unblockPlayback()}>
          {t("voice.playback")}
        </Button>
      </ErrorNotice>
    );
  }
  if (!trouble) return null;
  const failure = failureOf(trouble);
  return (
    <ErrorNotice
      error={trouble}
      failure={failure}
      tone={PASSING.has(trouble.code) ? "warn" : "danger"}
      {...extra}
    >
      {room && status === "idle" && trouble.code !== "MicrophoneInsecure" && (
        // A refusal is told by voice.trouble again.
        <Button size="sm" onClick={() => void core.call.join(room).catch(() => {})}>
          {t("action.retry")}
        </Button>
      )}
      {status !== "idle" && ASKED_AGAIN.has(trouble.code) && (
        // To be heard again asks for the microphone anew.
        <Button size="sm" onClick={() => core.call.setMuted(false)}>
          {t("action.retry")}
        </Button>
      )}
      <Button kind="quiet" size="sm" onClick={() => core.call.dismissTrouble()}>
        {t("action.dismiss")}
      </Button>
      {failure && (
        <Link to="/settings/check" className={linkLook("sm")}>
          {t("check.open")}
        </Link>
      )}
    </ErrorNotice>
  );
}
