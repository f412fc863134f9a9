package signaling

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// fakeHistory keeps messages in memory, by the rules that the store has: it is
// History and Reading.
type fakeHistory struct {
	mu       sync.Mutex
	messages map[string]*fakeMessage
	rooms    map[string][]*fakeMessage // in their order
	keys     map[string]Stored
	pointers map[string]int64 // by user and room
	err      error
	block    chan struct{}
	batches  []int         // how many messages came together
	fault    func() error  // asked before each call, for faults
	slow     time.Duration // how long each call takes
}

type fakeMessage struct {
	wire.Message
	mentions  []string
	reactions map[string]map[string]bool // users by emoji
}

func newHistory() *fakeHistory {
	return &fakeHistory{
		messages: map[string]*fakeMessage{}, rooms: map[string][]*fakeMessage{}, keys: map[string]Stored{}, pointers: map[string]int64{},
	}
}

// begin is what a call waits for; its error is the call's.
func (h *fakeHistory) begin(ctx context.Context) error {
	if h.block != nil {
		select {
		case <-h.block:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	time.Sleep(h.slow)
	h.mu.Lock()
	if h.err != nil {
		defer h.mu.Unlock()
		return h.err
	}
	if h.fault != nil {
		if err := h.fault(); err != nil {
			defer h.mu.Unlock()
			return err
		}
	}
	return nil
}

func (h *fakeHistory) AppendAll(ctx context.Context, ms []NewMessage) []Appended {
	out := make([]Appended, len(ms))
	if err := h.begin(ctx); err != nil {
		for i := range out {
			out[i].Err = err
		}
		return out
	}
	defer h.mu.Unlock()
	h.batches = append(h.batches, len(ms))
	for i, m := range ms {
		out[i].Stored = h.append(m)
	}
	return out
}

func (h *fakeHistory) append(m NewMessage) Stored {
	key := m.UserID + "\x00" + m.IdempotencyKey
	if st, ok := h.keys[key]; ok && m.IdempotencyKey != "" {
		st.Duplicate = true
		return st
	}
	seq := int64(len(h.rooms[m.RoomID]) + 1)
	f := &fakeMessage{reactions: map[string]map[string]bool{}, Message: wire.Message{
		ID: "m" + strconv.Itoa(len(h.messages)+1), RoomID: m.RoomID, RoomSeq: seq, UserID: m.UserID, UserName: m.UserName,
		Text: m.Text, ReplyTo: m.ReplyTo, CreatedAt: wire.At(time.Now()),
	}}
	for _, word := range strings.Fields(m.Text) {
		if id, ok := strings.CutPrefix(word, "@"); ok && id != m.UserID {
			f.mentions = append(f.mentions, id)
		}
	}
	st := Stored{RequestID: m.RequestID, Message: f.Message, Mentions: f.mentions}
	h.messages[f.ID], h.rooms[m.RoomID], h.keys[key] = f, append(h.rooms[m.RoomID], f), st
	h.pointers[m.UserID+" "+m.RoomID] = seq
	return st
}

func (h *fakeHistory) find(roomID, id string) (*fakeMessage, error) {
	m := h.messages[id]
	if m == nil || (roomID != "" && m.RoomID != roomID) {
		return nil, wire.E(wire.CodeMessageNotFound, "no such message")
	}
	return m, nil
}

func (h *fakeHistory) Edit(ctx context.Context, e MessageEdit) (wire.Message, bool, error) {
	if err := h.begin(ctx); err != nil {
		return wire.Message{}, false, err
	}
	defer h.mu.Unlock()
	m, err := h.find(e.RoomID, e.MessageID)
	now := wire.At(time.Now())
	switch {
	case err != nil:
		return wire.Message{}, false, err
	case m.DeletedAt != nil:
		return wire.Message{}, false, wire.E(wire.CodeMessageNotFound, "deleted")
	case m.UserID != e.UserID:
		return wire.Message{}, false, wire.E(wire.CodeForbidden, "not his")
	case now.Sub(m.CreatedAt.Time) > e.Window:
		return wire.Message{}, false, wire.E(wire.CodeEditWindowExpired, "too late")
	case m.Text == e.Text:
		return m.Message, false, nil
	}
	m.Text, m.EditedAt = e.Text, &now
	return m.Message, true, nil
}

func (h *fakeHistory) Delete(ctx context.Context, d MessageDelete) (wire.Message, bool, error) {
	if err := h.begin(ctx); err != nil {
		return wire.Message{}, false, err
	}
	defer h.mu.Unlock()
	m, err := h.find(d.RoomID, d.MessageID)
	now := wire.At(time.Now())
	switch {
	case err != nil:
		return wire.Message{}, false, err
	case m.UserID != d.UserID && !d.Any:
		return wire.Message{}, false, wire.E(wire.CodeForbidden, "not his")
	case m.DeletedAt != nil:
		return m.Message, false, nil
	case now.Sub(m.CreatedAt.Time) > d.Window && !d.Any:
		return wire.Message{}, false, wire.E(wire.CodeDeleteWindowExpired, "too late")
	}
	m.Text, m.DeletedAt, m.mentions = "", &now, nil
	clear(m.reactions)
	return m.Message, true, nil
}

func (h *fakeHistory) React(ctx context.Context, r MessageReaction) (int, bool, error) {
	if err := h.begin(ctx); err != nil {
		return 0, false, err
	}
	defer h.mu.Unlock()
	m, err := h.find(r.RoomID, r.MessageID)
	if err != nil {
		return 0, false, err
	}
	if m.DeletedAt != nil {
		return 0, false, wire.E(wire.CodeMessageNotFound, "deleted")
	}
	users := m.reactions[r.Emoji]
	if users == nil {
		users = map[string]bool{}
		m.reactions[r.Emoji] = users
	}
	changed := users[r.UserID] != r.On
	users[r.UserID] = r.On
	if !r.On {
		delete(users, r.UserID)
	}
	return len(users), changed, nil
}

func (h *fakeHistory) ReadStates(ctx context.Context, userID string) ([]ReadState, error) {
	if err := h.begin(ctx); err != nil {
		return nil, err
	}
	defer h.mu.Unlock()
	var states []ReadState
	for id := range h.rooms {
		states = append(states, h.state(userID, id))
	}
	return states, nil
}

func (h *fakeHistory) state(userID, roomID string) ReadState {
	all := h.rooms[roomID]
	st := ReadState{RoomID: roomID, LastSeq: int64(len(all)), ReadSeq: h.pointers[userID+" "+roomID]}
	if len(all) > 0 {
		st.LastMessageID = all[len(all)-1].ID
	}
	for _, m := range all {
		if m.RoomSeq > st.ReadSeq && slices.Contains(m.mentions, userID) {
			st.Mentions++
		}
	}
	return st
}

func (h *fakeHistory) MarkRead(ctx context.Context, userID, messageID string) (ReadState, error) {
	if err := h.begin(ctx); err != nil {
		return ReadState{}, err
	}
	defer h.mu.Unlock()
	m, err := h.find("", messageID)
	if err != nil {
		return ReadState{}, err
	}
	key := userID + " " + m.RoomID
	h.pointers[key] = max(h.pointers[key], m.RoomSeq)
	return h.state(userID, m.RoomID), nil
}
