package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
)

// Config is what Listen needs.
type Config struct {
	// Addr is the UDP address, "host:port"; an empty host means all
	// addresses of both families.
	Addr string
	// TCPAddr is where TCP connections of clients arrive, "host:port" as Addr;
	// empty: nowhere.
	TCPAddr string
	// Advertise are the addresses told to clients; empty: found, see Candidates.
	Advertise []netip.Addr
	// STUN is a server, "host:port", that is asked for this machine's public
	// address, which is then told beside its own; empty: none.
	STUN string
	Log  *slog.Logger
	// Tick is called every TickEvery from the transport's one timer
	// goroutine, with the batch to send with.
	Tick func(now int64, w *Batch)

	// For tests: a clock in place of the machine's, how long a handshake may
	// take, what TCP connections may cost, how often addresses are looked for.
	since                       func() time.Duration
	handshake                   time.Duration
	tcp                         tcpLimits
	addressesEvery, publicEvery time.Duration
}

// ListenError says which of the addresses could not be listened on.
type ListenError struct {
	TCP  bool // the one for connections
	Addr string
	Err  error
}

// Error implements error.
func (e *ListenError) Error() string { return fmt.Sprintf("media address %q: %v", e.Addr, e.Err) }

// Unwrap is the cause.
func (e *ListenError) Unwrap() error { return e.Err }

// TickEvery is how often Config.Tick is called.
const TickEvery = 50 * time.Millisecond

const (
	// maxHandshakes bounds the DTLS handshakes in progress, and so their memory.
	maxHandshakes = 256
	// maxStarting bounds those of them that are younger than startingFor. Each
	// costs milliseconds of CPU, and a crowd that joins at once is served soonest
	// a few at a time: all of them together only repeat themselves. A client on
	// a bad path, or one that went silent, keeps nobody waiting for longer.
	maxStarting = 16
	startingFor = 500 * time.Millisecond
)

// Transport is the media sockets of one server and the sessions on them.
type Transport struct {
	cfg         Config
	log         *slog.Logger
	sockets     []*socket
	listeners   []*net.TCPListener
	gate        *gate
	turns       chan *Batch // of connections' readers; nil ones are made when they are needed
	addresses   atomic.Pointer[advertised]
	public      []netip.Addr // of Listen, then of watchAddresses: what a STUN server told
	certificate tls.Certificate
	fingerprint string
	counters    Counters
	start       time.Time
	clock       clock
	limiter     *limiter
	handshakes  chan struct{}
	starting    chan struct{}

	done chan struct{}
	wg   sync.WaitGroup // readers, the timer, handshakes

	mu     sync.RWMutex
	ufrags map[string]*Session // by local username fragment
	all    map[uint32]*Session // by id
	lastID uint32
	closed bool
}

// Listen opens the media sockets and starts their readers.
func Listen(cfg Config) (*Transport, error) {
	cert, err := selfsign.GenerateSelfSigned()
	if err != nil {
		return nil, fmt.Errorf("make the DTLS certificate: %w", err)
	}
	t := &Transport{
		cfg: cfg, log: cfg.Log, certificate: cert, start: time.Now(), limiter: newLimiter(stunPerSecond, stunBurst), gate: newGate(cfg.tcp),
		handshakes: make(chan struct{}, maxHandshakes), starting: make(chan struct{}, maxStarting), done: make(chan struct{}),
		turns:  make(chan *Batch, runtime.GOMAXPROCS(0)),
		ufrags: make(map[string]*Session), all: make(map[uint32]*Session),
	}
	t.clock.since = cfg.since
	if t.clock.since == nil {
		t.clock.since = func() time.Duration { return time.Since(t.start) }
	}
	t.cfg.handshake = cmp.Or(t.cfg.handshake, handshakeTimeout)
	t.cfg.addressesEvery, t.cfg.publicEvery = cmp.Or(t.cfg.addressesEvery, addressesEvery), cmp.Or(t.cfg.publicEvery, publicEvery)
	if t.log == nil {
		t.log = slog.New(slog.DiscardHandler)
	}
	if t.fingerprint, err = fingerprintOf("sha-256", cert.Certificate[0]); err != nil {
		return nil, err
	}
	if err := t.listen(); err != nil {
		t.unlisten()
		return nil, err
	}
	t.lookup(context.Background(), t.asks())
	for range cap(t.turns) {
		t.turns <- nil
	}
	t.wg.Add(2*len(t.sockets) + len(t.listeners) + 2)
	for _, s := range t.sockets {
		go t.read(s)
		go t.catchUp(s)
	}
	for _, l := range t.listeners {
		go t.accept(l)
	}
	go t.watchAddresses()
	go t.timer()
	return t, nil
}

// Now is the transport's clock: microseconds since it began, never going back,
// without the times in which the process did not run.
func (t *Transport) Now() int64 { return t.clock.now() }

// Wall is the time of day of a reading of Now, as it was when the transport
// began plus what Now counted since: setting the machine's clock does not move
// it, so that sender reports stay consistent (RFC 3550 section 6.4.1 asks for no
// more than that).
func (t *Transport) Wall(now int64) time.Time {
	return t.start.Add(time.Duration(now) * time.Microsecond)
}

// Stalls is how many stalls Now has left out so far. Whoever compares readings
// of Now with another machine's clock begins anew when it has changed.
func (t *Transport) Stalls() uint32 { return t.clock.stalls.Load() }

// Candidates are the UDP addresses that clients reach the media sockets at; the
// first is the one that reaches furthest.
func (t *Transport) Candidates() []netip.AddrPort { return t.addresses.Load().udp }

// Advertised is what answers tell of, in the order of preference, as it is now.
func (t *Transport) Advertised() []Candidate { return t.addresses.Load().all }

// Fingerprint is the SHA-256 of the server's DTLS certificate, as SDP writes
// it (RFC 8122 section 5).
func (t *Transport) Fingerprint() string { return t.fingerprint }

// Counters are the transport's counters.
func (t *Transport) Counters() *Counters { return &t.counters }

// Sessions counts the open sessions.
func (t *Transport) Sessions() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.all)
}

// Paths counts the sessions that have a path, by what it is.
func (t *Transport) Paths() (udp, tcp int) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, s := range t.all {
		switch {
		case s.TCP():
			tcp++
		case s.HasPath():
			udp++
		}
	}
	return udp, tcp
}

// Connections counts the TCP connections, of clients and of strangers.
func (t *Transport) Connections() int { return t.gate.count() }

// Close ends all sessions and sockets and returns when every goroutine has.
func (t *Transport) Close() {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return
	}
	t.closed = true
	open := make([]*Session, 0, len(t.all))
	for _, s := range t.all {
		open = append(open, s)
	}
	t.mu.Unlock()
	for _, s := range open {
		s.Close()
	}
	close(t.done)
	t.unlisten()
	t.gate.close()
	t.wg.Wait()
}

// timer runs what happens by time: consent of each session, and the owner's
// own ticks.
func (t *Transport) timer() {
	defer t.wg.Done()
	w := newBatch(t.sockets)
	tick := time.NewTicker(TickEvery)
	defer tick.Stop()
	var sessions []*Session
	var skipped int64
	for {
		select {
		case <-t.done:
			return
		case <-tick.C:
		}
		now := t.Now()
		stalled := t.clock.skipped.Load() != skipped
		if stalled {
			skipped = t.clock.skipped.Load()
			t.counters.Stalls.Add(1)
		}
		sessions = sessions[:0]
		t.mu.RLock()
		for _, s := range t.all {
			sessions = append(sessions, s)
		}
		t.mu.RUnlock()
		for _, s := range sessions {
			if stalled {
				s.stalled(now)
			}
			s.tick(now, w)
		}
		clear(sessions)
		if t.cfg.Tick != nil {
			t.cfg.Tick(now, w)
		}
		w.flush()
	}
}

// packet is one datagram from its first byte on (RFC 7983 section 7).
func (t *Transport) packet(k *book, now int64, d datagram, w *Batch) {
	b := d.b
	if len(b) < 13 {
		t.counters.Unknown.Add(1)
		return
	}
	switch c := b[0]; {
	case c >= 128 && c <= 191:
		w.from = k.from(&d)
		s := k.owner(w.from).session
		if s == nil {
			t.counters.UnknownAddress.Add(1)
			return
		}
		s.media(now, b, w)
	case c <= 3:
		t.stun(k, now, d, w)
	case c >= 20 && c <= 63:
		s := k.owner(k.from(&d)).session
		if s == nil {
			t.counters.UnknownAddress.Add(1)
			return
		}
		s.dtlsRecord(now, b)
	default:
		t.counters.Unknown.Add(1)
	}
}

func (t *Transport) byUfrag(u []byte) *Session {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.ufrags[string(u)]
}

func (t *Transport) byID(id uint32) *Session {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.all[id]
}

// add gives a session its id. The caller holds t.mu.
func (t *Transport) add(s *Session) {
	for t.lastID++; t.all[t.lastID] != nil; t.lastID++ {
	}
	s.id = t.lastID
	t.all[s.id] = s
}
