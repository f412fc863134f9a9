/**
 * The state and the commands that the core offers to the user interface.
 *
 * Everything here is free of React. State lives in vanilla zustand stores
 * (read them with zustand's `useStore`), commands are methods that return
 * promises; a rejected promise is always a `CoreError` whose `code` has a
 * translation.
 */
import type { DownlinkQuality, Shapes, VoiceQuality } from "./wire";

export type { ConnectionCheck, MicrophoneTrial, Note, Verdict, Way, WayKind } from "./check/model";
export type { Core } from "./commands";
export type { FailureCode } from "./voice/failure";

/* ---------------------------------------------------------------- wire */

export type Role = Shapes["Role"];
export type Topology = Shapes["Topology"];
export type PresenceStatus = Shapes["PresenceStatus"];
export type User = Shapes["User"];
export type Room = Shapes["Room"];
export type Category = Shapes["Category"];
export type RoomTree = Shapes["Tree"];
export type PresentUser = Shapes["PresentUser"];
export type Message = Shapes["Message"];
export type Reaction = Shapes["Reaction"];
export type Invite = Shapes["Invite"];
export type AuthMode = Shapes["AuthMode"];
export type DeviceSession = Shapes["Session"];

/* -------------------------------------------------------------- errors */

/** What the browser or the network did, beside the contract's own codes. */
export type TroubleCode =
  | "ServerUnreachable" // no HTTP, no WebSocket
  | "MicrophoneDenied" // NotAllowedError
  | "MicrophoneNotFound" // NotFoundError
  | "MicrophoneBusy" // NotReadableError
  | "MicrophoneInsecure" // plain HTTP on another machine: no getUserMedia
  | "PlaybackBlocked" // the browser wants a click before it plays
  | "MediaBlocked" // signalling works, no media path comes up
  | "MediaRelayBlocked" // the same where only relays may be used
  | "SignInRefused" // the server does not accept this sign-in any more
  | "MediaLost" // the media path died and is being rebuilt
  | "MovedElsewhere" // voice.left {reason: moved}
  | "Kicked" // close 4010, or voice.left {reason: kicked}
  | "Banned" // close 4011
  | "SessionReplaced" // close 4009: opened in too many places
  | "Unknown";

/** A code of the contract (ValidationError, RoomFull, …) or a TroubleCode. */
export class CoreError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly issues: { field: string; message: string }[] = [],
    readonly retryAfterMs?: number,
  ) {
    super(message);
    this.name = "CoreError";
  }
}

/* -------------------------------------------------------------- stores */

export interface AccountState {
  /** unknown: GET /v1/auth/me has not answered yet. */
  status: "unknown" | "signedOut" | "signedIn";
  user: User | null;
  mode: AuthMode | null;
  /** Set when the server cannot be reached at start. */
  trouble: CoreError | null;
}

export interface ConnectionState {
  status: "idle" | "connecting" | "online" | "reconnecting" | "stopped";
  /** When the next attempt comes, Date.now() time; only while reconnecting. */
  retryAt: number | null;
  attempt: number;
  /** Why it is stopped: Unauthorized, Kicked, Banned or SessionReplaced. Absent or null otherwise. */
  error?: CoreError | null;
}

export interface RoomsState {
  /** null until the first load. */
  tree: RoomTree | null;
  error: CoreError | null;
  /** By room slug: who views it or is in its voice. */
  presence: Record<string, { topology: Topology; users: PresentUser[] }>;
  /** The viewed room's slug. */
  active: string | null;
  joining: string | null;
}

/** A message as the timeline shows it; pending ones have no roomSeq yet. */
export interface TimelineItem extends Message {
  state: "sent" | "sending" | "queued" | "failed";
  /** A change of ours to a stored message is on its way. */
  changing?: boolean;
  /** Why it failed. */
  error?: CoreError;
  /** The idempotency key of an own message that is not stored yet. */
  key?: string;
}

/**
 * One unbroken stretch of a room's messages. While `hasNewer` it ends before
 * the room does, and what is not stored yet is not in it.
 */
export interface RoomTimeline {
  /** Oldest first: by roomSeq, then pending ones in the order they were sent. */
  items: TimelineItem[];
  /** There are older messages than the first. */
  hasMore: boolean;
  /** There are newer messages than the last. */
  hasNewer: boolean;
  /** The first page, or older ones, are coming. */
  loading: boolean;
  loadingNewer: boolean;
  loaded: boolean;
  error: CoreError | null;
  /** How many messages wait for the connection, whether or not they are among the items. */
  queued: number;
  /** The room's largest roomSeq that is known, loaded or not. */
  lastSeq: number;
  /** Messages that are quoted and not among the items, by id; null: not there any more. */
  originals: Record<string, Message | null>;
}

/** Who is writing. */
export interface Writer {
  userId: string;
  userName: string;
}

export interface ChatState {
  /** By room slug. */
  timelines: Record<string, RoomTimeline>;
  /** Who else is writing, by room slug. */
  typing: Record<string, Writer[]>;
}

/** Where a timeline can be led to. */
export type JumpTarget = { messageId: string } | { seq: number } | { date: Date } | "latest";

/** What there is to read in a room. */
export interface RoomActivity {
  lastMessageId: string;
  lastSeq: number;
  /** Up to here all is read. */
  readSeq: number;
  unread: number;
  /** Of the unread ones, how many name us. */
  mentions: number;
}

export interface ActivityState {
  /** By room slug; a room that is not here has nothing unread. */
  rooms: Record<string, RoomActivity>;
}

/** A message that names us has come. */
export interface Mention {
  slug: string;
  messageId: string;
  /** Empty when the message could not be loaded. */
  userName: string;
  text: string;
}

/** Our own status: what was chosen, and what others see. */
export interface StatusState {
  chosen: PresenceStatus;
  /** idle too after ten minutes without input. */
  shown: PresenceStatus;
}

export interface VoiceParticipant {
  userId: string;
  userName: string;
  csrc: number;
  muted: boolean;
  deafened: boolean;
  /** 0 to 2; 1 is 100 %. Remembered by user. */
  volume: number;
  self: boolean;
}

export interface VoiceState {
  status: "idle" | "joining" | "connecting" | "connected" | "reconnecting" | "leaving";
  roomSlug: string | null;
  /** The room that is being moved to, while the call in `roomSlug` goes on. */
  movingTo: string | null;
  topology: Topology;
  participants: VoiceParticipant[];
  /** Who in our room's voice is on the stage and gets an audio slot before others: user ids. */
  stage: string[];
  muted: boolean;
  deafened: boolean;
  /** Playback waits for a click: call `voice.unblockPlayback()` from one. */
  playbackBlocked: boolean;
  /** The last trouble; it stays until the next attempt or `dismissTrouble`. */
  trouble: CoreError | null;
  /** From the click to the first audio path, ms; for the details panel. */
  connectMs: number | null;
  /** From getStats, once a second while connected. */
  stats: VoiceStats | null;
  /** The server's word on our connection; null while it has said nothing. */
  quality: VoiceQuality | null;
  /** How each one in the call is heard, and of ourselves how our connection carries: by user id. */
  marks: Record<string, QualityMark>;
  /** Who speaks in rooms by voice.speaking, by room slug: user ids. */
  speakingByRoom: Record<string, string[]>;
}

/**
 * How well somebody is heard, or how well our own connection carries: good,
 * fair (it is noticed), poor (it disturbs), lost (nothing gets through), or
 * unknown, which is shown as that and never as good.
 */
export type QualityMark = "good" | "fair" | "poor" | "lost" | "unknown";

/** What happened in the time up to `at`; null: not known. */
export interface VoiceStats {
  /** Milliseconds since the epoch. */
  at: number;
  rttMs: number | null;
  jitterMs: number | null;
  /** How long what is heard has waited in the jitter buffer. */
  bufferMs: number | null;
  /** Lost on the way to us, before anything was repaired. */
  lossPct: number | null;
  /** Lost of what we send, as the other end says. */
  sendLossPct: number | null;
  /** Of what was played while somebody was heard, how much had to be made up. */
  concealedPct: number | null;
  /** Our own candidate in use (RFC 8445): host, srflx, prflx or relay. */
  candidateType: string | null;
  /** udp, tcp or, to a relay, tls. */
  protocol: string | null;
  /** Received and sent, headers aside. */
  bitrateKbps: number | null;
  sendKbps: number | null;
}

/** What is sent to the SFU. */
export interface Sending {
  layers: ("high" | "low")[];
  /** Of the high layer, bit/s. */
  maxBitrate: number;
  /** Whether packets repeat earlier frames. */
  redundant: boolean;
}

/** A step by which the server has fitted what it sends to our downlink: what has changed, and why. */
export interface LadderStep {
  /** Milliseconds since the epoch. */
  at: number;
  /** A short word of the server's: loss, congestion, recovered and the like. */
  reason: string;
  layer?: DownlinkQuality["layer"];
  redundancy?: number;
  frameMs?: number;
  slots?: number;
}

/** The last two minutes of a call, oldest reading first, newest step first. The arrays are the core's own. */
export interface QualityTrace {
  samples: readonly VoiceStats[];
  steps: readonly LadderStep[];
  sending: Sending;
}

export interface Devices {
  inputs: { id: string; label: string }[];
  outputs: { id: string; label: string }[];
  inputId: string; // "default" when none was chosen
  outputId: string;
  /** Whether the browser can choose an output (setSinkId). */
  canChooseOutput: boolean;
  permission: "unknown" | "prompt" | "granted" | "denied";
}

export interface Preferences {
  theme: "system" | "dark" | "light";
  language: "system" | "en" | "ru";
  inputMode: "voice" | "ptt";
  /** Push-to-talk key: KeyboardEvent.code. */
  pttKey: string;
  /** Below this level (dBFS, -100..0) voice activation sends nothing; -100: always open. */
  voiceThreshold: number;
  noiseSuppression: boolean;
  echoCancellation: boolean;
  autoGainControl: boolean;
  cues: boolean;
  /** Be relayed only and use no pairs, so that other participants do not learn this address. */
  hideAddress: boolean;
  /** Whether the members panel is shown. */
  membersOpen: boolean;
  /** What others are to see of us. */
  status: PresenceStatus;
  /** Desktop notifications of mentions. */
  notifyMentions: boolean;
}
