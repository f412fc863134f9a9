import { CoreError, type Preferences, type TroubleCode } from "../model";

/** What to ask the browser for, by the user's preferences. */
export function constraints(deviceId: string, preferences: Preferences): MediaStreamConstraints {
  return {
    audio: {
      ...(deviceId === "default" ? {} : { deviceId: { exact: deviceId } }),
      channelCount: 1,
      noiseSuppression: preferences.noiseSuppression,
      echoCancellation: preferences.echoCancellation,
      autoGainControl: preferences.autoGainControl,
    },
  };
}

const troubles: Record<string, TroubleCode> = {
  NotAllowedError: "MicrophoneDenied",
  SecurityError: "MicrophoneDenied",
  NotFoundError: "MicrophoneNotFound",
  OverconstrainedError: "MicrophoneNotFound",
  NotReadableError: "MicrophoneBusy",
  AbortError: "MicrophoneBusy",
};

/**
 * Opens a microphone: the chosen one, or the default when that one is not
 * there. Rejects with a CoreError of a Microphone… code.
 */
export async function capture(
  devices: MediaDevices | undefined,
  deviceId: string,
  preferences: Preferences,
): Promise<MediaStream> {
  if (!devices?.getUserMedia) {
    throw new CoreError("MicrophoneInsecure", "the browser gives a microphone to https and localhost only");
  }
  try {
    return await devices.getUserMedia(constraints(deviceId, preferences));
  } catch (reason) {
    const { name = "", message = "" } = (reason ?? {}) as { name?: string; message?: string };
    const missing = name === "OverconstrainedError" || name === "NotFoundError";
    if (deviceId !== "default" && missing) return capture(devices, "default", preferences);
    throw new CoreError(troubles[name] ?? "Unknown", message || name);
  }
}
