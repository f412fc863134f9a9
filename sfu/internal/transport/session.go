package transport

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// Handler is whose session it is. Packet and Control come from the socket's
// reader, Lost and Found from a reader or the timer, Connected and Failed from
// a handshake; none may block.
type Handler interface {
	// Packet is an encrypted RTP packet of this session, valid until it
	// returns; OpenRTP decrypts it.
	Packet(s *Session, now int64, b []byte, w *Batch)
	// Control is an encrypted RTCP packet of this session; OpenRTCP decrypts it.
	Control(s *Session, now int64, b []byte, w *Batch)
	// Connected says that the keys are there: from now on packets flow.
	Connected(s *Session)
	// Failed says that a DTLS handshake failed, by what cause and with which
	// error; not one that the end of the session cut off. A client may begin
	// another one, up to maxShakes, though browsers do not.
	Failed(s *Session, cause HandshakeCause, err error)
	// Lost says that nothing was heard of the client for some seconds, Found
	// that it was heard again.
	Lost(s *Session)
	Found(s *Session)
}

// Remote is what a client's offer says of its side.
type Remote struct {
	Ufrag, Pwd string
	// Hash and Fingerprint are the client's certificate's (RFC 8122 section 5).
	Hash, Fingerprint string
}

// ErrClosed is returned by calls on a closed session or transport.
var ErrClosed = errors.New("transport: closed")

// Session is the transport to one client's PeerConnection: ICE, DTLS and SRTP.
type Session struct {
	t  *Transport
	h  Handler
	id uint32 // names the session in the transactions of its checks

	// Set before the first packet, fixed for the session's life.
	hash, fingerprint string

	ready atomic.Bool           // keys are there
	dst   atomic.Pointer[route] // the selected path
	muted atomic.Bool           // DTLS: send no more, not even an alert

	// Written once before ready, then guarded by the Handler's own lock: the
	// packet path takes that one and no other.
	rx, tx           *srtp.Context
	rtpIn, controlIn streams

	done chan struct{}

	mu      sync.Mutex
	closed  bool
	ice     agent
	dtls    *dtlsConn
	known   []place // that readers take for this session's
	shakes  int     // handshakes begun
	records uint32  // plaintext records let through to them
	parting parting // of the handshake that has succeeded

	heardAt atomic.Int64 // anything authentic, by the selected path only STUN
	mediaAt atomic.Int64 // media by the selected path
	lost    bool         // guarded by mu
	expired bool         // consent is gone: nothing is sent, guarded by mu
}

// Credentials are one side's of ICE (RFC 8445 section 5.3).
type Credentials struct{ Ufrag, Pwd string }

// NewSession makes a session for the client that r describes and returns the
// local credentials to answer with.
func (t *Transport) NewSession(h Handler, r Remote) (*Session, Credentials, error) {
	s := &Session{t: t, h: h, hash: r.Hash, fingerprint: r.Fingerprint, done: make(chan struct{})}
	s.heardAt.Store(t.Now())
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return nil, Credentials{}, ErrClosed
	}
	t.add(s)
	t.mu.Unlock()
	c, err := s.Restart(r.Ufrag, r.Pwd)
	if err != nil {
		s.Close()
		return nil, Credentials{}, err
	}
	return s, c, nil
}

// Restart begins an ICE restart with the client's new credentials (RFC 8445
// section 9) and returns the new local ones. The ones before stay valid until
// the new ones have a path.
func (s *Session) Restart(ufrag, pwd string) (Credentials, error) {
	local := Credentials{Ufrag: randomString(8), Pwd: randomString(24)}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return Credentials{}, ErrClosed
	}
	gone := s.ice.restart(local, Credentials{ufrag, pwd})
	s.mu.Unlock()
	t := s.t
	t.mu.Lock()
	defer t.mu.Unlock()
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if t.closed || closed { // it may have been closed meanwhile, and has forgotten its names
		return Credentials{}, ErrClosed
	}
	t.ufrags[local.Ufrag] = s
	for _, o := range gone {
		delete(t.ufrags, o.local.Ufrag)
	}
	return local, nil
}

// Remote are the client's latest credentials and its certificate.
func (s *Session) Remote() Remote {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.ice.newest().remote
	return Remote{Ufrag: c.Ufrag, Pwd: c.Pwd, Hash: s.hash, Fingerprint: s.fingerprint}
}

// Local are the latest local credentials.
func (s *Session) Local() Credentials {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ice.newest().local
}

// Ready says whether packets can be sent and received.
func (s *Session) Ready() bool { return s.ready.Load() }

// RemoteAddr is the selected path's remote address, zero before there is one.
func (s *Session) RemoteAddr() netip.AddrPort {
	if d := s.dst.Load(); d != nil {
		return d.addr
	}
	return netip.AddrPort{}
}

// TCP says whether the selected path is a TCP connection.
func (s *Session) TCP() bool {
	d := s.dst.Load()
	return d != nil && d.stream != nil
}

// RTT is the latest round trip of a connectivity check in microseconds, 0
// before the first.
func (s *Session) RTT() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ice.rtt
}

// Close ends the session. It waits for nothing: its goroutines end on their
// own, and the transport's Close waits for them.
func (s *Session) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	s.ready.Store(false)
	s.muted.Store(true)
	close(s.done)
	gens := s.ice.generations
	known := s.known
	s.known = nil
	d := s.dtls
	s.mu.Unlock()
	if d != nil {
		_ = d.Close()
	}
	t := s.t
	t.mu.Lock()
	delete(t.all, s.id)
	for _, g := range gens {
		delete(t.ufrags, g.local.Ufrag)
	}
	t.mu.Unlock()
	t.release(s, known)
}

// lose takes the path of a connection away that has ended. Another one that was
// heard of lately takes its place at once; without one, the client is expected
// to come again.
func (s *Session) lose(now int64, c *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = slices.DeleteFunc(s.known, func(p place) bool { return p.stream == c })
	at := place{stream: c, addr: c.remote}
	p := s.ice.find(at)
	if p == nil || s.closed {
		return
	}
	was := s.ice.selected
	if s.ice.drop(p); was != p {
		return
	}
	s.dst.Store(nil)
	if next := s.ice.best(now); next != nil {
		s.selectPath(next)
		s.retire(now)
	}
}

// media is an SRTP or SRTCP packet (RFC 5761 section 4) of this session.
func (s *Session) media(now int64, b []byte, w *Batch) {
	if !s.ready.Load() {
		return
	}
	if b[1] >= 192 && b[1] <= 223 {
		s.h.Control(s, now, b, w)
		return
	}
	s.h.Packet(s, now, b, w)
}

// OpenRTP decrypts and authenticates a packet in place and returns it with its
// header, both valid until the batch's next OpenRTP. The caller holds the lock
// that guards the session's contexts.
func (s *Session) OpenRTP(now int64, b []byte, w *Batch) (*rtp.Header, []byte, error) {
	ssrc := binary.BigEndian.Uint32(b[8:]) // 13 bytes at least, see Transport.packet
	if !s.rtpIn.room(ssrc) {
		s.t.counters.StreamLimited.Add(1)
		return nil, nil, errStreams
	}
	out, err := s.rx.DecryptRTP(b[:0], b, &w.in)
	if err != nil {
		s.t.counters.Undecryptable.Add(1)
		return nil, nil, err
	}
	s.rtpIn.add(ssrc)
	s.heard(now, w)
	return &w.in, out, nil
}

// Heard says whether authentic RTP of the SSRC came before, under the same lock
// as OpenRTP.
func (s *Session) Heard(ssrc uint32) bool { return s.rtpIn.has(ssrc) }

// HeardControl is Heard of RTCP.
func (s *Session) HeardControl(ssrc uint32) bool { return s.controlIn.has(ssrc) }

// OpenRTCP decrypts and authenticates a compound packet in place, under the
// same lock as OpenRTP.
func (s *Session) OpenRTCP(now int64, b []byte, w *Batch) ([]byte, error) {
	ssrc := binary.BigEndian.Uint32(b[4:])
	if !s.controlIn.room(ssrc) {
		s.t.counters.StreamLimited.Add(1)
		return nil, errStreams
	}
	out, err := s.rx.DecryptRTCP(b[:0], b, &w.inRTCP)
	if err != nil {
		s.t.counters.Undecryptable.Add(1)
		return nil, err
	}
	s.controlIn.add(ssrc)
	s.heard(now, w)
	return out, nil
}

// SealRTP encrypts a plain packet and queues it to the client. It returns
// whether the packet was queued: not without a path, nor once consent is gone.
// The caller holds the lock that guards the session's contexts.
func (s *Session) SealRTP(plain []byte, w *Batch) bool {
	r := s.dst.Load()
	if r == nil || s.tooLarge(plain) {
		return false
	}
	out, err := s.tx.EncryptRTP(w.buffer(r), plain, &w.out)
	if err != nil {
		return false
	}
	w.commit(out, r)
	return true
}

// SealRTCP encrypts a compound packet and queues it, under the same lock as
// SealRTP.
func (s *Session) SealRTCP(plain []byte, w *Batch) bool {
	r := s.dst.Load()
	if r == nil || s.tooLarge(plain) {
		return false
	}
	out, err := s.tx.EncryptRTCP(w.buffer(r), plain, &w.outRTCP)
	if err != nil {
		return false
	}
	w.commit(out, r)
	return true
}

func (s *Session) tooLarge(plain []byte) bool {
	if len(plain) <= maxPlain {
		return false
	}
	if s.t != nil { // not of a Sink
		s.t.counters.TooLarge.Add(1)
	}
	return true
}

// heard notes an authentic packet. One that came by another path than the
// selected one may mean that the client's address has changed.
func (s *Session) heard(now int64, w *Batch) {
	if d := s.dst.Load(); d != nil && d.place == w.from {
		s.mediaAt.Store(now)
		return
	}
	s.heardAt.Store(now)
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.ice.find(w.from); p != nil {
		p.heardAt, p.mediaAt = now, now
		s.choose(now, p)
	}
}

// iceChars are the characters of RFC 8839 section 5.4's ice-char.
const iceChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

func randomString(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	for i := range b {
		b[i] = iceChars[b[i]&63]
	}
	return string(b)
}
