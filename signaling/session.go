package signaling

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// session is one client: who he is and what is on its way to him. It outlives
// its socket: a client that was lost has a while to come back on another one.
type session struct {
	hub    *Hub
	id     string
	user   wire.User
	caller Caller
	acc    *account
	out    *outbox
	// viewing is the room whose messages it is sent; the room sets it.
	viewing atomic.Pointer[view]
	// sock is the socket that it has now; nil: none.
	sock atomic.Pointer[socket]

	// The lobby's.
	adrift    *time.Timer   // ends a session that waits for its client; nil: it has a socket
	over      *ending       // the session ends with its socket, or has ended
	successor chan struct{} // closed once the socket has let go, for the one that resumes
	taken     chan struct{} // closed once the one that resumes has it; nil: nobody is about to
	takers    int           // who have asked for it so far
	attempt   uint64        // the newest Caller.Attempt of those

	// The reader's, of which there is one at a time.
	room  *room   // the active one; it may have closed or put him out since
	voice *member // it may be gone
}

func newSession(h *Hub, caller Caller, cut func(ending)) *session {
	c := h.cfg.Realtime
	return &session{
		hub: h, id: h.deps.NewID(), user: caller.User, caller: caller, attempt: caller.Attempt,
		// A lost client may have heard nothing since its last heartbeat.
		out: newOutbox(c.QueueFrames, c.QueueBytes, c.silence()+c.resumeWindow(), cut),
	}
}

// read handles what the socket brings, one message after another, until it ends.
func (s *session) read(ctx context.Context, sock *socket) {
	for {
		b, err := sock.conn.Read()
		if errors.Is(err, io.EOF) {
			s.out.discard(ending{1000, "", "client"})
			return
		}
		if err != nil {
			s.out.discard(ending{1000, "", "lost"})
			return
		}
		if s.out.ended() != nil {
			return
		}
		sock.touch()
		s.hub.crew.run(func() { s.handle(ctx, b) })
	}
}

// sameUser says whether other is a socket of the same user.
func (s *session) sameUser(other *session) bool { return s.user.ID == other.user.ID }

// inVoice returns the voice session of this socket.
func (s *session) inVoice() (*member, error) {
	if s.voice == nil || s.voice.gone.Load() {
		return nil, errNotInVoice()
	}
	return s.voice, nil
}

// place is the room that relayed messages go to: that of the voice session,
// or else the active one.
func (s *session) place() (*room, error) {
	if m, err := s.inVoice(); err == nil {
		return m.room, nil
	}
	if s.room == nil {
		return nil, errNoActiveRoom()
	}
	return s.room, nil
}

// unview leaves the active room; false: there was none.
func (s *session) unview(after func(*room)) (left bool) {
	r := s.room
	s.room = nil
	if r == nil {
		return false
	}
	// A room that has closed has put everybody out.
	_ = r.loop.call(func() {
		if left = r.unview(s); left {
			after(r)
		}
	})
	return left
}

// hangUp leaves voice; false: the socket was not in voice.
func (s *session) hangUp(reason wire.LeaveReason, after func(*room)) (left bool) {
	m := s.voice
	s.voice = nil
	if m == nil {
		return false
	}
	_ = m.room.loop.call(func() {
		if left = m.room.dropVoice(m, reason); left {
			after(m.room)
		}
	})
	return left
}

// end takes the session out of everything.
func (s *session) end() {
	reason := wire.LeaveDisconnected
	if e := s.over; e != nil && (e.code == wire.CloseKicked || e.code == wire.CloseBanned) {
		reason = wire.LeaveKicked
	}
	s.hangUp(reason, func(*room) {})
	s.unview(func(*room) {})
}

// ack answers a request; without a requestId it is only counted.
func (s *session) ack(req *request, a wire.Ack) {
	if !s.answer(req, "") || req.RequestID == "" {
		return
	}
	a.RequestID, a.EventType, a.Ts = req.RequestID, req.Type, time.Now().UnixMilli()
	s.out.answer(encode(wire.TypeAck, a))
}

// fail answers a request with the coded error in err. What is not coded is
// the server's fault: the log has the cause, the client Internal.
func (s *session) fail(req *request, err error) {
	var coded *wire.Error
	if !errors.As(err, &coded) {
		coded = &wire.Error{Code: wire.CodeInternal, Message: "the server could not do this; try again", Cause: err}
	}
	if coded.Code == wire.CodeInternal {
		s.hub.log.Error("request failed", "type", req.Type, "user", s.user.ID, "session", s.id, "err", err)
	}
	if !s.answer(req, coded.Code) || req.RequestID == "" {
		return
	}
	s.out.answer(encode(wire.TypeNack, wire.Nack{
		RequestID: req.RequestID, EventType: req.Type, Code: coded.Code, Message: coded.Message,
		Ts: time.Now().UnixMilli(), RetryAfterMs: coded.RetryAfterMs, Issues: coded.Issues,
	}))
}

// answer makes sure that a request is answered once.
func (s *session) answer(req *request, code wire.Code) bool {
	if req.answered {
		return false
	}
	req.answered = true
	name := req.Type
	if _, known := handlers[name]; !known {
		name = "unknown"
	}
	s.hub.deps.Observer.Request(name, code, time.Since(req.start))
	return true
}

// complain sends an error envelope, for what no request id can be read from.
func (s *session) complain(code wire.Code, message string) {
	s.out.answer(encode(wire.TypeError, wire.ErrorPayload{Code: code, Message: message}))
}
