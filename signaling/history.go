package signaling

import (
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Appended is what became of one of several messages: Err is as
// History.AppendAll says.
type Appended struct {
	Stored
	Err error
}

// MessageEdit replaces a message's text.
type MessageEdit struct {
	RoomID, MessageID string
	UserID            string // who asks: only the author may
	Text              string
	Window            time.Duration // how long after createdAt it may be done
}

// MessageDelete takes a message's text and reactions away.
type MessageDelete struct {
	RoomID, MessageID string
	UserID            string
	Any               bool          // others' messages too, at any time
	Window            time.Duration // for the author's own
}

// MessageReaction puts an emoji on a message or takes it off.
type MessageReaction struct {
	RoomID, MessageID string
	UserID            string
	Emoji             string
	On                bool
}

// ReadState is how far a user has read a room.
type ReadState struct {
	RoomID        string
	LastMessageID string // empty in a room without messages
	LastSeq       int64
	ReadSeq       int64
	Mentions      int64 // of the messages after ReadSeq
}

// activity is the event that tells a user of it.
func (r ReadState) activity(slug string) wire.RoomsActivity {
	return wire.RoomsActivity{
		RoomID: r.RoomID, RoomSlug: slug, LastMessageID: r.LastMessageID,
		LastSeq: r.LastSeq, ReadSeq: r.ReadSeq, Unread: max(0, r.LastSeq-r.ReadSeq), Mentions: r.Mentions,
	}
}
