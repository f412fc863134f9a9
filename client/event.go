package client

import (
	"encoding/json"
	"fmt"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Event is something that a server said without being asked, or, with Type
// TypeConnection, something that happened to the connection itself.
type Event struct {
	// Type is one of wire's server types, TypeConnection or TypeRepair.
	Type string
	// Seq is the event's number in its session; 0 for those without one.
	Seq uint64
	// Payload is a pointer to the wire type of Type (*wire.ChatMessage for
	// chat.message, and so on), *ConnectionChange for TypeConnection,
	// *VoiceRepair for TypeRepair, and json.RawMessage for a type that this package does not know.
	Payload any
}

// payloads makes the payload of each type that a server sends.
var payloads = map[string]func() any{
	wire.TypeError:                  func() any { return new(wire.ErrorPayload) },
	wire.TypeServerReady:            func() any { return new(wire.Ready) },
	wire.TypeServerResumed:          func() any { return new(wire.Resumed) },
	wire.TypeAck:                    func() any { return new(wire.Ack) },
	wire.TypeNack:                   func() any { return new(wire.Nack) },
	wire.TypePong:                   func() any { return new(wire.Pong) },
	wire.TypeRoomJoined:             func() any { return new(wire.RoomJoined) },
	wire.TypeRoomLeft:               func() any { return new(wire.RoomLeft) },
	wire.TypeRoomPresence:           func() any { return new(wire.RoomPresence) },
	wire.TypeRoomsPresence:          func() any { return new(wire.RoomsPresence) },
	wire.TypeRoomsPresenceChanged:   func() any { return new(wire.RoomPresenceChange) },
	wire.TypePresenceJoined:         func() any { return new(wire.PresenceChange) },
	wire.TypePresenceLeft:           func() any { return new(wire.PresenceChange) },
	wire.TypeChatMessage:            func() any { return new(wire.ChatMessage) },
	wire.TypeChatEdited:             func() any { return new(wire.ChatEdited) },
	wire.TypeChatDeleted:            func() any { return new(wire.ChatDeleted) },
	wire.TypeChatTyping:             func() any { return new(wire.Typing) },
	wire.TypeChatReacted:            func() any { return new(wire.ChatReacted) },
	wire.TypeRoomsActivity:          func() any { return new(wire.RoomsActivity) },
	wire.TypeRoomsChanged:           func() any { return new(wire.RoomsChanged) },
	wire.TypeCallInitialState:       func() any { return new(wire.InitialState) },
	wire.TypeCallMicState:           func() any { return new(wire.RelayedMicState) },
	wire.TypeCallVideoState:         func() any { return new(wire.RelayedVideoState) },
	wire.TypeCallOffer:              func() any { return new(wire.RelayedCall) },
	wire.TypeCallAnswer:             func() any { return new(wire.RelayedCall) },
	wire.TypeCallICE:                func() any { return new(wire.RelayedCall) },
	wire.TypeCallReject:             func() any { return new(wire.RelayedCall) },
	wire.TypeCallHangup:             func() any { return new(wire.RelayedCall) },
	wire.TypeVoiceJoined:            func() any { return new(wire.VoiceJoined) },
	wire.TypeVoiceLeft:              func() any { return new(wire.VoiceLeft) },
	wire.TypeVoiceParticipantJoined: func() any { return new(wire.VoiceParticipantJoined) },
	wire.TypeVoiceParticipantLeft:   func() any { return new(wire.VoiceParticipantLeft) },
	wire.TypeVoiceSlots:             func() any { return new(wire.VoiceSlots) },
	wire.TypeVoiceSpeaking:          func() any { return new(wire.VoiceSpeaking) },
	wire.TypeVoiceStage:             func() any { return new(wire.VoiceOnStage) },
	wire.TypeVoiceTopology:          func() any { return new(wire.VoiceTopology) },
	wire.TypeVoiceQuality:           func() any { return new(wire.VoiceQuality) },
	wire.TypeSFUAnswer:              func() any { return new(wire.SFUAnswer) },
	wire.TypeSFUICE:                 func() any { return new(wire.SFUICE) },
}

// DecodeEvent reads one message of a server. A payload that does not have its
// type's shape is an error; a type that is not known is none.
func DecodeEvent(b []byte) (Event, error) {
	var w wire.Event
	if err := json.Unmarshal(b, &w); err != nil {
		return Event{}, fmt.Errorf("client: event: %w", err)
	}
	if w.Type == "" {
		return Event{}, fmt.Errorf("client: event without a type")
	}
	e := Event{Type: w.Type, Seq: w.Seq, Payload: w.Payload}
	if mk, ok := payloads[w.Type]; ok {
		p := mk()
		if len(w.Payload) > 0 {
			if err := json.Unmarshal(w.Payload, p); err != nil {
				return Event{}, fmt.Errorf("client: event %s: %w", w.Type, err)
			}
		}
		e.Payload = p
	}
	return e, nil
}

// TypeConnection is the Type of events about the connection itself. They are
// in Events in their place among the server's.
const TypeConnection = "connection"

// ConnectionState is what has become of a connection.
type ConnectionState string

// The connection states.
const (
	// StateConnected: a new session; what happened before it is in History.
	StateConnected ConnectionState = "connected"
	// StateResumed: the old session goes on and nothing was missed.
	StateResumed ConnectionState = "resumed"
	// StateReconnecting: the socket was lost; requests wait.
	StateReconnecting ConnectionState = "reconnecting"
	// StateRoomLost: connected again, but the room could not be joined again.
	StateRoomLost ConnectionState = "roomLost"
	// StateClosed: ended for good; Err says why. No event follows.
	StateClosed ConnectionState = "closed"
)

// ConnectionChange is the payload of a TypeConnection event.
type ConnectionChange struct {
	State ConnectionState
	// Err is why, where there is a reason.
	Err error
}
