package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	"github.com/pion/srtp/v3"
	"github.com/pion/stun/v4"
)

// echo is a Handler that sends each packet back to where it came from.
type echo struct {
	mu        sync.Mutex // guards the session's contexts
	connected chan struct{}
	failed    chan failure
}

// failure is what a Handler is told of a failed handshake.
type failure struct {
	cause HandshakeCause
	err   error
}

func newEcho() *echo {
	return &echo{connected: make(chan struct{}, 1), failed: make(chan failure, 1)}
}

func (e *echo) Packet(s *Session, now int64, b []byte, w *Batch) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, plain, err := s.OpenRTP(now, b, w); err == nil {
		s.SealRTP(plain, w)
	}
}

func (e *echo) Control(s *Session, now int64, b []byte, w *Batch) {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, _ = s.OpenRTCP(now, b, w)
}

func (e *echo) Connected(*Session) { e.connected <- struct{}{} }

func (e *echo) Failed(_ *Session, cause HandshakeCause, err error) {
	select {
	case e.failed <- failure{cause, err}:
	default:
	}
}

func (*echo) Lost(*Session)  {}
func (*echo) Found(*Session) {}

// certificateOf is one for all clients of a test binary: what is measured is
// not their key generation.
var certificateOf = sync.OnceValue(func() tls.Certificate {
	c, err := selfsign.GenerateSelfSigned()
	if err != nil {
		panic(err)
	}
	return c
})

// client is a whole client: a light ICE agent that nominates at once, Pion's
// DTLS and SRTP, over a real socket whose datagrams a test may mangle.
type client struct {
	t       testing.TB
	tr      *Transport
	session *Session
	h       *echo
	creds   Credentials // the server's
	local   Credentials
	cert    tls.Certificate
	every   time.Duration // between checks once there is a path
	quiet   atomic.Bool   // sends no checks of its own

	// mangle gets each datagram and says what becomes of it: how many copies,
	// and how late each is.
	mangle  func(out bool, b []byte) []time.Duration
	options []dtls.ClientOption

	mu       sync.Mutex
	conn     net.Conn
	tcp      bool // the next socket is a TCP connection
	remote   netip.AddrPort
	server   net.Addr // stands for it, wherever it is now
	answered chan struct{}
	once     sync.Once
	largest  int // datagram that the server sent

	in   chan []byte // DTLS
	wake chan struct{}
	past atomic.Bool
	done chan struct{}
	end  sync.Once
	wg   sync.WaitGroup

	dtls     *dtls.Conn
	rx, tx   *srtp.Context // guarded by mu
	seq      uint16
	sent     int
	received map[uint64]time.Duration // by number: how long it was under way
	stray    int                      // media that does not decrypt
}

// newClient makes a client and its session at the server's address to.
func newClient(t testing.TB, tr *Transport, to netip.AddrPort) *client {
	t.Helper()
	c := &client{
		t: t, tr: tr, h: newEcho(), cert: certificateOf(), every: 500 * time.Millisecond,
		local:  Credentials{Ufrag: randomString(4), Pwd: randomString(22)},
		remote: to, server: net.UDPAddrFromAddrPort(to),
		answered: make(chan struct{}), in: make(chan []byte, 64), wake: make(chan struct{}, 1), done: make(chan struct{}),
		received: map[uint64]time.Duration{},
	}
	return c
}

// join opens the session and the socket, and starts the ICE agent.
func (c *client) join() {
	c.t.Helper()
	fp, err := fingerprintOf("sha-256", c.cert.Certificate[0])
	if err != nil {
		c.t.Fatal(err)
	}
	c.session, c.creds, err = c.tr.NewSession(c.h, Remote{Ufrag: c.local.Ufrag, Pwd: c.local.Pwd, Hash: "sha-256", Fingerprint: fp})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(c.close)
	c.open()
	c.wg.Add(1)
	go c.checks()
}

// open takes a new socket, as a NAT that forgets its mapping does. What is
// first goes out by it before anything else.
func (c *client) open(first ...[]byte) {
	network := "udp"
	if c.tcp {
		network = "tcp"
	}
	conn, err := net.Dial(network, c.remote.String())
	if err != nil {
		c.t.Fatal(err)
	}
	if u, ok := conn.(*net.UDPConn); ok {
		_ = u.SetReadBuffer(1 << 20)
	} else {
		conn = framed{conn}
	}
	for _, b := range first {
		_, _ = conn.Write(b)
	}
	c.mu.Lock()
	old := c.conn
	c.conn = conn
	c.mu.Unlock()
	if old != nil {
		_ = old.Close()
	}
	c.wg.Add(1)
	go c.read(conn)
}

func (c *client) addr() netip.AddrPort {
	c.mu.Lock()
	defer c.mu.Unlock()
	return netip.MustParseAddrPort(c.conn.LocalAddr().String())
}

// stop ends the client; its session stays.
func (c *client) stop() {
	c.end.Do(func() {
		close(c.done)
		if c.dtls != nil {
			_ = c.dtls.Close()
		}
		c.mu.Lock()
		_ = c.conn.Close()
		c.mu.Unlock()
		c.wg.Wait()
	})
}

func (c *client) close() {
	c.stop()
	c.session.Close()
}

func (c *client) write(b []byte) {
	send := func() {
		c.mu.Lock()
		conn := c.conn
		c.mu.Unlock()
		_, _ = conn.Write(b)
	}
	c.through(true, b, send)
}

// through sends b once for each copy that is left of it.
func (c *client) through(out bool, b []byte, deliver func()) {
	if c.mangle == nil {
		deliver()
		return
	}
	for _, late := range c.mangle(out, b) {
		if late == 0 {
			deliver()
			continue
		}
		c.wg.Add(1)
		time.AfterFunc(late, func() { defer c.wg.Done(); deliver() })
	}
}

func (c *client) read(conn net.Conn) {
	defer c.wg.Done()
	b := make([]byte, 2048)
	for {
		n, err := conn.Read(b)
		if _, stream := conn.(framed); errors.Is(err, net.ErrClosed) || err != nil && stream {
			return
		}
		if err != nil {
			continue // a refused port is no end
		}
		x := append([]byte(nil), b[:n]...)
		c.through(false, x, func() { c.packet(append([]byte(nil), x...)) })
	}
}

func (c *client) packet(b []byte) {
	switch {
	case b[0] <= 3:
		c.stun(b)
	case b[0] < 64:
		c.mu.Lock()
		c.largest = max(c.largest, len(b))
		c.mu.Unlock()
		select {
		case c.in <- b:
		case <-c.done:
		default:
		}
	case b[0] >= 128:
		c.media(b)
	}
}

func (c *client) stun(b []byte) {
	m := &stun.Message{Raw: b}
	if m.Decode() != nil {
		return
	}
	switch m.Type {
	case stun.BindingSuccess:
		c.mu.Lock()
		pwd := c.creds.Pwd
		c.mu.Unlock()
		if stun.NewShortTermIntegrity(pwd).Check(m) == nil {
			c.once.Do(func() { close(c.answered) })
		}
	case stun.BindingRequest:
		c.mu.Lock()
		pwd := c.local.Pwd
		c.mu.Unlock()
		if stun.NewShortTermIntegrity(pwd).Check(m) != nil {
			return
		}
		r, err := stun.Build(stun.NewTransactionIDSetter(m.TransactionID), stun.BindingSuccess,
			&stun.XORMappedAddress{IP: net.IPv4(127, 0, 0, 1), Port: 9}, stun.NewShortTermIntegrity(pwd), stun.Fingerprint)
		if err == nil {
			c.write(r.Raw)
		}
	}
}

func (c *client) check() {
	c.mu.Lock()
	creds, local := c.creds, c.local
	c.mu.Unlock()
	m, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername(creds.Ufrag+":"+local.Ufrag), nominate, priority(100),
		stun.NewShortTermIntegrity(creds.Pwd), stun.Fingerprint)
	if err == nil {
		c.write(m.Raw)
	}
}

// checks sends one every 50 ms until one is answered, then less often.
func (c *client) checks() {
	defer c.wg.Done()
	pace := 50 * time.Millisecond
	answered := c.answered
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-answered:
			pace, answered = c.every, nil
			timer.Reset(pace)
			continue
		case <-timer.C:
			if !c.quiet.Load() {
				c.check()
			}
			timer.Reset(pace)
		}
	}
}

// shake waits for a path and runs the DTLS handshake.
func (c *client) shake(ctx context.Context) error {
	select {
	case <-c.answered:
	case <-ctx.Done():
		return ctx.Err()
	}
	options := append([]dtls.ClientOption{
		dtls.WithCertificates(c.cert), dtls.WithInsecureSkipVerify(true),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithFlightInterval(50 * time.Millisecond), dtls.WithLoggerFactory(quiet), dtls.WithMTU(1100),
	}, c.options...)
	conn, err := dtls.ClientWithOptions(c, c.server, options...)
	if err != nil {
		return err
	}
	c.dtls = conn
	if err := conn.HandshakeContext(ctx); err != nil {
		return err
	}
	state, ok := conn.ConnectionState()
	profile, ok2 := conn.SelectedSRTPProtectionProfile()
	if !ok || !ok2 {
		return errors.New("no keys")
	}
	cfg := &srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := cfg.ExtractSessionKeysFromDTLS(&state, true); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tx, err = srtp.CreateContext(cfg.Keys.LocalMasterKey, cfg.Keys.LocalMasterSalt, cfg.Profile); err != nil {
		return err
	}
	c.rx, err = srtp.CreateContext(cfg.Keys.RemoteMasterKey, cfg.Keys.RemoteMasterSalt, cfg.Profile)
	return err
}

// connect joins and waits until both sides have keys.
func (c *client) connect() {
	c.t.Helper()
	c.join()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	if err := c.shake(ctx); err != nil {
		c.t.Fatalf("handshake: %v", err)
	}
	select {
	case <-c.h.connected:
	case <-ctx.Done():
		c.t.Fatal("the server has no keys")
	}
}

// The net.PacketConn beneath the client's DTLS.

func (c *client) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		if c.past.Load() {
			return 0, nil, os.ErrDeadlineExceeded
		}
		select {
		case x := <-c.in:
			return copy(b, x), c.server, nil
		case <-c.done:
			return 0, nil, io.EOF
		case <-c.wake:
		}
	}
}

func (c *client) WriteTo(b []byte, _ net.Addr) (int, error) {
	c.write(append([]byte(nil), b...))
	return len(b), nil
}

func (c *client) Close() error                     { return nil }
func (c *client) LocalAddr() net.Addr              { return net.UDPAddrFromAddrPort(c.addr()) }
func (c *client) SetDeadline(t time.Time) error    { return c.SetReadDeadline(t) }
func (c *client) SetWriteDeadline(time.Time) error { return nil }
func (c *client) SetReadDeadline(t time.Time) error {
	c.past.Store(!t.IsZero() && !t.After(time.Now()))
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return nil
}
