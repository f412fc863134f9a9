/** The realtime contract's messages, as far as this client speaks them. */
import type { Message, PresentUser, Topology } from "./model";

export interface RoomPresence {
  roomId: string;
  roomSlug: string;
  mediaTopology: Topology;
  users: PresentUser[];
}

export interface ChatMessage {
  id: string;
  roomId: string;
  roomSlug: string;
  roomSeq: number;
  userId: string;
  userName: string;
  text: string;
  createdAt: string;
  replyTo?: string | null;
  senderRequestId: string;
  /** User ids; absent: nobody. */
  mentions?: string[];
}

export interface ChatEdited {
  id: string;
  roomId: string;
  roomSlug: string;
  text: string;
  editedAt: string;
  editedByUserId: string;
}

export interface ChatDeleted {
  id: string;
  roomId: string;
  roomSlug: string;
  deletedByUserId: string;
  ts: string;
}

export interface ChatReacted {
  id: string;
  roomId: string;
  roomSlug: string;
  emoji: string;
  userId: string;
  on: boolean;
  count: number;
}

export interface Typing {
  userId: string;
  userName: string;
  roomSlug: string;
}

export interface RoomsActivity {
  roomId: string;
  roomSlug: string;
  lastMessageId: string;
  lastSeq: number;
  readSeq: number;
  unread: number;
  mentions: number;
}

/** What is different in a room from what was told before. */
export interface RoomPresenceChange extends RoomPresence {
  /** User ids. Absent: `users` are all who are there. */
  left?: string[] | null;
}

export interface Cursor {
  beforeCreatedAt: string;
  beforeId: string;
}

export interface MessagePage {
  messages: Message[];
  pagination: { hasMore: boolean; nextCursor: Cursor | null };
}

export interface Participant {
  userId: string;
  userName: string;
  csrc: number;
  muted: boolean;
  deafened: boolean;
}

export interface VoiceJoined {
  roomId: string;
  roomSlug: string;
  topology: Topology;
  epoch: number;
  iceServers: RTCIceServer[] | null;
  iceTransportPolicy: RTCIceTransportPolicy;
  csrc: number;
  sfu: { audioSlots: number };
  participants: Participant[];
}

export interface VoiceTopology {
  roomSlug: string;
  topology: Topology;
  epoch: number;
  phase: "prepare" | "commit" | "abort";
  reason: string;
}

/** call.offer, call.answer, call.ice, call.reject and call.hangup as relayed. */
export interface RelayedCall {
  fromUserId: string;
  roomSlug: string;
  epoch?: number;
  signal?: unknown;
  reason?: string;
}

export interface RelayedMicState {
  fromUserId: string;
  roomSlug: string;
  muted: boolean;
  speaking: boolean;
  audioMuted: boolean;
}

/** What the server sends, by type; acks, nacks and pongs never leave the connection. */
export interface Events {
  "server.ready": {
    userId: string;
    connectedAt: string;
    sessionId: string;
    heartbeatSec: number;
    resumeWindowSec: number;
  };
  "server.resumed": { sessionId: string; replayed: number };
  "room.joined": { roomId: string; roomSlug: string; roomTitle: string; mediaTopology: Topology };
  "room.left": { roomId: string; roomSlug: string };
  "room.presence": RoomPresence;
  "rooms.presence": { rooms: RoomPresence[] };
  "rooms.presence_changed": RoomPresenceChange;
  "rooms.changed": Record<string, never>;
  "presence.joined": { userId: string; userName: string; roomSlug: string; presenceCount: number };
  "presence.left": { userId: string; userName: string; roomSlug: string; presenceCount: number };
  "chat.message": ChatMessage;
  "chat.edited": ChatEdited;
  "chat.deleted": ChatDeleted;
  "chat.reacted": ChatReacted;
  "chat.typing": Typing;
  "rooms.activity": RoomsActivity;
  "voice.joined": VoiceJoined;
  "voice.left": { roomSlug: string; reason: string };
  "voice.participant_joined": Participant & { roomSlug: string };
  "voice.participant_left": { roomSlug: string; userId: string; reason: string };
  "voice.slots": { slots: { slot: number; mid: string; userId: string | null }[] };
  "voice.speaking": { roomSlug: string; userIds: string[] };
  "voice.topology": VoiceTopology;
  "sfu.answer": { epoch: number; sdp: string; iceServers?: RTCIceServer[] };
  "sfu.ice": { epoch: number; candidate: RTCIceCandidateInit | null };
  "call.mic_state": RelayedMicState;
  "call.offer": RelayedCall;
  "call.answer": RelayedCall;
  "call.ice": RelayedCall;
  "call.reject": RelayedCall;
  "call.hangup": RelayedCall;
}

export type EventType = keyof Events;

export interface Ack {
  requestId: string;
  eventType: string;
  ts: number;
  messageId?: string;
  idempotencyKey?: string;
  duplicate?: boolean;
  relayedTo?: number;
}

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
