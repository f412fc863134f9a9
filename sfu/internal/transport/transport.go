package transport

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
)

// Config is what Listen needs.
type Config struct {
	// Addr is the UDP address, "host:port"; an empty host means all
	// addresses of both families.
	Addr string
	// Advertise are the addresses told to clients; empty: found, see Candidates.
	Advertise []netip.Addr
	Log       *slog.Logger
	// Tick is called every TickEvery from the transport's one timer
	// goroutine, with the batch to send with.
	Tick func(now int64, w *Batch)

	// For tests: a clock in place of the machine's and how long a handshake may
	// take.
	since     func() time.Duration
	handshake time.Duration
}

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
	candidates  []netip.AddrPort
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
	host, port, err := net.SplitHostPort(cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("media address %q: want host:port or :port: %w", cfg.Addr, err)
	}
	cert, err := selfsign.GenerateSelfSigned()
	if err != nil {
		return nil, fmt.Errorf("make the DTLS certificate: %w", err)
	}
	t := &Transport{
		cfg: cfg, log: cfg.Log, certificate: cert, start: time.Now(), limiter: newLimiter(),
		handshakes: make(chan struct{}, maxHandshakes), starting: make(chan struct{}, maxStarting), done: make(chan struct{}),
		ufrags: make(map[string]*Session), all: make(map[uint32]*Session),
	}
	t.clock.since = cfg.since
	if t.clock.since == nil {
		t.clock.since = func() time.Duration { return time.Since(t.start) }
	}
	t.cfg.handshake = cmp.Or(t.cfg.handshake, handshakeTimeout)
	if t.log == nil {
		t.log = slog.New(slog.DiscardHandler)
	}
	if t.fingerprint, err = fingerprintOf("sha-256", cert.Certificate[0]); err != nil {
		return nil, err
	}
	if err := t.listen(host, port); err != nil {
		return nil, err
	}
	t.candidates = candidates(cfg.Advertise, t.sockets)
	for _, s := range t.sockets {
		t.wg.Add(2)
		go t.read(s)
		go t.catchUp(s)
	}
	t.wg.Add(1)
	go t.timer()
	return t, nil
}

// listen opens a socket for each address family that host means. Without
// IPv6 on the machine the server does with IPv4.
func (t *Transport) listen(host, port string) error {
	networks := []string{"udp4", "udp6"}
	if a, err := netip.ParseAddr(host); err == nil {
		networks = networks[:1]
		if a.Is6() {
			networks[0] = "udp6"
		}
	}
	var errs []error
	for _, n := range networks {
		s, err := listen(len(t.sockets), n, net.JoinHostPort(host, port), &t.counters)
		if err != nil {
			errs = append(errs, err)
			if n == "udp4" {
				break // a port in use must not leave half a server
			}
			continue
		}
		t.sockets = append(t.sockets, s)
		_, port, _ = net.SplitHostPort(s.conn.LocalAddr().String()) // ":0": both families on one port
	}
	if len(t.sockets) == 0 {
		return errors.Join(errs...)
	}
	for _, err := range errs {
		t.log.Info("media on IPv4 only", "cause", err)
	}
	return nil
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

// Candidates are the addresses that clients reach the media sockets at.
func (t *Transport) Candidates() []netip.AddrPort { return t.candidates }

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
	for _, s := range t.sockets {
		_ = s.conn.Close()
	}
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
func (t *Transport) packet(sock *socket, now int64, d datagram, w *Batch) {
	b, from := d.b, d.from
	if len(b) < 13 {
		t.counters.Unknown.Add(1)
		return
	}
	switch c := b[0]; {
	case c >= 128 && c <= 191:
		w.from, w.fromSocket = addrOf(from), sock.index
		s := sock.byAddr[w.from].session
		if s == nil {
			t.counters.UnknownAddress.Add(1)
			return
		}
		s.media(now, b, w)
	case c <= 3:
		t.stun(sock, now, d, w)
	case c >= 20 && c <= 63:
		s := sock.byAddr[addrOf(from)].session
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
