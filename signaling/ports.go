package signaling

import (
	"context"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Conn is the one WebSocket beneath a session. Read and Write may be called
// from two goroutines at a time, one each; Close ends both.
type Conn interface {
	// Read returns the next text message, which is valid until the next Read.
	// Its error is io.EOF when the client has closed the socket in order (RFC
	// 6455 section 7.1.5, code 1000 or 1001): it will not come back.
	Read() ([]byte, error)
	// Write sends text messages, in one piece where that can be; it returns
	// once the bytes are handed to the socket or the write deadline has
	// passed, and keeps none of them.
	Write(messages [][]byte) error
	// Close sends a close frame (RFC 6455 section 7.4) and ends the socket: at
	// once for ReasonResumed, since its client waits on another one.
	Close(code int, reason string) error
	// Ping asks the other side for a sign of life (RFC 6455 section 5.5.2) and
	// may be called at any time. Heard counts what has come of it so far,
	// answers to pings among it.
	Ping() error
	Heard() uint64
}

// Caller is who opened a socket, as the edge has found out.
type Caller struct {
	User wire.User
	// AuthSessionID is the signed-in device, so that revoking it ends its sockets.
	AuthSessionID string
	// Host is the name the client reached the server by, without port: what
	// TURN URLs made for it point at.
	Host string
	// RemoteIP is for limits and logs.
	RemoteIP string
	// Resume and After are the query's resume= and after=; Resume is empty
	// for a new session.
	Resume string
	After  uint64
	// Attempt is greater for a socket whose ticket was made later: of two that
	// resume one session, the client has given the other up.
	Attempt uint64
}

// NewMessage is a message to be stored.
type NewMessage struct {
	RoomID         string
	UserID         string
	UserName       string
	Text           string
	ReplyTo        *string
	IdempotencyKey string // empty: none
	RequestID      string
}

// Stored is what History made of a NewMessage. Duplicate says that the same
// user had stored a message under the same idempotency key before; Message
// and RequestID are then the first one's.
type Stored struct {
	Message   wire.Message
	RequestID string
	Duplicate bool
	// Mentions are the ids of those whom the text names with @.
	Mentions []string
}

// History keeps messages. Errors are *wire.Error where the caller is at fault.
type History interface {
	// AppendAll stores messages and gives each its id, roomSeq and createdAt;
	// it returns once that is durable, with an Appended for each in their
	// order. MessageNotFound: its replyTo is not in the room; RoomNotFound.
	AppendAll(ctx context.Context, messages []NewMessage) []Appended
	// Edit and Delete change a message, unless changed is false: it was so
	// before. MessageNotFound: it is not in the room, or was deleted (Edit);
	// Forbidden: it is somebody else's; EditWindowExpired, DeleteWindowExpired.
	Edit(ctx context.Context, e MessageEdit) (m wire.Message, changed bool, err error)
	Delete(ctx context.Context, d MessageDelete) (m wire.Message, changed bool, err error)
	// React returns how many users have the emoji on the message then.
	// MessageNotFound; ValidationError: the message has as many as it takes.
	React(ctx context.Context, r MessageReaction) (count int, changed bool, err error)
}

// Reading keeps how far users have read.
type Reading interface {
	// ReadStates are a user's of all rooms that are not archived.
	ReadStates(ctx context.Context, userID string) ([]ReadState, error)
	// MarkRead moves a user's pointer forward to a message and returns what is
	// then the state of its room. MessageNotFound.
	MarkRead(ctx context.Context, userID, messageID string) (ReadState, error)
}

// Rooms says which rooms there are.
type Rooms interface {
	// RoomBySlug returns RoomNotFound for a slug that is unknown or archived.
	RoomBySlug(ctx context.Context, slug string) (wire.Room, error)
	// ListRooms returns all rooms that are not archived, in their order.
	ListRooms(ctx context.Context) ([]wire.Room, error)
}

// Credentials makes the ICE servers of one voice session.
type Credentials interface {
	// Issue returns the ICE servers for a client that reached the server by
	// host (no port). The TURN credentials last longer than any call, until
	// Revoke is called with the same user and session.
	Issue(userID, voiceSessionID, host string) []wire.ICEServer
	Revoke(userID, voiceSessionID string)
}

// Media is the SFU as signaling sees it.
type Media interface {
	// Join makes the media side of one voice session. It costs nothing but
	// memory until Offer is called.
	Join(MediaJoin) (MediaSession, error)
	// AudioSlots is how many audio slots a client should offer.
	AudioSlots() int
}

// MediaJoin describes a new media session.
type MediaJoin struct {
	RoomID   string
	UserID   string
	CSRC     uint32
	Muted    bool
	Deafened bool
	Priority bool // see MediaSession.SetPriority
	// Test says that this is no conversation: the room is left out of what is
	// counted and shown of rooms.
	Test   bool
	Events MediaEvents
}

// MediaState is the state of the path between a client and the SFU.
type MediaState string

// The media states.
const (
	MediaConnected    MediaState = "connected"
	MediaDisconnected MediaState = "disconnected" // consent lost; an ICE restart may mend it
)

// MediaSlot says whose voice a listener's slot carries; CSRC 0: nobody's.
type MediaSlot struct {
	Slot int
	MID  string
	CSRC uint32
}

// MediaEvents are called by the SFU, one at a time for one session, from its
// own goroutines: they must not block and must not call the session back. A
// nil one is not called. None is called after MediaSession.Close has returned.
type MediaEvents struct {
	// State tells of the path's changes.
	State func(MediaState)
	// Slots tells who is in this listener's slots, at most four times a second.
	Slots func([]MediaSlot)
	// Speaking tells whether this participant is heard speaking by the SFU.
	Speaking func(bool)
	// Quality tells what this participant is sent and should send, on change and
	// every few seconds while it is not good.
	Quality func(wire.VoiceQuality)
	// FirstMedia is called once, when this participant's first packet of
	// voice has arrived or been sent to him.
	FirstMedia func()
}

// MediaSession is one participant's session on the SFU. Its methods may be
// called from one goroutine at a time and do not wait for the network.
type MediaSession interface {
	// Offer takes a client's offer and returns the whole answer. An error is a
	// *wire.Error: NegotiationFailed for an SDP that is none or offers nothing
	// usable, which leaves the session as it was.
	Offer(ctx context.Context, sdp string, tracks []wire.Track) (answer string, err error)
	// Candidate takes one candidate of the client; nil ends them. It is
	// NegotiationFailed before the first offer.
	Candidate(c *wire.ICECandidate) error
	SetMuted(bool)
	SetDeafened(bool)
	// SetPriority says whether this participant is on the stage: those who are
	// get an audio slot before others.
	SetPriority(bool)
	// Ignore replaces the list of those whom this listener is not sent.
	Ignore(csrcs []uint32)
	// Report takes the client's own word on what he hears.
	Report(wire.VoiceStats)
	Close()
}
