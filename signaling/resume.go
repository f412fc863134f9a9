package signaling

import (
	"context"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// ReasonResumed is why a socket is closed whose client has come back on another
// one: it has let this one go, and answers nothing.
const ReasonResumed = "resumed elsewhere"

// resume finds the session that a socket asks for and gives it the socket,
// with all that its client has missed; nil: it cannot be had, and the client
// gets a new one. A session that still has a socket loses it: its client has
// noticed the loss before the server did.
func (h *Hub) resume(ctx context.Context, caller Caller, cut func(ending)) *session {
	if caller.Resume == "" {
		return nil
	}
	s := h.take(ctx, caller)
	if s == nil {
		return nil
	}
	// From here on nobody else has the session.
	attached := ctx.Err() == nil && s.out.attach(caller.After, resumed(s.id), cut)
	_ = h.lobby.loop.call(func() {
		close(s.taken)
		s.taken = nil
		if !attached {
			if s.over == nil {
				s.over = s.out.ended()
			}
			return
		}
		s.caller = caller
		if s.over != nil { // since it was found
			s.out.finish(*s.over)
		}
	})
	if !attached {
		h.putAway(s)
		return nil
	}
	return s
}

// take takes the session that a caller may resume from its last socket. One
// that another socket is about to have is waited for and then taken from that
// one: on a bad network a client's attempt may die while it waits here, and the
// next is here before that shows. Of several that wait the newest gets it.
func (h *Hub) take(ctx context.Context, caller Caller) (s *session) {
	for place := 0; ; {
		var free, taken chan struct{}
		err := h.lobby.loop.call(func() {
			if s = h.lobby.find(caller); s != nil && place == 0 {
				s.takers++
				place = s.takers
			}
			switch {
			case s == nil:
			case place < s.takers:
				s = nil // the client has come again since
			case s.taken != nil:
				taken = s.taken
			case s.adrift != nil:
				s.taken = make(chan struct{})
				h.lobby.claim(s)
				h.adrift.Done()
			default:
				s.taken = make(chan struct{})
				free = make(chan struct{})
				s.successor = free
				e := ending{wire.CloseSessionReplaced, ReasonResumed, "resumed"}
				s.out.discard(e)
				s.out.cut(e)
			}
		})
		if err != nil || s == nil {
			return nil
		}
		if free != nil {
			// The old socket has been cut: its reader ends, if not at once.
			<-free
		}
		if taken == nil {
			return s
		}
		select {
		case <-taken:
		case <-ctx.Done():
			return nil
		}
	}
}

// resumed makes server.resumed.
func resumed(id string) func(int) frame {
	return func(replayed int) frame {
		return encode(wire.TypeServerResumed, wire.Resumed{SessionID: id, Replayed: replayed})
	}
}

// letGo is the end of a session's socket: the session goes to who resumes it,
// waits for its client, or ends.
func (h *Hub) letGo(s *session) {
	over := true
	m := s.voice // another reader may have the session soon
	// The lobby outlives every Serve.
	_ = h.lobby.loop.call(func() {
		if s.successor != nil {
			close(s.successor)
			s.successor, over = nil, false
			return
		}
		if s.over != nil || s.out.ended().final() || h.cfg.Realtime.ResumeWindowSec == 0 {
			return
		}
		over = false
		h.adrift.Add(1)
		s.adrift = time.AfterFunc(h.cfg.Realtime.resumeWindow(), func() { h.giveUp(s) })
	})
	if over {
		h.putAway(s)
	} else if m != nil {
		_ = m.room.loop.call(func() { m.room.suspect(m, time.Now()) })
	}
}

// giveUp ends a session whose client did not come back in time.
func (h *Hub) giveUp(s *session) {
	var ours bool
	_ = h.lobby.loop.call(func() {
		ours = s.adrift != nil
		s.adrift = nil
	})
	if ours {
		h.putAway(s)
		h.adrift.Done()
	}
}

// putAway ends a session that has no reader.
func (h *Hub) putAway(s *session) {
	_ = h.lobby.loop.call(func() {
		if s.over == nil { // and from now on it stays as it is
			s.over = s.out.ended()
		}
	})
	s.end()
	_ = h.lobby.loop.call(func() { h.lobby.forget(s) })
}

// find is the session that a caller may resume: his own, with the role he had,
// and with all the events that he asks for.
func (l *lobby) find(caller Caller) *session {
	p := l.people[caller.User.ID]
	if p == nil || l.draining {
		return nil
	}
	for _, s := range p.sessions {
		if s.id != caller.Resume {
			continue
		}
		if s.over != nil || caller.Attempt < s.attempt {
			return nil // it is over, or its client has come on another socket since
		}
		s.attempt = caller.Attempt
		if s.taken != nil {
			return s // another socket of his is about to have it
		}
		if s.user.Role != caller.User.Role || s.user.Name != caller.User.Name || !s.out.holds(caller.After) {
			l.dismiss(s, ending{wire.CloseSessionReplaced, "a new session takes its place", "replaced"})
			return nil
		}
		return s
	}
	return nil
}

// claim takes a waiting session from its timer; hub.adrift still counts it.
func (l *lobby) claim(s *session) {
	s.adrift.Stop() // whether or not in time: who fires finds nothing to end
	s.adrift = nil
}

// dismiss ends a session after what is queued for it.
func (l *lobby) dismiss(s *session, e ending) {
	if s.over == nil {
		s.over = &e
	}
	s.out.finish(e)
	if s.adrift == nil {
		return // its socket sees to the rest
	}
	l.claim(s)
	l.hub.tasks.Go(func() {
		l.hub.putAway(s)
		l.hub.adrift.Done()
	})
}
