/**
 * The realtime contract's messages, by the names that this app knows them by.
 * Their shapes are made from the published documents: see wire.generated.ts.
 */
import type { components, ServerMessages } from "./wire.generated";

export type Shapes = components["schemas"];

export type RoomPresence = Shapes["RoomPresence"];
export type RoomPresenceChange = Shapes["RoomPresenceChange"];
export type ChatMessage = Shapes["ChatMessage"];
export type ChatEdited = Shapes["ChatEdited"];
export type ChatDeleted = Shapes["ChatDeleted"];
export type ChatReacted = Shapes["ChatReacted"];
export type Typing = Shapes["Typing"];
export type RoomsActivity = Shapes["RoomsActivity"];
export type Cursor = Shapes["Cursor"];
export type MessagePage = Shapes["MessagePage"];
export type Participant = Shapes["Participant"];
export type VoiceJoined = Shapes["VoiceJoined"];
export type Track = Shapes["Track"];
export type VoiceQuality = Shapes["VoiceQuality"];
export type DownlinkQuality = Shapes["DownlinkQuality"];
export type UplinkQuality = Shapes["UplinkQuality"];
export type VoiceTopology = Shapes["VoiceTopology"];
export type RelayedCall = Shapes["RelayedCall"];
export type RelayedMicState = Shapes["RelayedMicState"];
export type Ack = Shapes["Ack"];

/** What the server sends, by type; acks, nacks and pongs never leave the connection. */
export type Events = Omit<ServerMessages, "ack" | "nack" | "pong" | "error">;

export type EventType = keyof Events;

/** WebSocket close codes of the contract. */
export const Close = {
  goingAway: 1001,
  missingTicket: 4001,
  invalidTicket: 4002,
  rateLimited: 4008,
  sessionReplaced: 4009,
  kicked: 4010,
  banned: 4011,
} as const;
