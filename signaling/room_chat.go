package signaling

import "github.com/boltorezka/boltorezka/signaling/wire"

// stored brings a message from the appender to the loop.
func (r *room) stored(job chatJob, st Stored, err error) {
	slug := r.slug
	if err == nil && st.Message.RoomID != r.id {
		// A duplicate of a message that was sent in another room.
		slug = r.hub.slugOf(st.Message.RoomID)
	}
	// The loop outlives the appender, so this cannot fail.
	_ = r.loop.post(func() { r.deliver(job, slug, st, err) })
}

// deliver sends a stored message to everybody and the ack to its sender.
func (r *room) deliver(job chatJob, slug string, st Stored, err error) {
	if err != nil {
		job.s.fail(job.req, err)
		return
	}
	m := st.Message
	f := encode(wire.TypeChatMessage, wire.ChatMessage{
		ID: m.ID, RoomID: m.RoomID, RoomSlug: slug, RoomSeq: m.RoomSeq,
		UserID: m.UserID, UserName: m.UserName, Text: m.Text, CreatedAt: m.CreatedAt,
		ReplyTo: m.ReplyTo, SenderRequestID: st.RequestID,
	})
	if st.Duplicate {
		job.s.out.event(f)
	} else {
		r.hub.deps.Observer.Message(r.spread(f))
	}
	job.s.ack(job.req, wire.Ack{MessageID: m.ID, IdempotencyKey: job.msg.IdempotencyKey, Duplicate: st.Duplicate})
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
