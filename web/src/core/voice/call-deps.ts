import type { Microphone } from "../audio/microphone";
import type { Speakers } from "../audio/speakers";
import type { Volumes } from "../audio/volumes";
import type { CoreError, User, VoiceState } from "../model";
import type { Platform } from "../platform";
import type { Connection } from "../realtime/connection";
import type { Telemetry } from "../telemetry";

/** What a call is given: the world, the user's wishes and where its own word goes. */
export interface CallDeps {
  platform: Platform;
  connection: Connection;
  telemetry: Telemetry;
  speakers: Speakers;
  microphone: Microphone;
  volumes: Volumes;
  me: User;
  /** Whether nobody in the room is to learn this client's address. */
  hidesAddress(): boolean;
  /** What the user wants of his microphone and his ears now. */
  intent(): { muted: boolean; deafened: boolean };
  publish(change: Partial<VoiceState>): void;
  /** Amplitude 0..1 of everyone who is heard and of ourselves, 30 times a second. */
  levels(levels: ReadonlyMap<string, number>): void;
  cue(cue: "otherJoin" | "otherLeave"): void;
  /** The microphone cannot be had: the user is muted from now on. */
  listenOnly(trouble: CoreError): void;
  /** The server has let us in, the first time or again. */
  entered(): void;
  /** The path is whole, or the microphone open, again: what was said of it is over. */
  mended(what: "path" | "microphone"): void;
  /** The call is over and not by our own wish. */
  ended(trouble: CoreError | null): void;
}
