package client

import (
	"slices"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// roster is who is in a room's voice. It is never changed: the loop makes
// another, and the packet readers load the newest.
type roster struct {
	self   uint32 // our own CSRC
	list   []wire.Participant
	byCSRC map[uint32]string
}

func newRoster(self uint32, list []wire.Participant) *roster {
	r := &roster{self: self, list: list, byCSRC: make(map[uint32]string, len(list))}
	for _, p := range list {
		r.byCSRC[p.CSRC] = p.UserID
	}
	return r
}

func (r *roster) with(p wire.Participant) *roster {
	return newRoster(r.self, append(r.others(p.UserID), p))
}

func (r *roster) without(userID string) *roster { return newRoster(r.self, r.others(userID)) }

func (r *roster) mic(userID string, m wire.MicState) *roster {
	list := slices.Clone(r.list)
	for i := range list {
		if list[i].UserID == userID {
			list[i].Muted, list[i].Deafened = m.Muted, m.AudioMuted
		}
	}
	return newRoster(r.self, list)
}

func (r *roster) others(userID string) []wire.Participant {
	list := make([]wire.Participant, 0, len(r.list)+1)
	for _, p := range r.list {
		if p.UserID != userID {
			list = append(list, p)
		}
	}
	return list
}
