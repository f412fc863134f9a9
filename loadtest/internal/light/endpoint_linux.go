package light

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/webrtc/v4"
	"golang.org/x/sys/unix"
)

// endpoint is one PeerConnection's socket.
type endpoint struct {
	engine  *Engine
	peer    *Peer
	session int
	mux     mux
	local   *net.UDPAddr

	sending sync.RWMutex // whoever sends reads; closing writes, so that no number of a closed file is used
	fd      int          // -1: closed

	terms  atomic.Pointer[terms]
	keys   atomic.Pointer[keys]
	remote atomic.Pointer[target] // where Pion's DTLS goes, so must media

	handshake sync.Mutex // guards hello
	hello     helloReader

	// Of the loop alone, under the engine's mutex:
	lazy         bool // has media: looked at each tick, not at once
	slots        []slot
	dropped      uint32 // by the socket, so far
	recorder     *twcc.Recorder
	nextReport   int64 // Unix ns
	nextFeedback int64
}

// slot is one stream from the server.
type slot struct {
	slotTerms
	reception
}

func (ep *endpoint) network() webrtc.NetworkType {
	if ep.local.IP.To4() != nil {
		return webrtc.NetworkTypeUDP4
	}
	return webrtc.NetworkTypeUDP6
}

// send sends one datagram of media.
func (ep *endpoint) send(b []byte) bool {
	to := ep.remote.Load()
	if to == nil {
		return false
	}
	ok := ep.sendTo(b, to)
	if !ok {
		ep.engine.count.sendErrors.Add(1)
	}
	return ok
}

func (ep *endpoint) sendTo(b []byte, to *target) bool {
	ep.sending.RLock()
	defer ep.sending.RUnlock()
	return ep.fd >= 0 && sendTo(ep.fd, b, to)
}

// pionWrites sends what Pion wants sent, but for media: its own sender and
// receiver reports would be about nothing.
func (ep *endpoint) pionWrites(b []byte, to net.Addr) (int, error) {
	a, ok := to.(*net.UDPAddr)
	if !ok || len(b) == 0 {
		return 0, net.ErrClosed
	}
	if isMedia(b[0]) {
		return len(b), nil
	}
	t := newTarget(a.AddrPort())
	if isDTLS(b[0]) {
		ep.remote.Store(t)
	}
	if !ep.sendTo(b, t) {
		return 0, net.ErrClosed
	}
	return len(b), nil
}

// RFC 7983 section 7.
func isMedia(first byte) bool { return first >= 128 && first < 192 }
func isDTLS(first byte) bool  { return first >= 20 && first < 64 }

// isControl tells RTCP from RTP (RFC 5761 section 4).
func isControl(second byte) bool { return second >= 192 && second < 224 }

// Write takes Pion's key log: with the ServerHello that has passed before it,
// there are keys.
func (ep *endpoint) Write(line []byte) (int, error) {
	s, err := parseKeyLog(line)
	if err != nil {
		return 0, err
	}
	ep.handshake.Lock()
	h := ep.hello.got
	ep.handshake.Unlock()
	if h == nil {
		return 0, errNoHello
	}
	k, err := deriveKeys(s, *h, true)
	if err != nil {
		return 0, err
	}
	ep.keys.Store(k)
	return len(line), nil
}

// take handles one datagram: the i-th of those received, at ns.
func (ep *endpoint) take(b []byte, ns int64, r *receiver, i int) {
	switch {
	case len(b) < 2:
	case !isMedia(b[0]):
		if isDTLS(b[0]) && ep.keys.Load() == nil {
			ep.handshake.Lock()
			ep.hello.read(b)
			ep.handshake.Unlock()
		}
		if !ep.mux.deliver(b, r.source(i)) {
			ep.engine.count.pion.Add(1)
		}
	case ep.keys.Load() == nil || ep.terms.Load() == nil:
		ep.engine.count.early.Add(1)
	case isControl(b[1]):
		ep.rtcp(b, ns)
	default:
		ep.rtp(b, ns)
	}
}

// begin prepares for the first media.
func (ep *endpoint) begin(t *terms, ns int64) {
	if ep.slots != nil || len(t.slots) == 0 {
		return
	}
	ep.slots = make([]slot, len(t.slots))
	for i := range t.slots {
		ep.slots[i].slotTerms = t.slots[i]
		if t.slots[i].feedback && ep.recorder == nil {
			ep.recorder = twcc.NewRecorder(t.micSSRC)
		}
	}
	ep.nextReport = ns + reportEvery/2 + rand.Int64N(reportEvery)
	ep.nextFeedback = ns + rand.Int64N(feedbackEvery)
}

func (ep *endpoint) rtp(b []byte, ns int64) {
	e := ep.engine
	h := &e.header
	ep.begin(ep.terms.Load(), ns)
	payload, err := ep.keys.Load().in.DecryptRTP(e.plain[:0], b, h)
	if err != nil {
		e.count.undecryptable.Add(1)
		return
	}
	index := -1
	for i := range ep.slots {
		if ep.slots[i].ssrc == h.SSRC {
			index = i
			break
		}
	}
	if index < 0 {
		e.count.unknown.Add(1)
		return
	}
	payload = payload[headerSize(b):]
	if h.Padding && len(payload) > 0 {
		payload = payload[:max(0, len(payload)-int(payload[len(payload)-1]))]
	}
	s := &ep.slots[index]
	s.take(h.SequenceNumber, h.Timestamp, ns)
	if s.feedback {
		if x := h.GetExtension(s.transportID); len(x) >= 2 {
			ep.recorder.Record(s.ssrc, binary.BigEndian.Uint16(x), ns/1000)
		}
	}
	e.count.packets.Add(1)
	if len(payload) == 0 {
		return
	}
	a := &e.arrival
	*a = Arrival{Slot: index, Session: ep.session, Seq: h.SequenceNumber, Timestamp: h.Timestamp, Payload: payload, At: ns}
	if len(h.CSRC) > 0 {
		a.CSRC = h.CSRC[0]
	}
	ep.peer.hear(a)
}

// headerSize is the length of an RTP header that was parsed before.
func headerSize(b []byte) int {
	n := 12 + 4*int(b[0]&15)
	if b[0]&0x10 != 0 {
		n += 4 + 4*int(binary.BigEndian.Uint16(b[n+2:]))
	}
	return n
}

// close closes the socket; the engine's mutex is held.
func (ep *endpoint) close() {
	ep.sending.Lock()
	defer ep.sending.Unlock()
	if ep.fd >= 0 {
		_ = unix.Close(ep.fd) // which takes it out of its epoll, too
		ep.fd = -1
	}
}
