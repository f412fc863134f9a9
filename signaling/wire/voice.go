package wire

import "encoding/json"

// VoiceJoin asks to take part in a room's voice.
type VoiceJoin struct {
	RoomSlug string `json:"roomSlug"`
	Muted    bool   `json:"muted"`
	Deafened bool   `json:"deafened"`
	// P2P says that this client can do pairs and lets others see its address.
	P2P bool `json:"p2p,omitempty"`
	// RelayOnly says that no participant is to learn this client's address: it
	// reaches the SFU by TURN, the room stays on the SFU, and signals of pairs go
	// neither from it nor to it. It overrides P2P. NoRelay where there is no TURN.
	RelayOnly bool `json:"relayOnly,omitempty"`
}

// Participant is somebody in a room's voice. CSRC is nonzero and his for the
// whole voice session: it is the only CSRC of the audio he is heard by
// (RFC 3550 section 5.1).
type Participant struct {
	UserID   string `json:"userId"`
	UserName string `json:"userName"`
	CSRC     uint32 `json:"csrc"`
	Muted    bool   `json:"muted"`
	Deafened bool   `json:"deafened"`
}

// ICEServer is an RTCIceServer (W3C WebRTC section 4.2.4).
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// ICETransportPolicy is an RTCIceTransportPolicy.
type ICETransportPolicy string

// The ICE transport policies.
const (
	ICEAll   ICETransportPolicy = "all"
	ICERelay ICETransportPolicy = "relay"
)

// SFUInfo tells a client about the SFU: it makes AudioSlots recvonly lines.
type SFUInfo struct {
	AudioSlots int `json:"audioSlots"`
}

// VoiceJoined answers VoiceJoin. Epoch is the one of the SFU session: it goes
// into sfu.offer and sfu.ice and does not age with the topology.
type VoiceJoined struct {
	RoomID             string             `json:"roomId"`
	RoomSlug           string             `json:"roomSlug"`
	Topology           Topology           `json:"topology"`
	Epoch              uint32             `json:"epoch"`
	ICEServers         []ICEServer        `json:"iceServers"`
	ICETransportPolicy ICETransportPolicy `json:"iceTransportPolicy"`
	CSRC               uint32             `json:"csrc"`
	SFU                SFUInfo            `json:"sfu"`
	Participants       []Participant      `json:"participants"`
}

// VoiceParticipantJoined tells a room's others of a new participant.
type VoiceParticipantJoined struct {
	RoomSlug string `json:"roomSlug"`
	Participant
}

// LeaveReason says why somebody is no longer in voice.
type LeaveReason string

// The reasons of voice.left and voice.participant_left.
const (
	LeaveLeft         LeaveReason = "left"
	LeaveMoved        LeaveReason = "moved"        // joined from another device or in another room
	LeaveDisconnected LeaveReason = "disconnected" // the socket was lost and did not come back
	LeaveKicked       LeaveReason = "kicked"
	LeaveRoomClosed   LeaveReason = "roomClosed"
)

// VoiceLeft tells a client that its voice session has ended.
type VoiceLeft struct {
	RoomSlug string      `json:"roomSlug"`
	Reason   LeaveReason `json:"reason"`
}

// VoiceParticipantLeft tells a room's others that somebody has gone.
type VoiceParticipantLeft struct {
	RoomSlug string      `json:"roomSlug"`
	UserID   string      `json:"userId"`
	Reason   LeaveReason `json:"reason"`
}

// VoiceIgnore is the whole list of those whom a listener does not want.
type VoiceIgnore struct {
	UserIDs []string `json:"userIds"`
}

// VoiceStage is the whole list of those who are to be on the stage of the
// sender's room: they get an audio slot before all others.
type VoiceStage struct {
	UserIDs []string `json:"userIds"`
}

// VoiceOnStage says who is on a room's stage: on change, and after voice.joined
// unless it is nobody. Who leaves the room's voice leaves the stage.
type VoiceOnStage struct {
	RoomSlug string   `json:"roomSlug"`
	UserIDs  []string `json:"userIds"`
}

// TrackSource says what a track carries.
type TrackSource string

// The track sources.
const (
	SourceMic         TrackSource = "mic"
	SourceCamera      TrackSource = "camera"
	SourceScreen      TrackSource = "screen"
	SourceScreenAudio TrackSource = "screenAudio"
)

// Layer is one of a microphone's two encodings.
type Layer string

// The layers.
const (
	LayerHigh Layer = "high"
	LayerLow  Layer = "low"
)

// Track names one sending m-line of an offer.
type Track struct {
	MID    string      `json:"mid"`
	Source TrackSource `json:"source"`
	Layer  Layer       `json:"layer,omitempty"`
}

// SFUOffer is a client's offer to the SFU; offering again is an ICE restart or
// a change of its own tracks.
type SFUOffer struct {
	Epoch  uint32  `json:"epoch"`
	SDP    string  `json:"sdp"`
	Tracks []Track `json:"tracks,omitempty"`
}

// SFUAnswer answers SFUOffer.
type SFUAnswer struct {
	Epoch      uint32      `json:"epoch"`
	SDP        string      `json:"sdp"`
	ICEServers []ICEServer `json:"iceServers,omitempty"`
}

// ICECandidate is an RTCIceCandidateInit (W3C WebRTC section 4.8.1).
type ICECandidate struct {
	Candidate        string  `json:"candidate"`
	SDPMid           *string `json:"sdpMid,omitempty"`
	SDPMLineIndex    *uint16 `json:"sdpMLineIndex,omitempty"`
	UsernameFragment *string `json:"usernameFragment,omitempty"`
}

// SFUICE carries one candidate; a nil Candidate ends them.
type SFUICE struct {
	Epoch     uint32        `json:"epoch"`
	Candidate *ICECandidate `json:"candidate"`
}

// Slot says whose voice a slot carries; UserID is nil for an empty one.
type Slot struct {
	Slot   int     `json:"slot"`
	MID    string  `json:"mid"`
	UserID *string `json:"userId"`
}

// VoiceSlots says who is in this listener's slots, on change.
type VoiceSlots struct {
	Slots []Slot `json:"slots"`
}

// VoiceSpeaking lists who speaks in a room, on change.
type VoiceSpeaking struct {
	RoomSlug string   `json:"roomSlug"`
	UserIDs  []string `json:"userIds"`
}

// TopologyPhase is a step of a room's change between P2P and SFU.
type TopologyPhase string

// The phases.
const (
	PhasePrepare TopologyPhase = "prepare"
	PhaseCommit  TopologyPhase = "commit"
	PhaseAbort   TopologyPhase = "abort"
)

// VoiceTopology tells the room's participants of a change; Epoch counts the
// room's changes.
type VoiceTopology struct {
	RoomSlug string        `json:"roomSlug"`
	Topology Topology      `json:"topology"`
	Epoch    uint32        `json:"epoch"`
	Phase    TopologyPhase `json:"phase"`
	Reason   string        `json:"reason"`
}

// VoiceReady says that all of a participant's pairs are connected.
type VoiceReady struct {
	Epoch uint32 `json:"epoch"`
}

// MicState is call.mic_state: what a participant says of his microphone.
// AudioMuted means deafened.
type MicState struct {
	Muted      bool `json:"muted"`
	Speaking   bool `json:"speaking"`
	AudioMuted bool `json:"audioMuted"`
}

// VideoState is call.video_state; Settings is the client's own JSON object.
type VideoState struct {
	Settings json.RawMessage `json:"settings"`
}

// RelayedFrom is what the server adds to whatever it relays.
type RelayedFrom struct {
	FromUserID   string `json:"fromUserId"`
	FromUserName string `json:"fromUserName"`
	RoomID       string `json:"roomId"`
	RoomSlug     string `json:"roomSlug"`
	Ts           Time   `json:"ts"`
}

// RelayedMicState is call.mic_state as others get it.
type RelayedMicState struct {
	RelayedFrom
	MicState
}

// RelayedVideoState is call.video_state as others get it.
type RelayedVideoState struct {
	RelayedFrom
	VideoState
}

// CallSignal is call.offer, call.answer and call.ice as a client sends them.
// Without TargetUserID it goes to all others of the room; without Epoch
// nothing is stale.
type CallSignal struct {
	TargetUserID string          `json:"targetUserId,omitempty"`
	Signal       json.RawMessage `json:"signal"`
	Epoch        *uint32         `json:"epoch,omitempty"`
}

// CallEnd is call.reject and call.hangup as a client sends them.
type CallEnd struct {
	TargetUserID string  `json:"targetUserId,omitempty"`
	Reason       string  `json:"reason,omitempty"`
	Epoch        *uint32 `json:"epoch,omitempty"`
}

// RelayedCall is call.offer, call.answer, call.ice, call.reject and
// call.hangup as the target gets them.
type RelayedCall struct {
	RelayedFrom
	TargetUserID string          `json:"targetUserId,omitempty"`
	Epoch        *uint32         `json:"epoch,omitempty"`
	Signal       json.RawMessage `json:"signal,omitempty"`
	Reason       string          `json:"reason,omitempty"`
}

// CallFailed says that a pair cannot connect or has lost its media.
type CallFailed struct {
	TargetUserID string `json:"targetUserId"`
	Reason       string `json:"reason"`
	Epoch        uint32 `json:"epoch"`
}

// VoiceStats is a client's report on its voice, every five seconds. Fields
// that the client cannot measure are absent.
type VoiceStats struct {
	RTTMs         *float64 `json:"rttMs,omitempty"`
	JitterMs      *float64 `json:"jitterMs,omitempty"`
	LossPct       *float64 `json:"lossPct,omitempty"`
	ConcealedPct  *float64 `json:"concealedPct,omitempty"`
	ICEState      string   `json:"iceState,omitempty"`
	CandidateType string   `json:"candidateType,omitempty"`
	// Transport is how the client's end of the path travels: udp or tcp, and to a
	// relay also tls.
	Transport string `json:"transport,omitempty"`
}
