package signaling

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// judge holds one session to: seq without a gap, one order of messages without
// a gap while the room is viewed, each as it is stored.
func (c *course) judge(user string, frames []wire.Event) {
	c.t.Helper()
	again := c.again(user)
	seq, room, last := uint64(0), "", int64(0)
	for _, f := range frames {
		if f.Seq != 0 {
			if f.Seq != seq+1 {
				c.t.Errorf("%s: seq %d after %d", user, f.Seq, seq)
			}
			seq = f.Seq
		}
		switch f.Type {
		case wire.TypeRoomJoined:
			room, last = decoded[wire.RoomJoined](c.t, f).RoomID, 0
		case wire.TypeRoomLeft:
			room = ""
		case wire.TypeChatMessage:
			m := decoded[wire.ChatMessage](c.t, f)
			c.history.mu.Lock()
			kept := c.history.messages[m.ID]
			c.history.mu.Unlock()
			if kept == nil || kept.RoomSeq != m.RoomSeq || kept.RoomID != m.RoomID || kept.UserID != m.UserID {
				c.t.Errorf("%s got %+v, which is not what is stored", user, m)
			}
			switch {
			case m.RoomID == room && m.RoomSeq == last+1 && last > 0:
				last = m.RoomSeq
			case again[m.ID]: // the first, once more
			case m.RoomID == room && last == 0:
				last = m.RoomSeq
			default:
				c.t.Errorf("%s in %s: message %d of %s after %d", user, room, m.RoomSeq, m.RoomID, last)
			}
		}
	}
}

// again are the ids of the messages that a user sent more than once.
func (c *course) again(user string) map[string]bool {
	ids := map[string]bool{}
	c.history.mu.Lock()
	defer c.history.mu.Unlock()
	for key, times := range c.said {
		if id, mine := strings.CutPrefix(key, user+"\x00"); mine && times > 1 {
			ids[c.history.keys[user+"\x00"+id].Message.ID] = true
		}
	}
	return ids
}

// judgeBadges counts as a client does, from rooms.activity and the messages of
// the room that it views, and holds the count to what is stored.
func (c *course) judgeBadges(user string, frames []wire.Event) {
	c.t.Helper()
	type badge struct {
		last, read, mentions int64
		told                 bool    // else what is before the first message is taken as read
		own                  int64   // his last message
		named                []int64 // messages of the viewed room that name him
	}
	badges := map[string]*badge{}
	of := func(id string) *badge {
		if badges[id] == nil {
			badges[id] = &badge{}
		}
		return badges[id]
	}
	for _, f := range frames {
		switch f.Type {
		case wire.TypeRoomsActivity:
			a := decoded[wire.RoomsActivity](c.t, f)
			if a.Unread != a.LastSeq-a.ReadSeq || a.Unread < 0 {
				c.t.Errorf("%s: %+v", user, a)
			}
			// The lobby may not have heard of the room's last messages yet.
			b := of(a.RoomID)
			b.told, b.last, b.read = true, max(a.LastSeq, b.last), max(a.ReadSeq, b.own)
			b.mentions = a.Mentions
			if b.own > a.ReadSeq {
				b.mentions = 0
			}
			for _, seq := range b.named {
				if seq > a.LastSeq {
					b.mentions++
				}
			}
		case wire.TypeChatMessage:
			m := decoded[wire.ChatMessage](c.t, f)
			b := of(m.RoomID)
			if m.RoomSeq <= b.last {
				continue // the first, once more
			}
			if !b.told && m.RoomSeq > b.last+1 {
				b.read = m.RoomSeq - 1
			}
			b.last = m.RoomSeq
			if m.UserID == user {
				b.read, b.own, b.mentions, b.named = m.RoomSeq, m.RoomSeq, 0, nil
			} else if slices.Contains(m.Mentions, user) {
				b.mentions++
				b.named = append(b.named, m.RoomSeq)
			}
		}
	}
	for id, b := range badges {
		st := c.history.state(user, id)
		if b.last-b.read != st.LastSeq-st.ReadSeq || b.mentions != st.Mentions {
			c.t.Errorf("%s: counts %+v in %s, stored is %+v", user, *b, id, st)
		}
	}
}

// folded is who is where, as a session was told: the whole, then changes.
func folded(t *testing.T, frames []wire.Event) map[string]map[string]wire.PresentUser {
	rooms := map[string]map[string]wire.PresentUser{}
	for _, f := range frames {
		switch f.Type {
		case wire.TypeRoomsPresence:
			clear(rooms)
			for _, r := range decoded[wire.RoomsPresence](t, f).Rooms {
				rooms[r.RoomSlug] = map[string]wire.PresentUser{}
				for _, u := range r.Users {
					rooms[r.RoomSlug][u.UserID] = u
				}
			}
		case wire.TypeRoomsPresenceChanged:
			r := decoded[wire.RoomPresenceChange](t, f)
			if rooms[r.RoomSlug] == nil {
				rooms[r.RoomSlug] = map[string]wire.PresentUser{}
			}
			for _, u := range r.Users {
				rooms[r.RoomSlug][u.UserID] = u
			}
			for _, id := range r.Left {
				delete(rooms[r.RoomSlug], id)
			}
		}
	}
	maps.DeleteFunc(rooms, func(_ string, users map[string]wire.PresentUser) bool { return len(users) == 0 })
	return rooms
}

func decoded[T any](t *testing.T, f wire.Event) (v T) {
	t.Helper()
	if err := json.Unmarshal(f.Payload, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
