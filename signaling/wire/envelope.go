package wire

import "encoding/json"

// Request is what a client sends: one JSON object a WebSocket message.
type Request struct {
	Type           string          `json:"type"`
	RequestID      string          `json:"requestId,omitempty"`
	IdempotencyKey string          `json:"idempotencyKey,omitempty"`
	Payload        json.RawMessage `json:"payload,omitempty"`
}

// Event is what a server sends. Seq rises by one within a session and is
// absent (zero) from ack, nack, error, pong and server.resumed.
type Event struct {
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
	Seq     uint64          `json:"seq,omitempty"`
}

// Types that a client sends.
const (
	TypePing           = "ping"
	TypeRoomJoin       = "room.join"
	TypeRoomLeave      = "room.leave"
	TypePresenceStatus = "presence.status"
	TypeChatSend       = "chat.send"
	TypeChatEdit       = "chat.edit"
	TypeChatDelete     = "chat.delete"
	TypeChatTyping     = "chat.typing"
	TypeChatRead       = "chat.read"
	TypeChatReact      = "chat.react"
	TypeVoiceJoin      = "voice.join"
	TypeVoiceLeave     = "voice.leave"
	TypeVoiceIgnore    = "voice.ignore"
	TypeVoiceReady     = "voice.ready"
	TypeVoiceStats     = "voice.stats"
	TypeVoiceModerate  = "voice.moderate"
	TypeVoiceStage     = "voice.stage" // both ways
	TypeSFUOffer       = "sfu.offer"
	TypeSFUICE         = "sfu.ice" // both ways
	TypeCallMicState   = "call.mic_state"
	TypeCallVideoState = "call.video_state"
	TypeCallOffer      = "call.offer"
	TypeCallAnswer     = "call.answer"
	TypeCallICE        = "call.ice"
	TypeCallReject     = "call.reject"
	TypeCallHangup     = "call.hangup"
	TypeCallFailed     = "call.failed"
)

// Types that only a server sends.
const (
	TypeError                  = "error"
	TypeServerReady            = "server.ready"
	TypeServerResumed          = "server.resumed"
	TypeAck                    = "ack"
	TypeNack                   = "nack"
	TypePong                   = "pong"
	TypeRoomJoined             = "room.joined"
	TypeRoomLeft               = "room.left"
	TypeRoomPresence           = "room.presence"
	TypeRoomsPresence          = "rooms.presence"
	TypeRoomsPresenceChanged   = "rooms.presence_changed"
	TypeRoomsActivity          = "rooms.activity"
	TypeRoomsChanged           = "rooms.changed" // an addition: a room was made, changed or closed
	TypePresenceJoined         = "presence.joined"
	TypePresenceLeft           = "presence.left"
	TypeChatMessage            = "chat.message"
	TypeChatEdited             = "chat.edited"
	TypeChatDeleted            = "chat.deleted"
	TypeChatReacted            = "chat.reacted"
	TypeCallInitialState       = "call.initial_state"
	TypeVoiceJoined            = "voice.joined"
	TypeVoiceLeft              = "voice.left"
	TypeVoiceParticipantJoined = "voice.participant_joined"
	TypeVoiceParticipantLeft   = "voice.participant_left"
	TypeVoiceSlots             = "voice.slots"
	TypeVoiceSpeaking          = "voice.speaking"
	TypeVoiceTopology          = "voice.topology"
	TypeVoiceQuality           = "voice.quality"
	TypeSFUAnswer              = "sfu.answer"
)

// ErrorPayload is the payload of an error envelope, sent before a refusal
// closes the socket and for input that no request id can be read from.
type ErrorPayload struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

// Ready is the payload of server.ready, the first event of a session (seq 1).
type Ready struct {
	UserID          string `json:"userId"`
	UserName        string `json:"userName"`
	ConnectedAt     Time   `json:"connectedAt"`
	SessionID       string `json:"sessionId"`
	HeartbeatSec    int    `json:"heartbeatSec"`
	ResumeWindowSec int    `json:"resumeWindowSec"`
}

// Resumed is the payload of server.resumed; it has no seq of its own.
type Resumed struct {
	SessionID string `json:"sessionId"`
	Replayed  int    `json:"replayed"`
}

// Ack says that a request took effect. Which of the optional fields are set
// depends on EventType; Ts is Unix milliseconds.
type Ack struct {
	RequestID      string `json:"requestId"`
	EventType      string `json:"eventType"`
	Ts             int64  `json:"ts"`
	RoomID         string `json:"roomId,omitempty"`
	RoomSlug       string `json:"roomSlug,omitempty"`
	MessageID      string `json:"messageId,omitempty"`
	IdempotencyKey string `json:"idempotencyKey,omitempty"`
	Duplicate      bool   `json:"duplicate,omitempty"`
	// RelayedTo counts the sockets that a relayed message was handed to.
	RelayedTo *int `json:"relayedTo,omitempty"`
}

// Nack says why a request had no effect; Ts is Unix milliseconds.
type Nack struct {
	RequestID    string  `json:"requestId"`
	EventType    string  `json:"eventType"`
	Code         Code    `json:"code"`
	Message      string  `json:"message"`
	Ts           int64   `json:"ts"`
	RetryAfterMs int64   `json:"retryAfterMs,omitempty"`
	Issues       []Issue `json:"issues,omitempty"`
}

// Ping is a client's sign of life.
type Ping struct {
	// Seq is of the last event that the client took in: a resume from before it
	// is not possible any more. Left out, the server keeps what it may be asked for.
	Seq uint64 `json:"seq,omitempty"`
}

// Pong answers a ping; Ts is Unix milliseconds.
type Pong struct {
	Ts int64 `json:"ts"`
}
