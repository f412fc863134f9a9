package signaling

import "github.com/boltorezka/boltorezka/signaling/wire"

// view makes the room the active one of a session and answers its request.
func (r *room) view(s *session, req *request) {
	id := s.user.ID
	v := r.viewers[id]
	fresh := v == nil
	if fresh {
		v = &viewer{acc: s.acc, name: s.user.Name, sockets: make(map[*session]struct{})}
		r.viewers[id] = v
	}
	v.sockets[s] = struct{}{}
	s.viewing.Store(&view{r, r.newest})
	r.ears = nil
	s.out.event(encode(wire.TypeRoomJoined, wire.RoomJoined{
		RoomID: r.id, RoomSlug: r.slug, RoomTitle: r.info.Title, MediaTopology: r.topology.current(),
	}))
	s.ack(req, wire.Ack{RoomID: r.id, RoomSlug: r.slug})
	s.out.event(encode(wire.TypeRoomPresence, r.roomPresence()))
	s.out.event(encode(wire.TypeCallInitialState, r.initialState()))
	if fresh {
		v.acc.present(r, true)
		r.presence.dirty = true
		r.announce(encode(wire.TypePresenceJoined, r.presenceChange(id, v.name)), s.sameUser)
	}
}

// unview undoes view; false: the session did not view the room.
func (r *room) unview(s *session) bool {
	if !r.views(s) {
		return false
	}
	id := s.user.ID
	v := r.viewers[id]
	delete(v.sockets, s)
	if now := s.viewing.Load(); now != nil && now.room == r {
		s.viewing.CompareAndSwap(now, nil)
	}
	r.ears = nil
	if len(v.sockets) > 0 {
		return true
	}
	delete(r.viewers, id)
	r.gone(id, v.acc)
	r.presence.dirty = true
	r.announce(encode(wire.TypePresenceLeft, r.presenceChange(id, v.name)), s.sameUser)
	return true
}

// gone forgets a user who is neither viewing nor talking any more.
func (r *room) gone(userID string, acc *account) {
	if r.viewers[userID] == nil && r.members[userID] == nil {
		delete(r.calls, userID)
		acc.present(r, false)
	}
}

func (r *room) presenceChange(userID, name string) wire.PresenceChange {
	return wire.PresenceChange{UserID: userID, UserName: name, RoomSlug: r.slug, PresenceCount: r.presenceCount()}
}

// call returns the last words of a user, to be written to.
func (r *room) call(userID string) *callState {
	c := r.calls[userID]
	if c == nil {
		c = &callState{}
		r.calls[userID] = c
	}
	return c
}

// initialState repeats everybody's last words, but no address of one who has
// said it and hides it by now.
func (r *room) initialState() wire.InitialState {
	st := wire.InitialState{RoomSlug: r.slug, Participants: []wire.InitialStateParticipant{}}
	for id, c := range r.calls {
		p := wire.InitialStateParticipant{UserID: id, Mic: c.mic, Video: c.video}
		if acc := r.account(id); c.tells && (acc == nil || r.hides(acc)) {
			p.Video = nil
		}
		st.Participants = append(st.Participants, p)
	}
	return st
}

// account is that of a user who is in the room; nil: he is not.
func (r *room) account(userID string) *account {
	if m := r.members[userID]; m != nil {
		return m.s.acc
	}
	if v := r.viewers[userID]; v != nil {
		return v.acc
	}
	return nil
}
