package transport

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/logging"
	"github.com/pion/srtp/v3"
)

const (
	// dtlsQueue bounds the datagrams of one session that wait for its handshake:
	// a flight with a long certificate chain in small fragments. What is over it
	// comes again.
	dtlsQueue = 64
	// handshakeTimeout ends a handshake whose client has gone, counted from when
	// it was its turn. Timers double, and a client may begin with 1 s: on a path
	// that loses a third each way some take this long, and go on well then.
	handshakeTimeout = 20 * time.Second
	// flightInterval is the first retransmission timer (RFC 6347 section
	// 4.2.4.1 suggests 1 s; browsers use 50 ms on a path that ICE has proven),
	// or half a round trip more than one when that is longer.
	flightInterval    = 50 * time.Millisecond
	maxFlightInterval = time.Second
	// dtlsMTU keeps every datagram of a flight within 1,200 bytes, which pass
	// everywhere: the library fragments messages by it and adds two headers and
	// the cipher's nonce and tag.
	dtlsMTU = 1200 - recordHeader - messageHeader - 24
	// maxShakes bounds the handshakes that one session may begin.
	maxShakes = 3
	// replayWindow is the SRTP replay window in packets (RFC 3711 section 3.3.2).
	replayWindow = 128
)

// quiet keeps Pion's own log out: what matters is counted and returned.
var quiet = func() logging.LoggerFactory {
	f := logging.NewDefaultLoggerFactory()
	f.DefaultLogLevel = logging.LogLevelDisabled
	return f
}()

// fingerprintOf is a certificate's fingerprint as SDP writes it (RFC 8122
// section 5), for the hash functions that are still trusted.
func fingerprintOf(hash string, cert []byte) (string, error) {
	var sum []byte
	switch strings.ToLower(hash) {
	case "sha-256":
		h := sha256.Sum256(cert)
		sum = h[:]
	case "sha-384":
		h := sha512.Sum384(cert)
		sum = h[:]
	case "sha-512":
		h := sha512.Sum512(cert)
		sum = h[:]
	default:
		return "", fmt.Errorf("fingerprint hash %q: want sha-256, sha-384 or sha-512", hash)
	}
	var b strings.Builder
	for i, v := range sum {
		if i > 0 {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%02X", v)
	}
	return b.String(), nil
}

// dtlsRecord takes a datagram of DTLS records of this session, from its socket's
// reader. It waits until there is a path that was proven: no answer goes
// anywhere before.
func (s *Session) dtlsRecord(now int64, b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.muted.Load() {
		s.t.counters.DTLSRefused.Add(1)
		return
	}
	r := admit(b, &s.records)
	if r.alert && s.dtls != nil {
		s.dtls.alerted.Store(true)
	}
	switch {
	case s.parting.flight != nil:
		// Our last flight was lost, or somebody plays with us.
		if len(r.kept) == 0 || !s.repeat(now) {
			s.t.counters.DTLSRefused.Add(1)
		}
		return
	case s.ready.Load():
		r.kept = nil
	case s.dtls == nil && r.hello && s.shakes < maxShakes:
		s.dtls = newDTLSConn(s)
	case s.dtls == nil:
		r.kept = nil // the rest of a handshake that has failed
	}
	if r.refused || len(r.kept) == 0 {
		s.t.counters.DTLSRefused.Add(1)
	}
	if len(r.kept) == 0 {
		return
	}
	if !s.dtls.push(r.kept) {
		s.t.counters.DTLSDropped.Add(1)
	}
	s.startHandshake()
}

// startHandshake begins the handshake once there are both a record and a
// proven path. The caller holds s.mu.
func (s *Session) startHandshake() {
	if s.dtls == nil || s.dtls.started || s.dst.Load() == nil || s.closed {
		return
	}
	s.dtls.started = true
	s.shakes++
	s.t.wg.Add(1)
	go s.handshake(s.dtls)
}

// handshake runs one DTLS handshake as the server and hands the keys on. Of the
// connection no more is kept than its last flight: from then on the session is
// memory only.
func (s *Session) handshake(c *dtlsConn) {
	defer s.t.wg.Done()
	if !s.begin(s.t.handshakes) {
		return
	}
	if !s.begin(s.t.starting) {
		<-s.t.handshakes
		return
	}
	started := sync.OnceFunc(func() { <-s.t.starting })
	young := time.AfterFunc(startingFor, started)
	conn, err := s.shake(c)
	young.Stop()
	started()
	<-s.t.handshakes
	if err != nil {
		s.failed(c, err)
		return
	}
	s.t.counters.Handshakes.Add(1)
	s.h.Connected(s)
	c.part()
	_ = conn.Close()
}

// begin waits for its turn, and says whether the session is still there then.
func (s *Session) begin(turn chan struct{}) bool {
	select {
	case turn <- struct{}{}:
		return true
	case <-s.done:
		return false
	}
}

// failed counts a failed handshake. A client may try again with another
// ClientHello, unless that would end alike.
func (s *Session) failed(c *dtlsConn, err error) {
	_ = c.Close()
	s.mu.Lock()
	s.dtls = nil
	cause := causeOf(err, c, s.closed)
	if cause.hopeless() {
		s.shakes = maxShakes
	}
	s.mu.Unlock()
	n := &s.t.counters
	n.HandshakeFailed.Add(1)
	n.HandshakeFailures[cause].Add(1)
	if cause == HandshakeFingerprint {
		n.FingerprintWrong.Add(1)
	}
	if cause != HandshakeClosed {
		s.h.Failed(s, cause, fmt.Errorf("%s: %w", cause, err))
	}
}

// flight is the first retransmission timer of this session's handshake.
func (s *Session) flight() time.Duration {
	rtt := time.Duration(s.RTT()) * time.Microsecond
	return min(max(flightInterval, rtt*3/2), maxFlightInterval)
}

// shake runs the handshake and makes the SRTP contexts from its keys (RFC 5764
// section 4.2).
func (s *Session) shake(c *dtlsConn) (*dtls.Conn, error) {
	conn, err := dtls.ServerWithOptions(c, c.RemoteAddr(),
		dtls.WithCertificates(s.t.certificate),
		// Our own order decides: AES-GCM costs a third of HMAC-SHA1.
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithClientAuth(dtls.RequireAnyClientCert),
		dtls.WithInsecureSkipVerify(true),      // the fingerprint says who it is
		dtls.WithInsecureSkipVerifyHello(true), // ICE has proven the address
		dtls.WithVerifyPeerCertificate(func(raw [][]byte, _ [][]*x509.Certificate) error {
			if len(raw) == 0 {
				return errFingerprint
			}
			f, err := fingerprintOf(s.hash, raw[0])
			if err == nil && !strings.EqualFold(f, s.fingerprint) {
				err = errFingerprint
			}
			if err != nil {
				c.refused.Store(true)
			}
			return err
		}),
		dtls.WithFlightInterval(s.flight()),
		dtls.WithMTU(dtlsMTU),
		dtls.WithLoggerFactory(quiet),
	)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.t.cfg.handshake)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	err = conn.HandshakeContext(ctx)
	stop()
	if err == nil {
		err = s.keys(conn)
	}
	if err == nil {
		return conn, nil
	}
	_ = conn.Close()
	switch {
	case c.refused.Load():
		return nil, errFingerprint
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return nil, err
}

func (s *Session) keys(conn *dtls.Conn) error {
	profile, ok := conn.SelectedSRTPProtectionProfile()
	if !ok {
		return errNoProfile
	}
	state, ok := conn.ConnectionState()
	if !ok {
		return errors.New("no DTLS state after the handshake")
	}
	cfg := &srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := cfg.ExtractSessionKeysFromDTLS(&state, false); err != nil {
		return fmt.Errorf("export the SRTP keys: %w", err)
	}
	rx, err := srtp.CreateContext(cfg.Keys.RemoteMasterKey, cfg.Keys.RemoteMasterSalt, cfg.Profile,
		srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
	if err != nil {
		return err
	}
	tx, err := srtp.CreateContext(cfg.Keys.LocalMasterKey, cfg.Keys.LocalMasterSalt, cfg.Profile)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.rx, s.tx = rx, tx
	s.ready.Store(true)
	return nil
}

// dtlsConn is the net.PacketConn beneath one handshake: fed by the reader,
// written straight to the session's path.
type dtlsConn struct {
	s       *Session
	started bool        // guarded by the session's mutex
	refused atomic.Bool // the certificate
	alerted atomic.Bool // there was an alert that anybody could have sent

	mu    sync.Mutex
	last  [][]byte    // the datagrams of our latest flight
	heard atomic.Bool // something was read since
	over  atomic.Bool // nothing is sent any more, not even an alert: the client would take it for the end

	in   chan []byte
	wake chan struct{}
	past atomic.Bool // the read deadline has passed
	done chan struct{}
	once sync.Once
}

func newDTLSConn(s *Session) *dtlsConn {
	return &dtlsConn{s: s, in: make(chan []byte, dtlsQueue), wake: make(chan struct{}, 1), done: make(chan struct{})}
}

func (c *dtlsConn) push(b []byte) bool {
	select {
	case c.in <- append([]byte(nil), b...):
		return true
	default:
		return false
	}
}

func (c *dtlsConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		if c.past.Load() {
			return 0, nil, os.ErrDeadlineExceeded
		}
		select {
		case x := <-c.in:
			c.heard.Store(true)
			return copy(b, x), c.RemoteAddr(), nil
		case <-c.done:
			return 0, nil, io.EOF
		case <-c.wake:
		}
	}
}

func (c *dtlsConn) WriteTo(b []byte, _ net.Addr) (int, error) {
	if c.over.Load() || c.s.muted.Load() {
		return len(b), nil
	}
	c.mu.Lock()
	if c.heard.Swap(false) {
		c.last = nil
	}
	c.last = append(c.last, bytes.Clone(b))
	c.mu.Unlock()
	if r := c.s.dst.Load(); r != nil {
		return c.s.t.write(b, r)
	}
	return len(b), nil
}

func (c *dtlsConn) Close() error {
	c.once.Do(func() { close(c.done) })
	return nil
}

func (c *dtlsConn) LocalAddr() net.Addr { return c.s.t.sockets[0].conn.LocalAddr() }

// RemoteAddr stands for the session, whatever path it has at the moment.
func (c *dtlsConn) RemoteAddr() net.Addr {
	if r := c.s.dst.Load(); r != nil {
		return net.UDPAddrFromAddrPort(r.addr)
	}
	return &net.UDPAddr{}
}

func (c *dtlsConn) SetDeadline(t time.Time) error    { return c.SetReadDeadline(t) }
func (c *dtlsConn) SetWriteDeadline(time.Time) error { return nil }

// SetReadDeadline knows only "now" and "never", which is all that pion/dtls
// asks for.
func (c *dtlsConn) SetReadDeadline(t time.Time) error {
	c.past.Store(!t.IsZero() && !t.After(time.Now()))
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return nil
}
