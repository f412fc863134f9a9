package client

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Errors of a connection that no code of the contract stands for.
var (
	// ErrClosed: the connection was closed.
	ErrClosed = errors.New("client: connection closed")
	// ErrLost: the socket went away before the answer came, so whether the
	// request took effect is not known.
	ErrLost = errors.New("client: connection lost before the answer")
	// ErrBusy: too many requests are waiting for their answer.
	ErrBusy = errors.New("client: too many requests in flight")
)

const (
	eventQueue  = 1024 // events that nobody has read yet
	maxInFlight = 256  // requests waiting for their answer, or for a socket
	// closeGrace is how long Close waits for the server to hear of it.
	closeGrace = time.Second
)

// Conn is a session on the server. It reconnects by itself until Close, or
// until the server ends it for good; a session that the server still knows is
// resumed without a gap, otherwise the room and the voice are joined again.
type Conn struct {
	client *Client
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	done   chan struct{} // closed when every goroutine of the connection has ended

	events  chan Event
	dropped atomic.Uint64
	gaps    atomic.Uint64
	rtt     atomic.Int64 // of the last ping, ns

	mu       sync.Mutex
	sock     *socket       // nil while there is none
	up       chan struct{} // closed while sock is usable, replaced when it is lost
	state    ConnectionState
	pending  map[string]*request
	lastID   uint64
	ready    wire.Ready // of the present session
	seq      uint64     // of the last event taken in
	room     string     // the slug that is to be joined again, empty for none
	rejoin   bool       // the present session was not yet told of room
	feeds    map[*feed]struct{}
	voice    *Voice
	terminal error // why the connection is over
}

// Connect opens a connection and waits for the server's ready. A refusal is a
// *wire.Error. ctx bounds the opening only; Close ends the connection.
func (c *Client) Connect(ctx context.Context) (*Conn, error) {
	conn := &Conn{
		client:  c,
		done:    make(chan struct{}),
		events:  make(chan Event, eventQueue),
		up:      make(chan struct{}),
		pending: map[string]*request{},
		feeds:   map[*feed]struct{}{},
	}
	s, err := conn.dial(ctx)
	if err != nil {
		return nil, err
	}
	conn.ctx, conn.cancel = context.WithCancel(context.Background())
	go conn.run(s)
	return conn, nil
}

// Events is where everything the server says arrives, in order. The queue
// holds 1024 events; when nobody reads, further ones are dropped and counted
// (Stats), so that a program that does not care need not drain it: requests,
// voice and reconnection do not depend on it. It is closed when the
// connection is over.
func (c *Conn) Events() <-chan Event { return c.events }

// Done is closed when the connection is over and its goroutines have ended.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err is why the connection is over: ErrClosed after Close, else what the
// server ended it with. It is nil while the connection lives.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.terminal
}

// Session returns what the server said of the present session.
func (c *Conn) Session() wire.Ready {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ready
}

// ConnStats counts what a connection has met.
type ConnStats struct {
	// Dropped counts events that Events had no room for.
	Dropped uint64
	// Gaps counts events whose seq did not follow the one before: a fault of
	// the server's.
	Gaps uint64
	// RTT is the last ping's round trip, 0 before there was one.
	RTT time.Duration
}

// Stats returns the connection's counters.
func (c *Conn) Stats() ConnStats {
	return ConnStats{Dropped: c.dropped.Load(), Gaps: c.gaps.Load(), RTT: time.Duration(c.rtt.Load())}
}

// Close leaves voice, closes the socket and waits for all that the connection
// started. It must not be called from OnAudio.
func (c *Conn) Close() error {
	c.mu.Lock()
	v := c.voice
	c.mu.Unlock()
	if v != nil {
		ctx, cancel := context.WithTimeout(c.ctx, closeGrace)
		_ = v.Leave(ctx) // the server notices by the closing socket otherwise
		cancel()
	}
	c.end(ErrClosed)
	<-c.done
	return nil
}

// end makes err the reason that the connection is over, unless there is one.
func (c *Conn) end(err error) {
	c.mu.Lock()
	if c.terminal == nil {
		c.terminal = err
	}
	c.mu.Unlock()
	c.cancel()
}

// deliver hands an event to whoever reads Events.
func (c *Conn) deliver(e Event) {
	select {
	case c.events <- e:
	default:
		c.dropped.Add(1)
	}
}

// State is what has become of the connection: StateConnected or StateResumed
// while it has a socket, StateReconnecting while it has not, StateClosed at
// the end. Events has the changes.
func (c *Conn) State() ConnectionState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

func (c *Conn) tell(s ConnectionState, err error) {
	if s != StateRoomLost {
		c.mu.Lock()
		c.state = s
		c.mu.Unlock()
	}
	c.deliver(Event{Type: TypeConnection, Payload: &ConnectionChange{State: s, Err: err}})
}
