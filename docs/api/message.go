package api

import "github.com/boltorezka/boltorezka/signaling/wire"

// Message is one type of WebSocket message in one direction.
type Message struct {
	Type    string
	Summary string
	Payload any // a wire type; nil: an empty object
	// Answer is what an ack of it carries beyond requestId, eventType and ts.
	Answer []string
	// Codes are those of its nacks, besides ValidationError, RateLimited,
	// Forbidden and Internal.
	Codes []wire.Code
	// Unnumbered: it has no seq.
	Unnumbered bool
}

var ofMessages = []wire.Code{wire.CodeNoActiveRoom, wire.CodeMessageNotFound}

// FromClient are the messages that a client sends.
var FromClient = []Message{
	{Type: wire.TypePing, Summary: "Still here, and what was heard; a pong and an ack come back", Payload: wire.Ping{}},
	{Type: wire.TypeRoomJoin, Summary: "View a room; another one is left", Payload: wire.RoomJoin{}, Answer: []string{"roomId", "roomSlug"}, Codes: []wire.Code{wire.CodeRoomNotFound}},
	{Type: wire.TypeRoomLeave, Summary: "View no room", Answer: []string{"roomId", "roomSlug"}, Codes: []wire.Code{wire.CodeNoActiveRoom}},
	{Type: wire.TypePresenceStatus, Summary: "Say of oneself: online, idle or dnd", Payload: wire.SetStatus{}},
	{Type: wire.TypeChatSend, Summary: "Store a message in the active room", Payload: wire.ChatSend{}, Answer: []string{"messageId", "idempotencyKey", "duplicate"}, Codes: []wire.Code{wire.CodeNoActiveRoom, wire.CodeMessageNotFound, wire.CodeRoomNotFound}},
	{Type: wire.TypeChatEdit, Summary: "Replace the text of an own message", Payload: wire.ChatEdit{}, Answer: []string{"messageId"}, Codes: append(ofMessages, wire.CodeEditWindowExpired)},
	{Type: wire.TypeChatDelete, Summary: "Delete a message", Payload: wire.ChatDelete{}, Answer: []string{"messageId"}, Codes: append(ofMessages, wire.CodeDeleteWindowExpired)},
	{Type: wire.TypeChatReact, Summary: "Put an emoji on a message or take it off", Payload: wire.ChatReact{}, Answer: []string{"messageId"}, Codes: ofMessages},
	{Type: wire.TypeChatTyping, Summary: "Writing, every few seconds", Payload: wire.ChatTyping{}, Codes: []wire.Code{wire.CodeNoActiveRoom}},
	{Type: wire.TypeChatRead, Summary: "Has been read up to here, in any room", Payload: wire.ChatRead{}, Answer: []string{"messageId", "roomId", "roomSlug"}, Codes: []wire.Code{wire.CodeMessageNotFound}},
	{Type: wire.TypeVoiceJoin, Summary: "Join a room's voice", Payload: wire.VoiceJoin{}, Answer: []string{"roomId", "roomSlug"}, Codes: []wire.Code{wire.CodeRoomNotFound, wire.CodeRoomFull, wire.CodeNoRelay}},
	{Type: wire.TypeVoiceLeave, Summary: "Leave it", Answer: []string{"roomId", "roomSlug"}, Codes: []wire.Code{wire.CodeNotInVoice}},
	{Type: wire.TypeVoiceIgnore, Summary: "Whom one does not want to be sent, all of them", Payload: wire.VoiceIgnore{}, Codes: []wire.Code{wire.CodeNotInVoice}},
	{Type: wire.TypeVoiceStage, Summary: "Who is on the room's stage and gets an audio slot before others, all of them; for moderators and up", Payload: wire.VoiceStage{}, Codes: []wire.Code{wire.CodeNotInVoice, wire.CodeTargetNotInRoom}},
	{Type: wire.TypeVoiceReady, Summary: "All pairs are connected", Payload: wire.VoiceReady{}, Codes: []wire.Code{wire.CodeNotInVoice, wire.CodeStaleEpoch}},
	{Type: wire.TypeVoiceStats, Summary: "The client's own report, every five seconds", Payload: wire.VoiceStats{}, Codes: []wire.Code{wire.CodeNotInVoice}},
	{Type: wire.TypeSFUOffer, Summary: "Offer to the SFU; again: an ICE restart or other tracks", Payload: wire.SFUOffer{}, Codes: []wire.Code{wire.CodeNotInVoice, wire.CodeStaleEpoch, wire.CodeNegotiationFailed}},
	{Type: wire.TypeSFUICE, Summary: "A candidate", Payload: wire.SFUICE{}, Codes: []wire.Code{wire.CodeNotInVoice, wire.CodeStaleEpoch, wire.CodeNegotiationFailed}},
	{Type: wire.TypeCallMicState, Summary: "What the microphone does; goes to the room's others", Payload: wire.MicState{}, Answer: []string{"relayedTo"}, Codes: []wire.Code{wire.CodeNoActiveRoom}},
	{Type: wire.TypeCallVideoState, Summary: "The same of a camera", Payload: wire.VideoState{}, Answer: []string{"relayedTo"}, Codes: []wire.Code{wire.CodeNoActiveRoom}},
	{Type: wire.TypeCallOffer, Summary: "A pair's offer", Payload: wire.CallSignal{}, Answer: []string{"relayedTo"}, Codes: ofPairs},
	{Type: wire.TypeCallAnswer, Summary: "A pair's answer", Payload: wire.CallSignal{}, Answer: []string{"relayedTo"}, Codes: ofPairs},
	{Type: wire.TypeCallICE, Summary: "A pair's candidate", Payload: wire.CallSignal{}, Answer: []string{"relayedTo"}, Codes: ofPairs},
	{Type: wire.TypeCallReject, Summary: "A pair is refused", Payload: wire.CallEnd{}, Answer: []string{"relayedTo"}, Codes: ofPairs},
	{Type: wire.TypeCallHangup, Summary: "A pair is ended", Payload: wire.CallEnd{}, Answer: []string{"relayedTo"}, Codes: ofPairs},
	{Type: wire.TypeCallFailed, Summary: "A pair cannot connect or has lost its media; the room goes back to the SFU", Payload: wire.CallFailed{}, Codes: []wire.Code{wire.CodeNotInVoice, wire.CodeStaleEpoch}},
}

var ofPairs = []wire.Code{wire.CodeNoActiveRoom, wire.CodeTargetNotInRoom, wire.CodeStaleEpoch}

// FromServer are the messages that a server sends.
var FromServer = []Message{
	{Type: wire.TypeServerReady, Summary: "First of a new session, seq 1", Payload: wire.Ready{}},
	{Type: wire.TypeServerResumed, Summary: "In its place: the session goes on, what was missed follows", Payload: wire.Resumed{}, Unnumbered: true},
	{Type: wire.TypeAck, Summary: "A request has taken effect", Payload: wire.Ack{}, Unnumbered: true},
	{Type: wire.TypeNack, Summary: "A request had none", Payload: wire.Nack{}, Unnumbered: true},
	{Type: wire.TypeError, Summary: "A refusal that no request is named of; the socket closes, or goes on", Payload: wire.ErrorPayload{}, Unnumbered: true},
	{Type: wire.TypePong, Summary: "Answers a ping", Payload: wire.Pong{}, Unnumbered: true},
	{Type: wire.TypeRoomsPresence, Summary: "The whole visible tree, after server.ready", Payload: wire.RoomsPresence{}},
	{Type: wire.TypeRoomsPresenceChanged, Summary: "What is different in one room since", Payload: wire.RoomPresenceChange{}},
	{Type: wire.TypeRoomsActivity, Summary: "What there is to read in a room", Payload: wire.RoomsActivity{}},
	{Type: wire.TypeRoomsChanged, Summary: "The list of rooms is another; fetch the tree", Payload: wire.RoomsChanged{}},
	{Type: wire.TypeRoomJoined, Summary: "The room that is viewed now", Payload: wire.RoomJoined{}},
	{Type: wire.TypeRoomLeft, Summary: "It is viewed no more", Payload: wire.RoomLeft{}},
	{Type: wire.TypeRoomPresence, Summary: "Who is in the room that was joined", Payload: wire.RoomPresence{}},
	{Type: wire.TypePresenceJoined, Summary: "Somebody views the room now", Payload: wire.PresenceChange{}},
	{Type: wire.TypePresenceLeft, Summary: "Somebody views it no more", Payload: wire.PresenceChange{}},
	{Type: wire.TypeChatMessage, Summary: "A stored message", Payload: wire.ChatMessage{}},
	{Type: wire.TypeChatEdited, Summary: "It has another text", Payload: wire.ChatEdited{}},
	{Type: wire.TypeChatDeleted, Summary: "It was deleted", Payload: wire.ChatDeleted{}},
	{Type: wire.TypeChatReacted, Summary: "A reaction was put on or taken off", Payload: wire.ChatReacted{}},
	{Type: wire.TypeChatTyping, Summary: "Somebody is writing; it holds for a few seconds", Payload: wire.Typing{}},
	{Type: wire.TypeCallInitialState, Summary: "Everybody's last word about microphone and camera", Payload: wire.InitialState{}},
	{Type: wire.TypeCallMicState, Summary: "Somebody's microphone", Payload: wire.RelayedMicState{}},
	{Type: wire.TypeCallVideoState, Summary: "Somebody's camera", Payload: wire.RelayedVideoState{}},
	{Type: wire.TypeCallOffer, Summary: "A pair's offer", Payload: wire.RelayedCall{}},
	{Type: wire.TypeCallAnswer, Summary: "A pair's answer", Payload: wire.RelayedCall{}},
	{Type: wire.TypeCallICE, Summary: "A pair's candidate", Payload: wire.RelayedCall{}},
	{Type: wire.TypeCallReject, Summary: "A pair was refused", Payload: wire.RelayedCall{}},
	{Type: wire.TypeCallHangup, Summary: "A pair was ended", Payload: wire.RelayedCall{}},
	{Type: wire.TypeVoiceJoined, Summary: "In voice, with what the SFU needs", Payload: wire.VoiceJoined{}},
	{Type: wire.TypeVoiceLeft, Summary: "Out of it", Payload: wire.VoiceLeft{}},
	{Type: wire.TypeVoiceParticipantJoined, Summary: "Somebody joined voice", Payload: wire.VoiceParticipantJoined{}},
	{Type: wire.TypeVoiceParticipantLeft, Summary: "Somebody left voice", Payload: wire.VoiceParticipantLeft{}},
	{Type: wire.TypeVoiceSlots, Summary: "Whose voice the own slots carry", Payload: wire.VoiceSlots{}},
	{Type: wire.TypeVoiceSpeaking, Summary: "Who speaks in a room", Payload: wire.VoiceSpeaking{}},
	{Type: wire.TypeVoiceStage, Summary: "Who is on the room's stage", Payload: wire.VoiceOnStage{}},
	{Type: wire.TypeVoiceQuality, Summary: "What the own voice path gets and should send", Payload: wire.VoiceQuality{}},
	{Type: wire.TypeVoiceTopology, Summary: "A step between P2P and SFU", Payload: wire.VoiceTopology{}},
	{Type: wire.TypeSFUAnswer, Summary: "The SFU's answer", Payload: wire.SFUAnswer{}},
	{Type: wire.TypeSFUICE, Summary: "A candidate of the SFU's", Payload: wire.SFUICE{}},
}
