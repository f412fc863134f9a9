package signaling

import (
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// from is what the server adds to what it relays.
func (r *room) from(s *session) wire.RelayedFrom {
	return wire.RelayedFrom{
		FromUserID: s.user.ID, FromUserName: s.user.Name,
		RoomID: r.id, RoomSlug: r.slug, Ts: wire.At(time.Now()),
	}
}

// holds says whether s is in the room, viewing or talking.
func (r *room) holds(s *session) bool {
	if m := r.members[s.user.ID]; m != nil && m.s == s {
		return true
	}
	return r.views(s)
}

// relay passes a P2P signal on: to the socket of the target that is in voice,
// or else to those that view the room; without a target to everybody's. See
// hidden.go for those who are left out.
func (r *room) relay(s *session, typ string, c wire.RelayedCall) (relayedTo int, err error) {
	if !r.holds(s) {
		return 0, errNoActiveRoom()
	}
	if c.Epoch != nil && *c.Epoch != r.topology.epoch {
		return 0, errStaleEpoch()
	}
	signal := c.Signal != nil
	if (signal || namesAddress(c.Reason)) && r.hides(s.acc) {
		return 0, errHidden()
	}
	c.RelayedFrom = r.from(s)
	if c.TargetUserID != "" {
		to := r.reach(c.TargetUserID)
		if len(to) == 0 || c.TargetUserID == s.user.ID {
			return 0, errTargetNotInRoom()
		}
		if signal && r.hides(to[0].acc) {
			return 0, errTargetHidden()
		}
		return hand(to, encode(typ, c)), nil
	}
	f := encode(typ, c)
	for id, m := range r.members {
		if id != s.user.ID && !(signal && r.hides(m.s.acc)) {
			relayedTo += hand(r.reach(id), f)
		}
	}
	for id, v := range r.viewers {
		if id != s.user.ID && r.members[id] == nil && !(signal && r.hides(v.acc)) {
			relayedTo += hand(r.reach(id), f)
		}
	}
	return relayedTo, nil
}

// reach are the sockets that a signal for a user goes to.
func (r *room) reach(userID string) []*session {
	if m := r.members[userID]; m != nil {
		return []*session{m.s}
	}
	v := r.viewers[userID]
	if v == nil {
		return nil
	}
	to := make([]*session, 0, len(v.sockets))
	for s := range v.sockets {
		to = append(to, s)
	}
	return to
}

func hand(to []*session, f frame) (n int) {
	for _, s := range to {
		if s.out.event(f) {
			n++
		}
	}
	return n
}

func errNoActiveRoom() *wire.Error {
	return wire.E(wire.CodeNoActiveRoom, "this socket is in no room; send room.join first")
}

func errStaleEpoch() *wire.Error {
	return wire.E(wire.CodeStaleEpoch, "epoch: this is of an earlier session or change")
}

func errTargetNotInRoom() *wire.Error {
	return wire.E(wire.CodeTargetNotInRoom, "targetUserId: nobody else of this id is in the room")
}
