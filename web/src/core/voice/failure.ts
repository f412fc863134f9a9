import type { ConnectionState, CoreError, TroubleCode, VoiceState } from "../model";

/**
 * The classes of failure of voice: what the app shows, the telemetry tells
 * (voice_failed) and docs/voice-trouble.md explains. Each has a trouble whose words
 * (errors.… in both languages) say what it is and what to do.
 */
export const failures = {
  /** No direct path for sound comes up, or it was lost. */
  ice_failed: "MediaBlocked",
  /** No path through a TURN server comes up where nothing else is tried. */
  turn_failed: "MediaRelayBlocked",
  /** The server does not accept this sign-in. */
  signalling_auth: "SignInRefused",
  /** The server cannot be reached. */
  signalling_network: "ServerUnreachable",
  /** The browser does not give the page the microphone. */
  mic_denied: "MicrophoneDenied",
  /** Another program has the microphone. */
  mic_busy: "MicrophoneBusy",
  /** There is no microphone. */
  mic_missing: "MicrophoneNotFound",
  /** The browser wants a click before it plays. */
  autoplay_blocked: "PlaybackBlocked",
  unknown: "Unknown",
} as const satisfies Record<string, TroubleCode>;

export type FailureCode = keyof typeof failures;

const classes: Record<string, FailureCode> = {
  MediaBlocked: "ice_failed",
  MediaLost: "ice_failed",
  MediaRelayBlocked: "turn_failed",
  SignInRefused: "signalling_auth",
  Unauthorized: "signalling_auth",
  MissingTicket: "signalling_auth",
  InvalidTicket: "signalling_auth",
  ServerUnreachable: "signalling_network",
  MicrophoneDenied: "mic_denied",
  MicrophoneInsecure: "mic_denied",
  MicrophoneBusy: "mic_busy",
  MicrophoneNotFound: "mic_missing",
  PlaybackBlocked: "autoplay_blocked",
  NegotiationFailed: "unknown",
  Internal: "unknown",
  Unknown: "unknown",
};

/** The class of what stands against voice; null for what is somebody's decision: a full room, a kick, another device. */
export function failureOf(error: Pick<CoreError, "code">): FailureCode | null {
  return classes[error.code] ?? null;
}

/** What is wrong with the user's voice now, if anything. */
export function presentFailure(
  voice: Pick<VoiceState, "status" | "trouble" | "playbackBlocked">,
  connection: ConnectionState["status"],
): FailureCode | null {
  const told = voice.trouble && failureOf(voice.trouble);
  if (told) return told;
  // A path may be whole while the server is away: then this is what is missing.
  if (voice.status === "reconnecting") return connection === "online" ? "ice_failed" : "signalling_network";
  return voice.playbackBlocked ? "autoplay_blocked" : null;
}
