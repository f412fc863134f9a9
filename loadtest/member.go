package loadtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/coder/websocket"
)

const (
	maxInbound   = 16 << 20
	writeTimeout = 10 * time.Second
	dialTimeout  = 90 * time.Second
	maxPending   = 256 // requests of one member that wait for their ack
)

var errTooMuch = errors.New("loadtest: too many requests of one client wait for their answer")

// member is one light client: an account and a socket with one goroutine. It
// keeps the contract as the client package does: after a loss it comes back
// with the same backoff, resumes where the server lets it, joins its room
// again otherwise, and sends again what was not acked. It does not decode what
// nobody asks for and keeps no queue of events, so that a process can have
// thousands.
type member struct {
	n     int // from 0, also its place in the fleet
	fleet *fleet
	api   *client.Client
	user  string // its id

	// The reader's own.
	session string
	seq     atomic.Uint64 // of the last event

	mu      sync.Mutex
	ws      *websocket.Conn   // nil while there is none
	room    string            // the slug to be in, empty for none
	up      bool              // in the room, and what waited was sent again
	pending map[uint64][]byte // requests without an ack yet, by request id
}

// connect opens the first socket.
func (m *member) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	_, err := m.dial(ctx)
	return err
}

// run reads until ctx ends, over one socket after another.
func (m *member) run(ctx context.Context) {
	for attempt := 0; ; {
		began := time.Now()
		err := m.read(ctx)
		m.drop()
		if ctx.Err() != nil {
			return
		}
		m.fleet.lost(m, err)
		if time.Since(began) > 5*time.Second {
			attempt = 0
		}
		for ; ; attempt++ {
			if sleep(ctx, client.DefaultBackoff.Wait(attempt)) != nil {
				return
			}
			dialing, cancel := context.WithTimeout(ctx, dialTimeout)
			resumed, err := m.dial(dialing)
			cancel()
			if err == nil {
				m.fleet.back(m, resumed)
				attempt++
				break
			}
			m.drop()
			if ctx.Err() != nil {
				return
			}
			m.fleet.failed(err)
		}
	}
}

// dial opens a socket and returns when the member is where it was: resumed, or
// in its room again.
func (m *member) dial(ctx context.Context) (resumed bool, err error) {
	t, err := m.api.Ticket(ctx)
	if err != nil {
		return false, err
	}
	q := url.Values{"ticket": {t.Ticket}}
	if m.session != "" {
		q.Set("resume", m.session)
		q.Set("after", strconv.FormatUint(m.seq.Load(), 10))
	}
	h := *m.fleet.acc.http
	h.Timeout = 0 // it would bound the socket's life
	ws, _, err := websocket.Dial(ctx, strings.TrimRight(m.fleet.acc.url, "/")+"/v1/realtime/ws?"+q.Encode(), &websocket.DialOptions{
		HTTPClient: &h, HTTPHeader: http.Header{"User-Agent": {"boltorezka-loadtest"}},
	})
	if err != nil {
		return false, fmt.Errorf("loadtest: websocket: %w", err)
	}
	ws.SetReadLimit(maxInbound)
	m.mu.Lock()
	m.ws = ws
	room := m.room
	m.mu.Unlock()
	if resumed, err = m.greeted(ctx, ws); err != nil {
		return false, err
	}
	if !resumed && room != "" {
		if err := m.rejoin(ctx, ws, room); err != nil {
			return false, err
		}
	}
	return resumed, m.resend(ctx, ws)
}

// greeted reads the first event.
func (m *member) greeted(ctx context.Context, ws *websocket.Conn) (resumed bool, err error) {
	err = m.next(ctx, ws, func(e event) error {
		switch e.typ {
		case wire.TypeServerResumed:
			resumed = true
			return nil
		case wire.TypeServerReady:
			var r wire.Ready
			if err := e.payload(&r); err != nil {
				return err
			}
			m.session, m.user = r.SessionID, r.UserID
			m.seq.Store(e.seq)
			m.fleet.heartbeat.CompareAndSwap(0, int64(max(1, r.HeartbeatSec)))
			return nil
		}
		return fmt.Errorf("loadtest: the server began with %s", e.raw[:min(len(e.raw), 200)])
	})
	return resumed, err
}

// joinID is the request id of every room.join that a dial makes: all others
// are numbers.
const joinID = "join"

// rejoin joins the room and reads on until it is acked.
func (m *member) rejoin(ctx context.Context, ws *websocket.Conn, slug string) error {
	if err := ws.Write(ctx, websocket.MessageText, frame(wire.TypeRoomJoin, joinID, "", wire.RoomJoin{RoomSlug: slug})); err != nil {
		return fmt.Errorf("loadtest: room.join: %w", err)
	}
	for done := false; !done; {
		err := m.next(ctx, ws, func(e event) error {
			switch e.typ {
			case wire.TypeAck, wire.TypeNack:
				var a wire.Nack // has all of an ack's that matters here
				if err := e.payload(&a); err != nil {
					return err
				}
				if a.RequestID == joinID {
					done = true
					if e.typ == wire.TypeNack {
						return fmt.Errorf("loadtest: room.join %s: %s: %s", slug, a.Code, a.Message)
					}
					return nil
				}
			}
			return m.take(e)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// resend sends what waits for its ack once more, in its order.
func (m *member) resend(ctx context.Context, ws *websocket.Conn) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(m.pending)) {
		m.fleet.resent(m, id)
		if err := ws.Write(ctx, websocket.MessageText, m.pending[id]); err != nil {
			return fmt.Errorf("loadtest: sending again: %w", err)
		}
	}
	m.up = true
	return nil
}

var inbound = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// next reads one message and hands it over. A buffer is taken when it begins
// to come, so that sockets on which nothing happens hold none.
func (m *member) next(ctx context.Context, ws *websocket.Conn, handle func(event) error) error {
	_, r, err := ws.Reader(ctx)
	if err != nil {
		return err
	}
	b := inbound.Get().(*bytes.Buffer)
	defer inbound.Put(b)
	b.Reset()
	if _, err := b.ReadFrom(r); err != nil {
		return err
	}
	e, err := readEvent(b.Bytes())
	if err != nil {
		return err
	}
	m.fleet.bytes.Add(uint64(b.Len()))
	return handle(e)
}

func (m *member) read(ctx context.Context) error {
	m.mu.Lock()
	ws := m.ws
	m.mu.Unlock()
	for {
		if err := m.next(ctx, ws, m.take); err != nil {
			return err
		}
	}
}

// take checks the event's number and passes it on.
func (m *member) take(e event) error {
	if e.seq > 0 {
		last := m.seq.Load()
		switch {
		case e.seq <= last:
			m.fleet.seqRepeats.Add(1)
		case e.seq > last+1:
			m.fleet.seqGaps.Add(e.seq - last - 1)
		}
		m.seq.Store(max(last, e.seq))
	}
	switch e.typ {
	case wire.TypePong:
		return nil
	case wire.TypeAck, wire.TypeNack:
		var a wire.Nack
		if err := e.payload(&a); err != nil {
			return err
		}
		id, err := strconv.ParseUint(a.RequestID, 10, 64)
		if err != nil {
			return nil // none of ours waits under it
		}
		m.mu.Lock()
		delete(m.pending, id)
		m.mu.Unlock()
		m.fleet.answered(m, id, a)
		return nil
	}
	m.fleet.heard(m, e)
	return nil
}

// request sends a request, now or when the member is back; it is sent again
// until it is answered. It returns when it is written.
func (m *member) request(ctx context.Context, id uint64, b []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.pending) >= maxPending {
		return errTooMuch
	}
	if m.pending == nil {
		m.pending = map[uint64][]byte{}
	}
	m.pending[id] = b
	if m.up {
		m.write(ctx, b)
	}
	return nil
}

// write is best effort: a socket that does not take it is given up, which its
// reader notices. mu is held.
func (m *member) write(ctx context.Context, b []byte) {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	if m.ws.Write(ctx, websocket.MessageText, b) != nil {
		m.up = false
		_ = m.ws.CloseNow()
	}
}

// ping keeps the session alive.
func (m *member) ping(ctx context.Context) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.up {
		m.write(ctx, frame(wire.TypePing, "", "", wire.Ping{Seq: m.seq.Load()}))
	}
}

// setRoom says where to be after the next loss.
func (m *member) setRoom(slug string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.room = slug
}

// cut closes the socket without a word, as a network that goes away does.
func (m *member) cut() {
	m.mu.Lock()
	ws := m.ws
	m.up = false
	m.mu.Unlock()
	if ws != nil {
		_ = ws.CloseNow()
	}
}

// drop lets go of a socket that is lost.
func (m *member) drop() {
	m.cut()
	m.mu.Lock()
	m.ws = nil
	m.mu.Unlock()
}

// frame encodes a request. Its payload is one of wire's.
func frame(typ, id, key string, payload any) []byte {
	p, err := json.Marshal(payload)
	if err == nil {
		p, err = json.Marshal(wire.Request{Type: typ, RequestID: id, IdempotencyKey: key, Payload: p})
	}
	if err != nil {
		panic(fmt.Errorf("loadtest: encode %s: %w", typ, err))
	}
	return p
}
