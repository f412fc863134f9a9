package edge

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// handshakeTime is how long a PROXY header and the TLS handshake may take
	// together.
	handshakeTime = 10 * time.Second
	// firstTime is how long a client may take after that to say its first
	// word. Browsers open connections in advance, and open others when those
	// are closed.
	firstTime = 15 * time.Second
)

// Options are what the program gives a server.
type Options struct {
	// TLS are the TLS ports, which Certificates are for; at least one.
	TLS []Port
	// Certificates answer the handshakes; nil only when there is no TLS port.
	Certificates *Certificates
	// Plain is the port of plain HTTP; nil: none.
	Plain net.Listener
	// Trusted are load balancers: no limit by address is theirs.
	Trusted []netip.Prefix
	// ProxyProtocol says that Trusted must begin each connection, on every
	// port, with a PROXY header, and all others must not.
	ProxyProtocol bool
	// TURN says that somebody accepts from Server.TURN.
	TURN bool
	// Rate multiplies the limits by address; 0 turns them off.
	Rate float64
	// Log takes what an operator should know; nil discards.
	Log *slog.Logger

	handshakeTime, firstTime time.Duration // 0: the defaults
}

// Port is a TLS port.
type Port struct {
	Listener net.Listener
	// OnlyTURN says that HTTP is not spoken there.
	OnlyTURN bool
}

// Server tells connections apart until Close. All methods may be called at any
// time from any goroutine.
type Server struct {
	opt   Options
	log   *slog.Logger
	count *counters
	gate  *gate
	tls   *tls.Config
	http  *queue
	turn  *queue

	once    sync.Once
	closing chan struct{}
	wg      sync.WaitGroup // accept loops, and connections under way
}

// New serves the ports, which are its own from now on, until Close.
func New(opt Options) *Server {
	s := &Server{opt: opt, log: opt.Log, count: newCounters(), gate: newGate(opt.Rate, time.Now), closing: make(chan struct{})}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.opt.handshakeTime == 0 {
		s.opt.handshakeTime, s.opt.firstTime = handshakeTime, firstTime
	}
	var at net.Addr = &net.TCPAddr{}
	if len(opt.TLS) > 0 {
		at = opt.TLS[0].Listener.Addr()
		s.tls = tlsConfig(opt.Certificates, opt.TURN)
	}
	s.turn = newQueue(at)
	if opt.Plain != nil {
		at = opt.Plain.Addr()
	}
	s.http = newQueue(at)
	if opt.Plain != nil {
		s.http.after = opt.Plain.Close
		if opt.ProxyProtocol {
			s.wg.Go(func() { s.accept(opt.Plain, func(conn net.Conn) { s.serve(conn, s.openPlain) }) })
		} else {
			s.wg.Go(func() { s.accept(opt.Plain, s.pass) })
		}
	}
	for _, port := range opt.TLS {
		s.wg.Go(func() {
			s.accept(port.Listener, func(conn net.Conn) { s.serve(conn, func(c *raw) (*told, Cause) { return s.openTLS(c, port) }) })
		})
	}
	return s
}

// HTTP is where connections that speak HTTP come out, plain ones among them;
// those over TLS have the methods of *tls.Conn. Closing it closes the plain
// port.
func (s *Server) HTTP() net.Listener { return s.http }

// TURN is where connections that speak TURN over TLS come out.
func (s *Server) TURN() net.Listener { return s.turn }

// Stats returns the counters.
func (s *Server) Stats() Stats {
	st := Stats{
		Handshakes: s.gate.len(), HTTP: s.count.http.Load(), TURN: s.count.turn.Load(), ACME: s.count.acme.Load(),
		Proxied: s.count.proxied.Load(), Refused: make(map[Cause]uint64, len(causes)),
	}
	for cause, n := range s.count.refused {
		st.Refused[cause] = n.Load()
	}
	return st
}

// Close closes the ports, both listeners and what is under way, and returns
// when nothing is any more. Connections that were handed on belong to whoever
// took them. It may be called more than once.
func (s *Server) Close() error {
	var err error
	s.once.Do(func() {
		close(s.closing)
		err = errors.Join(ignoreClosed(s.http.Close()), s.turn.Close())
		for _, port := range s.opt.TLS {
			err = errors.Join(err, ignoreClosed(port.Listener.Close()))
		}
		s.gate.close()
	})
	s.wg.Wait()
	return err
}

// accept takes connections until the listener is closed.
func (s *Server) accept(ln net.Listener, serve func(net.Conn)) {
	for {
		conn, err := ln.Accept()
		switch {
		case err == nil:
			serve(conn)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			// Out of descriptors or an aborted handshake: the listener itself is
			// sound, and some will be free in a moment.
			select {
			case <-s.closing:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
}

// pass hands plain HTTP on. Who speaks it the HTTP server finds out.
func (s *Server) pass(conn net.Conn) {
	if !s.http.hand(conn) {
		s.refuse(conn, CauseClosing)
	}
}

// serve opens one connection within the bounds, on a goroutine that Close
// waits for.
func (s *Server) serve(conn net.Conn, open func(*raw) (*told, Cause)) {
	var client netip.Addr
	if addr := addrOf(conn.RemoteAddr()); !s.trusted(addr) {
		client = addr
	}
	v, cause := s.gate.enter(conn, client)
	if cause != "" {
		s.refuse(conn, cause)
		return
	}
	s.wg.Go(func() { s.open(conn, v, open) })
}

// told is a connection of which is known who is to have it; nil: nobody.
type told struct {
	conn  net.Conn
	to    *queue
	count *atomic.Uint64 // nil: it is not counted
}

func (s *Server) open(conn net.Conn, v *visit, open func(*raw) (*told, Cause)) {
	c := &raw{Conn: conn}
	_ = conn.SetDeadline(time.Now().Add(s.opt.handshakeTime)) // fails only on a closed connection, as will the read
	var next *told
	cause := s.known(c, v)
	if cause == "" {
		next, cause = open(c)
	}
	// Before it is handed on: whoever gets it must not have it closed by the gate.
	if s.gate.leave(v) {
		cause = CauseEvicted
	}
	if cause == "" && next != nil {
		_ = c.SetDeadline(time.Time{})
		if next.count != nil {
			next.count.Add(1) // before anybody can answer it
		}
		if !next.to.hand(next.conn) {
			cause = CauseClosing
		}
	}
	if cause != "" {
		s.refuse(conn, cause)
	}
}

func (s *Server) refuse(conn net.Conn, cause Cause) {
	s.count.refuse(cause)
	s.log.Debug("a connection is refused", "cause", cause, "from", conn.RemoteAddr())
	_ = conn.Close() // there is nobody to tell
}

// known finds out who the client is whom a load balancer has brought, and
// whether he may open one more. Of others that is known.
func (s *Server) known(c *raw, v *visit) Cause {
	if !s.opt.ProxyProtocol || !s.trusted(addrOf(c.Conn.RemoteAddr())) {
		return ""
	}
	if cause := readProxy(c); cause != "" {
		return cause
	}
	s.count.proxied.Add(1)
	client := addrOf(c.RemoteAddr())
	if s.trusted(client) {
		return ""
	}
	return s.gate.admit(v, client)
}

func (s *Server) trusted(addr netip.Addr) bool {
	return slices.ContainsFunc(s.opt.Trusted, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// openPlain hands plain HTTP on once it is sure that nobody tells of another
// address than his own.
func (s *Server) openPlain(c *raw) (*told, Cause) {
	k, err := c.peek(len(proxyV2), beginsProxy)
	switch {
	case err != nil:
		return nil, silence(err)
	case k == speaksOther:
		return nil, CauseProxyUntrusted
	}
	return &told{conn: c, to: s.http}, ""
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
