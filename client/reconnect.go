package client

import (
	"context"
	"errors"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/coder/websocket"
)

// steady is how long a socket has to live for the next loss to count as the
// first: a server that accepts and drops must not be hammered.
const steady = 5 * time.Second

// run owns the connection's life: it reads one socket after another until the
// connection is over.
func (c *Conn) run(s *socket) {
	defer close(c.done)
	defer close(c.events)
	attempt := 0
	for {
		began := time.Now()
		err := c.serve(s)
		if time.Since(began) >= steady {
			attempt = 0
		}
		if fatal := final(err); fatal != nil {
			c.end(fatal)
		}
		if c.ctx.Err() == nil {
			c.client.log.Info("connection lost", "error", err)
			c.tell(StateReconnecting, err)
			s, attempt = c.redial(attempt)
		}
		if c.ctx.Err() != nil {
			if s != nil {
				_ = s.ws.CloseNow()
			}
			c.over()
			return
		}
	}
}

// redial tries until there is a socket or the connection is over.
func (c *Conn) redial(attempt int) (*socket, int) {
	for ; ; attempt++ {
		wait := c.client.backoff.Wait(attempt)
		select {
		case <-time.After(wait):
		case <-c.ctx.Done():
			return nil, attempt
		}
		s, err := c.dial(c.ctx)
		if err == nil {
			return s, attempt + 1
		}
		if fatal := final(err); fatal != nil {
			c.end(fatal)
			return nil, attempt
		}
		c.client.log.Info("reconnecting failed", "attempt", attempt+1, "error", err)
	}
}

// final returns the error to end the connection with, nil when trying again
// may help.
func final(err error) error {
	var coded *wire.Error
	if errors.As(err, &coded) {
		switch coded.Code {
		case wire.CodeUnauthorized, wire.CodeForbidden:
			return coded
		}
	}
	var closed websocket.CloseError
	if errors.As(err, &closed) {
		switch closed.Code {
		case wire.CloseSessionReplaced:
			return &EndedError{Code: int(closed.Code), Message: "the session was taken over by another socket"}
		case wire.CloseKicked:
			return &EndedError{Code: int(closed.Code), Message: "kicked"}
		case wire.CloseBanned:
			return &EndedError{Code: int(closed.Code), Message: "banned"}
		}
	}
	return nil
}

// EndedError says that the server ended the connection for good, with one of
// wire's close codes.
type EndedError struct {
	Code    int
	Message string
}

// Error returns the message.
func (e *EndedError) Error() string { return "client: the server ended the connection: " + e.Message }

// serve runs one socket until it is lost and returns why.
func (c *Conn) serve(s *socket) error {
	resumed := c.begin(s)
	reading, stopReading := context.WithCancel(context.Background())
	defer stopReading()
	closed := make(chan struct{})
	stop := context.AfterFunc(c.ctx, func() {
		defer close(closed)
		// A polite close tells the server that nobody will resume.
		defer time.AfterFunc(closeGrace, stopReading).Stop()
		_ = s.ws.Close(websocket.StatusNormalClosure, "")
	})
	if resumed {
		c.tell(StateResumed, nil)
	} else {
		c.tell(StateConnected, nil)
	}
	c.take(s, s.first)
	var err error
	for err == nil {
		var e Event
		if e, err = s.read(reading); err == nil {
			c.take(s, e)
		}
	}
	if !stop() {
		<-closed
	}
	close(s.done)
	_ = s.ws.CloseNow()
	c.lose()
	s.helpers.Wait()
	return err
}

// begin makes s the connection's socket: it puts the room, the requests that
// are to be sent again and the voice before anything new.
func (c *Conn) begin(s *socket) (resumed bool) {
	c.mu.Lock()
	var first [][]byte
	if r, ok := s.first.Payload.(*wire.Ready); ok {
		c.ready, c.seq, c.rejoin = *r, 0, c.room != ""
	} else {
		resumed = true
	}
	if c.rejoin { // also when the socket was lost before the answer
		first = append(first, c.rejoinRoom(s))
	}
	for _, r := range c.waiting() {
		first = append(first, r.frame)
	}
	every := time.Duration(c.ready.HeartbeatSec) * time.Second
	if every <= 0 {
		every = 15 * time.Second
	}
	c.sock = s
	close(c.up)
	voice := c.voice
	c.mu.Unlock()

	s.helpers.Go(func() { s.write(first) })
	s.helpers.Go(func() { s.heartbeat(every, c.heard) })
	if voice != nil {
		voice.socketUp(resumed)
	}
	return resumed
}

// rejoinRoom makes the request that joins the wanted room in a new session,
// over s. mu is held.
func (c *Conn) rejoinRoom(s *socket) []byte {
	slug := c.room
	r := c.enter(message{typ: wire.TypeRoomJoin, payload: wire.RoomJoin{RoomSlug: slug}}, func(_ wire.Ack, err error) {
		if later(err) { // the server's trouble, not the room's: come again
			s.helpers.Go(func() { _ = s.ws.CloseNow() })
			return
		}
		c.mu.Lock()
		c.rejoin = false
		lost := err != nil && c.room == slug
		if lost {
			c.room = ""
		}
		c.mu.Unlock()
		if err == nil {
			c.catchUp(slug)
		} else if lost {
			c.tell(StateRoomLost, err)
		}
	})
	r.internal = true
	return r.frame
}

// later says that the same request may well succeed some time later.
func later(err error) bool {
	var coded *wire.Error
	return errors.As(err, &coded) && (coded.Code == wire.CodeInternal || coded.Code == wire.CodeRateLimited)
}

// lose takes the socket away and fails the requests that must not be sent
// twice.
func (c *Conn) lose() {
	c.mu.Lock()
	c.sock = nil
	c.up = make(chan struct{})
	var failed []*request
	for id, r := range c.pending {
		if !r.again {
			delete(c.pending, id)
			failed = append(failed, r)
		}
	}
	c.mu.Unlock()
	for _, r := range failed {
		if !r.internal {
			r.answer(wire.Ack{}, ErrLost)
		}
	}
}

// over fails all that still waits and ends the voice.
func (c *Conn) over() {
	c.mu.Lock()
	err, voice := c.terminal, c.voice
	var failed []*request
	for id, r := range c.pending {
		delete(c.pending, id)
		failed = append(failed, r)
	}
	c.mu.Unlock()
	for _, r := range failed {
		r.answer(wire.Ack{}, err)
	}
	if voice != nil {
		voice.finish(err)
		<-voice.done
	}
	c.tell(StateClosed, err)
}
