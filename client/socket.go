package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/coder/websocket"
)

const (
	outQueue     = 64 // frames on their way to the socket
	writeTimeout = 10 * time.Second
	dialTimeout  = 15 * time.Second
	maxInbound   = 4 << 20 // the presence of a large server is one message
)

// socket is one WebSocket of a connection, from its first event to its loss.
type socket struct {
	ws      *websocket.Conn
	first   Event // server.ready or server.resumed
	out     chan []byte
	done    chan struct{} // closed when it is lost
	pings   atomic.Int32  // sent since the last pong
	opened  time.Time     // pinged counts from it: not from a wall clock, which may be set
	pinged  atomic.Int64  // when the last ping went out, ns
	helpers sync.WaitGroup
}

// dial takes a ticket, opens a WebSocket, resuming the present session where
// there is one, and reads the first event.
func (c *Conn) dial(ctx context.Context) (*socket, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	ticket, err := c.client.Ticket(ctx)
	if err != nil {
		return nil, err
	}
	q := url.Values{"ticket": {ticket.Ticket}}
	c.mu.Lock()
	if c.ready.SessionID != "" {
		q.Set("resume", c.ready.SessionID)
		q.Set("after", strconv.FormatUint(c.seq, 10))
	}
	c.mu.Unlock()
	u := c.client.base.JoinPath("/v1/realtime/ws")
	u.RawQuery = q.Encode()
	h := *c.client.http
	h.Timeout = 0 // it would bound the socket's life, not the call's
	ws, res, err := websocket.Dial(ctx, u.String(), &websocket.DialOptions{
		HTTPClient: &h,
		HTTPHeader: http.Header{"User-Agent": {c.client.userAgent}},
	})
	if err != nil {
		if res != nil && res.StatusCode >= 400 {
			return nil, refusal(res, nil)
		}
		return nil, fmt.Errorf("client: websocket: %w", err)
	}
	ws.SetReadLimit(maxInbound)
	s := &socket{ws: ws, out: make(chan []byte, outQueue), done: make(chan struct{}), opened: time.Now()}
	s.first, err = s.read(ctx)
	if err == nil {
		switch p := s.first.Payload.(type) {
		case *wire.Ready, *wire.Resumed:
			return s, nil
		case *wire.ErrorPayload:
			err = wire.E(p.Code, p.Message)
		default:
			err = fmt.Errorf("client: the server began with %s", s.first.Type)
		}
	}
	_ = ws.CloseNow()
	return nil, err
}

func (s *socket) read(ctx context.Context) (Event, error) {
	_, b, err := s.ws.Read(ctx)
	if err != nil {
		return Event{}, err
	}
	return DecodeEvent(b)
}

// write sends first, then what comes through out, until the socket is lost.
func (s *socket) write(first [][]byte) {
	send := func(b []byte) bool {
		ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
		defer cancel()
		return s.ws.Write(ctx, websocket.MessageText, b) == nil
	}
	for _, b := range first {
		if !send(b) {
			_ = s.ws.CloseNow()
			return
		}
	}
	for {
		select {
		case b := <-s.out:
			if !send(b) {
				_ = s.ws.CloseNow() // the reader notices
				return
			}
		case <-s.done:
			return
		}
	}
}

// pingFrame says that the client is there, and has heard what came up to seq.
func pingFrame(seq uint64) []byte {
	return fmt.Appendf(nil, `{"type":"%s","payload":{"seq":%d}}`, wire.TypePing, seq)
}

// heartbeat pings every interval and gives the socket up after two pings that
// went unanswered. heard is the seq of the last event.
func (s *socket) heartbeat(every time.Duration, heard func() uint64) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-s.done:
			return
		}
		if s.pings.Load() >= 2 {
			_ = s.ws.CloseNow()
			return
		}
		select {
		case s.out <- pingFrame(heard()):
			s.pinged.Store(int64(time.Since(s.opened)))
			s.pings.Add(1)
		case <-s.done:
			return
		}
	}
}
