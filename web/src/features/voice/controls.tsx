import { ChevronUp, HeadphoneOff, Headphones, Mic, MicOff, PhoneOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui/Button";
import { useCore, useCoreState } from "@/ui/core";
import {
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuRadio,
  MenuRadioGroup,
  MenuRoot,
  MenuSeparator,
  MenuTrigger,
} from "@/ui/Menu";
import { Tooltip } from "@/ui/Tooltip";

type Size = "md" | "lg";

export function MuteButton({ size = "md" }: { size?: Size }) {
  const core = useCore();
  const { t } = useTranslation();
  const muted = useCoreState("voice", (v) => v.muted || v.deafened);
  const label = t(muted ? "voice.unmute" : "voice.mute");
  return (
    <Tooltip text={label} keys="Mod+Shift+M">
      <IconButton
        label={label}
        aria-pressed={muted}
        size={size}
        tone={muted ? "danger" : "plain"}
        onClick={() => toggleMute(core)}
      >
        {muted ? <MicOff size={18} aria-hidden /> : <Mic size={18} aria-hidden />}
      </IconButton>
    </Tooltip>
  );
}

export function DeafenButton({ size = "md" }: { size?: Size }) {
  const core = useCore();
  const { t } = useTranslation();
  const deafened = useCoreState("voice", (v) => v.deafened);
  const label = t(deafened ? "voice.undeafen" : "voice.deafen");
  return (
    <Tooltip text={label} keys="Mod+Shift+D">
      <IconButton
        label={label}
        aria-pressed={deafened}
        size={size}
        tone={deafened ? "danger" : "plain"}
        onClick={() => toggleDeafen(core)}
      >
        {deafened ? <HeadphoneOff size={18} aria-hidden /> : <Headphones size={18} aria-hidden />}
      </IconButton>
    </Tooltip>
  );
}

export function LeaveButton({ size = "md" }: { size?: Size }) {
  const core = useCore();
  const { t } = useTranslation();
  return (
    <Tooltip text={t("voice.leave")}>
      <IconButton
        label={t("voice.leave")}
        size={size}
        tone="danger"
        onClick={() => void core.call.leave().catch(() => {})}
      >
        <PhoneOff size={18} aria-hidden />
      </IconButton>
    </Tooltip>
  );
}

/** Turns the microphone on or off; it cannot be on while the sound is off. */
export function toggleMute(core: ReturnType<typeof useCore>): void {
  const { muted, deafened } = core.voice.getState();
  if (deafened) {
    core.call.setDeafened(false);
    core.call.setMuted(false);
  } else core.call.setMuted(!muted);
}

export function toggleDeafen(core: ReturnType<typeof useCore>): void {
  core.call.setDeafened(!core.voice.getState().deafened);
}

/** Which microphone and which speakers, one click away. */
export function DeviceMenu({ size = "md" }: { size?: Size }) {
  const core = useCore();
  const { t } = useTranslation();
  const devices = useCoreState("devices", (d) => d);
  return (
    <MenuRoot onOpenChange={(open) => open && void core.media.refreshDevices().catch(() => {})}>
      <Tooltip text={t("voice.devices")}>
        <MenuTrigger asChild>
          <IconButton label={t("voice.devices")} size={size} className={size === "md" ? "w-6" : ""}>
            <ChevronUp size={16} aria-hidden />
          </IconButton>
        </MenuTrigger>
      </Tooltip>
      <MenuContent side="top" align="end">
        <MenuLabel>{t("voice.input")}</MenuLabel>
        <MenuRadioGroup
          value={devices.inputId}
          onValueChange={(id) => void core.media.setInput(id).catch(() => {})}
        >
          <MenuRadio value="default">{t("voice.systemDefault")}</MenuRadio>
          {devices.inputs
            .filter((d) => d.id !== "default" && d.id !== "")
            .map((d) => (
              <MenuRadio key={d.id} value={d.id}>
                {d.label || t("voice.input")}
              </MenuRadio>
            ))}
        </MenuRadioGroup>
        <MenuSeparator />
        <MenuLabel>{t("voice.output")}</MenuLabel>
        {devices.canChooseOutput ? (
          <MenuRadioGroup
            value={devices.outputId}
            onValueChange={(id) => void core.media.setOutput(id).catch(() => {})}
          >
            <MenuRadio value="default">{t("voice.systemDefault")}</MenuRadio>
            {devices.outputs
              .filter((d) => d.id !== "default" && d.id !== "")
              .map((d) => (
                <MenuRadio key={d.id} value={d.id}>
                  {d.label || t("voice.output")}
                </MenuRadio>
              ))}
          </MenuRadioGroup>
        ) : (
          <p className="px-2.5 pb-1.5 text-faint text-sm">{t("voice.outputFixed")}</p>
        )}
        {devices.permission !== "granted" && (
          <>
            <MenuSeparator />
            <MenuItem onSelect={() => void core.media.refreshDevices(true).catch(() => {})}>
              {t("settings.grant")}
            </MenuItem>
          </>
        )}
      </MenuContent>
    </MenuRoot>
  );
}
