package signaling

import (
	"cmp"
	"slices"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// published is a room's presence for the lobby; it is never changed once it is
// published.
type published struct {
	info     wire.Room
	presence wire.RoomPresence
}

// publish replaces what the lobby knows of the room.
func (r *room) publish() {
	r.published.Store(&published{info: r.info, presence: r.roomPresence()})
}

// roomPresence lists who views the room or talks in it, each once, by name.
func (r *room) roomPresence() wire.RoomPresence {
	users := make([]wire.PresentUser, 0, len(r.viewers)+len(r.members))
	add := func(id, name string, acc *account) {
		u := wire.PresentUser{UserID: id, UserName: name, Status: acc.getStatus()}
		if m := r.members[id]; m != nil {
			u.InVoice, u.Muted, u.Deafened = true, m.muted, m.deafened
		}
		users = append(users, u)
	}
	for id, v := range r.viewers {
		add(id, v.name, v.acc)
	}
	for id, m := range r.members {
		if r.viewers[id] == nil {
			add(id, m.s.user.Name, m.s.acc)
		}
	}
	slices.SortFunc(users, func(a, b wire.PresentUser) int {
		return cmp.Or(cmp.Compare(a.UserName, b.UserName), cmp.Compare(a.UserID, b.UserID))
	})
	return wire.RoomPresence{RoomID: r.id, RoomSlug: r.slug, MediaTopology: r.topology.current(), Users: users}
}

// presenceCount is how many users roomPresence lists.
func (r *room) presenceCount() int {
	n := len(r.viewers)
	for id := range r.members {
		if r.viewers[id] == nil {
			n++
		}
	}
	return n
}

// changeOf is what is different between two presences of a room.
func changeOf(before, now wire.RoomPresence) wire.RoomPresenceChange {
	c := wire.RoomPresenceChange{
		RoomID: now.RoomID, RoomSlug: now.RoomSlug, MediaTopology: now.MediaTopology,
		Users: []wire.PresentUser{}, Left: []string{},
	}
	was := make(map[string]wire.PresentUser, len(before.Users))
	for _, u := range before.Users {
		was[u.UserID] = u
	}
	for _, u := range now.Users {
		if old, there := was[u.UserID]; !there || old != u {
			c.Users = append(c.Users, u)
		}
		delete(was, u.UserID)
	}
	for id := range was {
		c.Left = append(c.Left, id)
	}
	slices.Sort(c.Left)
	return c
}
