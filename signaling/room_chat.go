package signaling

import "github.com/boltorezka/boltorezka/signaling/wire"

// submit hands a deed in the active room to its appender, which answers the
// request. make is given the room.
func (s *session) submit(req *request, make func(*room) deed) error {
	r := s.room
	viewing := false
	if r == nil || r.loop.call(func() { viewing = r.views(s) }) != nil || !viewing {
		return errNoActiveRoom()
	}
	d := make(r)
	d.s, d.req, req.later = s, req, true
	taken, err := r.chat.try(d)
	if err != nil {
		return errNoActiveRoom()
	}
	if !taken {
		s.hub.gauge.chatRefused.Add(1)
		return &wire.Error{Code: wire.CodeRateLimited, Message: "the room has more messages than can be stored; try again", RetryAfterMs: 1000}
	}
	return nil
}

// stored brings outcomes from the appender to the loop.
func (r *room) stored(outcomes []outcome) {
	slugs := make([]string, len(outcomes))
	for i, o := range outcomes {
		slugs[i] = r.slug
		if o.err == nil && o.act == nil && o.st.Message.RoomID != r.id {
			// A duplicate of a message that was sent in another room.
			slugs[i] = r.hub.slugOf(o.st.Message.RoomID)
		}
	}
	// The loop outlives the appender, so this cannot fail.
	_ = r.loop.post(func() {
		for i, o := range outcomes {
			switch {
			case o.err != nil:
				o.s.fail(o.req, o.err)
			case o.act != nil:
				o.then()
			default:
				r.deliver(o, slugs[i])
			}
		}
	})
}

// deliver sends a stored message to everybody and the ack to its sender.
func (r *room) deliver(o outcome, slug string) {
	m := o.st.Message
	f := encode(wire.TypeChatMessage, wire.ChatMessage{
		ID: m.ID, RoomID: m.RoomID, RoomSlug: slug, RoomSeq: m.RoomSeq,
		UserID: m.UserID, UserName: m.UserName, Text: m.Text, CreatedAt: m.CreatedAt,
		ReplyTo: m.ReplyTo, SenderRequestID: o.st.RequestID, Mentions: o.st.Mentions,
	})
	if o.st.Duplicate {
		o.s.out.event(f)
	} else {
		r.newest = m.RoomSeq
		r.hub.deps.Observer.Message(r.spread(f))
		r.hub.lobby.said(r, m, o.st.Mentions)
	}
	o.s.ack(o.req, wire.Ack{MessageID: m.ID, IdempotencyKey: o.msg.IdempotencyKey, Duplicate: o.st.Duplicate})
}

// spread hands an event to every socket that views the room; false: some
// socket was too slow to be handed it.
func (r *room) spread(f frame) bool {
	all := true
	for _, v := range r.viewers {
		for s := range v.sockets {
			all = s.out.event(f) && all
		}
	}
	return all
}
