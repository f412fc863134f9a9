/** What the test of the connection says, for the user interface. */
import type { CoreError } from "../model";
import type { FailureCode } from "../voice/failure";

/** A way that something can take between this browser and the server, or to other people. */
export type WayKind = "signalling" | "udp" | "tcp" | "turn-udp" | "turn-tcp" | "turn-tls" | "p2p";

export interface Way {
  /** The kind, and where there are several servers of one, a number. */
  id: string;
  kind: WayKind;
  /** Which of several servers of the kind, from 1; null: there is one. */
  server: number | null;
  /**
   * off: the server offers none, or the user does not want it. skipped: what
   * it needs does not work. unknown: it cannot be told from here.
   */
  state: "waiting" | "running" | "works" | "fails" | "off" | "skipped" | "unknown";
  failure: FailureCode | null;
  /** From the beginning to the last of both connections, ms. */
  connectMs: number | null;
  rttMs: number | null;
  /** Of the packets of the seconds measured, there and back. */
  lossPct: number | null;
  /** What there is to say beside the state: a word with a translation. */
  note: Note | null;
  /** Of the pair of candidates in use (RFC 8445): host, srflx, prflx, relay. */
  candidateType: string | null;
  /** Addresses in use, ours and theirs, for who asks for them. */
  addresses: string[];
}

export type Note =
  | "notOffered" // the server has none of this kind
  | "hidden" // the user hides his address
  | "serverOnly" // the server lets nobody talk directly
  | "unmapped" // the address is seen from outside as it is here
  | "mapped" // NAT gives the address another port: what it does for others is not known from one server
  | "blocked" // STUN got no answer
  | "noStun" // there is no STUN server to ask
  | "noAnswer" // no connection came up
  | "noSound" // connected, and nothing came through
  | "noRelay" // no relay could be had
  | "refused" // the relay refused
  | "noSocket"; // the server answers, and its WebSocket does not

/** Of the microphone's trial: what was recorded, or why nothing was. */
export interface MicrophoneTrial {
  state: "untried" | "recording" | "works" | "silent" | "fails";
  /** Of the recording, dBFS. */
  peakDbfs: number | null;
  error: CoreError | null;
  /** It is played back now. */
  playing: boolean;
}

export interface ConnectionCheck {
  status: "idle" | "running" | "done";
  /** When it was begun, milliseconds since the epoch. */
  at: number | null;
  ways: Way[];
  /** Why no way could be tried, if that is so. */
  error: CoreError | null;
  microphone: MicrophoneTrial;
  /** The server's version, when it has told. */
  version: string | null;
}

/** What the ways say together. */
export type Verdict =
  | "good" // directly by UDP
  | "detour" // by TCP or a relay only
  | "none" // not at all
  | "unreachable"; // the connection to the server does not stand
