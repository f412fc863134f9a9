package client

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// request waits for its ack or nack.
type request struct {
	n     uint64 // order of sending
	id    string
	frame []byte
	// again says that the request may be sent once more when the socket was
	// lost before its answer: it has an idempotency key, or doing it twice is
	// doing it once. One that may not fails.
	again bool
	// internal requests are made anew by begin and fail silently.
	internal bool
	// answer is called once, from the connection's reader; it must not block.
	answer func(wire.Ack, error)
}

// Request sends one message and waits for its ack; a nack is a *wire.Error.
// While the connection is being made anew it waits for that. When the socket
// is lost before the answer comes, the error is ErrLost.
func (c *Conn) Request(ctx context.Context, typ string, payload any) (wire.Ack, error) {
	return c.ask(ctx, message{typ: typ, payload: payload})
}

// message is what a request says.
type message struct {
	typ     string
	payload any
	key     string // the idempotency key, empty for none
	again   bool   // see request
}

type answered struct {
	ack wire.Ack
	err error
}

func (c *Conn) ask(ctx context.Context, m message) (wire.Ack, error) {
	got := make(chan answered, 1)
	id, err := c.start(ctx, m, func(a wire.Ack, err error) { got <- answered{a, err} })
	if err != nil {
		return wire.Ack{}, err
	}
	select {
	case a := <-got:
		return a.ack, a.err
	case <-ctx.Done():
		c.mu.Lock()
		delete(c.pending, id)
		c.mu.Unlock()
		return wire.Ack{}, ctx.Err()
	}
}

// start sends a request and returns; answer is called with what becomes of it.
// Without a socket, one that may be sent again takes its place in the queue at
// once, so that what is sent meanwhile keeps its order; another waits for the
// next socket.
func (c *Conn) start(ctx context.Context, m message, answer func(wire.Ack, error)) (string, error) {
	for {
		c.mu.Lock()
		if err := c.terminal; err != nil {
			c.mu.Unlock()
			return "", err
		}
		s, up := c.sock, c.up
		if s != nil || m.again {
			if len(c.pending) >= maxInFlight {
				c.mu.Unlock()
				return "", ErrBusy
			}
			r := c.enter(m, answer)
			c.mu.Unlock()
			if len(r.frame) > wire.MaxFrame {
				c.forget(r.id)
				return "", wire.E(wire.CodeTooLarge, fmt.Sprintf("%s: %d bytes, at most %d", m.typ, len(r.frame), wire.MaxFrame))
			}
			if s == nil {
				return r.id, nil // begin sends it
			}
			select {
			case s.out <- r.frame:
			case <-s.done: // lose has failed it, or begin will send it again
			case <-ctx.Done():
				c.forget(r.id)
				return "", ctx.Err()
			}
			return r.id, nil
		}
		c.mu.Unlock()
		select {
		case <-up:
		case <-ctx.Done():
			return "", ctx.Err()
		case <-c.ctx.Done(): // terminal is set
		}
	}
}

// startNow is start for those who must not wait: without a socket it fails
// with ErrLost. A full queue holds it up for as long as one write may take.
func (c *Conn) startNow(typ string, payload any, answer func(wire.Ack, error)) error {
	c.mu.Lock()
	s := c.sock
	switch {
	case c.terminal != nil:
		defer c.mu.Unlock()
		return c.terminal
	case s == nil:
		c.mu.Unlock()
		return ErrLost
	case len(c.pending) >= maxInFlight:
		c.mu.Unlock()
		return ErrBusy
	}
	r := c.enter(message{typ: typ, payload: payload}, answer)
	c.mu.Unlock()
	select {
	case s.out <- r.frame:
	case <-s.done: // lose fails it
	}
	return nil
}

// enter makes a request and notes that it waits. mu is held.
func (c *Conn) enter(m message, answer func(wire.Ack, error)) *request {
	c.lastID++
	r := &request{n: c.lastID, id: strconv.FormatUint(c.lastID, 36), again: m.again, answer: answer}
	raw, err := json.Marshal(m.payload)
	if err == nil {
		r.frame, err = json.Marshal(wire.Request{Type: m.typ, RequestID: r.id, IdempotencyKey: m.key, Payload: raw})
	}
	if err != nil { // only a caller's own payload type can fail; the server will say what it thinks
		r.frame = fmt.Appendf(nil, `{"type":%q,"requestId":%q}`, m.typ, r.id)
	}
	c.pending[r.id] = r
	return r
}

func (c *Conn) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pending, id)
}

// waiting returns the requests that are to be sent again, oldest first. mu is
// held.
func (c *Conn) waiting() []*request {
	var rs []*request
	for _, r := range c.pending {
		if !r.internal {
			rs = append(rs, r)
		}
	}
	slices.SortFunc(rs, func(a, b *request) int { return cmp.Compare(a.n, b.n) })
	return rs
}

// post sends a message that wants no answer; it reports whether there was a
// socket to take it.
func (c *Conn) post(typ string, payload any) bool {
	raw, err := json.Marshal(payload)
	if err != nil {
		return false
	}
	frame, err := json.Marshal(wire.Request{Type: typ, Payload: raw})
	if err != nil {
		return false
	}
	c.mu.Lock()
	s := c.sock
	c.mu.Unlock()
	if s == nil {
		return false
	}
	select {
	case s.out <- frame:
		return true
	case <-s.done:
		return false
	}
}

// take deals with one event of the socket s, on its reader.
func (c *Conn) take(s *socket, e Event) {
	if e.Seq > 0 && !c.advance(e.Seq) {
		return
	}
	switch p := e.Payload.(type) {
	case *wire.Pong:
		s.pings.Store(0)
		if at := s.pinged.Load(); at > 0 {
			c.rtt.Store(int64(time.Since(s.opened)) - at)
		}
		return
	case *wire.Ack:
		c.settle(p.RequestID, *p, nil)
		return
	case *wire.Nack:
		c.settle(p.RequestID, wire.Ack{}, &wire.Error{Code: p.Code, Message: p.Message, Issues: p.Issues, RetryAfterMs: p.RetryAfterMs})
		return
	}
	c.mu.Lock()
	v := c.voice
	if m, ok := e.Payload.(*wire.ChatMessage); ok {
		c.feed(m)
	}
	c.mu.Unlock()
	if v != nil {
		v.hear(e)
	}
	c.deliver(e)
}

// heard is the seq of the last event taken in.
func (c *Conn) heard() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seq
}

// advance notes an event's number; it is false for one that was taken in
// before.
func (c *Conn) advance(seq uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if seq <= c.seq {
		return false
	}
	if seq != c.seq+1 {
		c.gaps.Add(1)
	}
	c.seq = seq
	return true
}

func (c *Conn) settle(id string, a wire.Ack, err error) {
	c.mu.Lock()
	r := c.pending[id]
	delete(c.pending, id)
	c.mu.Unlock()
	if r != nil {
		r.answer(a, err)
	}
}
