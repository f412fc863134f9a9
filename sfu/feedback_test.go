package sfu_test

import (
	"encoding/binary"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/pion/rtcp"
	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/stdnet"

	"github.com/boltorezka/boltorezka/sfu"
)

// holed is a network that loses RTP packets on their first way, those that
// lose chooses by sequence number, in one direction.
type holed struct {
	*stdnet.Net
	in, out func(seq uint16) bool
}

func newHoled(t *testing.T, in, out func(uint16) bool) *holed {
	t.Helper()
	n, err := stdnet.NewNet()
	if err != nil {
		t.Fatal(err)
	}
	return &holed{n, in, out}
}

func (h *holed) ListenUDP(network string, a *net.UDPAddr) (transport.UDPConn, error) {
	c, err := h.Net.ListenUDP(network, a)
	if err != nil {
		return nil, err
	}
	return &holedConn{UDPConn: c, h: h, seen: map[uint64]bool{}}, nil
}

type holedConn struct {
	transport.UDPConn
	h    *holed
	mu   sync.Mutex
	seen map[uint64]bool
}

// lost says whether this packet is to be lost: RTP (RFC 7983, RFC 5761), not
// lost before, and chosen.
func (c *holedConn) lost(b []byte, choose func(uint16) bool) bool {
	if choose == nil || len(b) < 12 || b[0] < 128 || b[0] > 191 || b[1] >= 192 && b[1] <= 223 {
		return false
	}
	seq := binary.BigEndian.Uint16(b[2:])
	c.mu.Lock()
	defer c.mu.Unlock()
	key := uint64(binary.BigEndian.Uint32(b[8:]))<<16 | uint64(seq)
	if c.seen[key] || !choose(seq) {
		return false
	}
	c.seen[key] = true
	return true
}

func (c *holedConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, a, err := c.UDPConn.ReadFrom(b)
		if err != nil || !c.lost(b[:n], c.h.in) {
			return n, a, err
		}
	}
}

func (c *holedConn) WriteTo(b []byte, a net.Addr) (int, error) {
	if c.lost(b, c.h.out) {
		return len(b), nil
	}
	return c.UDPConn.WriteTo(b, a)
}

// everyTenth loses a packet in ten.
func everyTenth(seq uint16) bool { return seq%10 == 3 }

// missing is how many of n packets did not come.
func missing(packets []heard, n int) int {
	seen := map[uint16]bool{}
	for _, k := range packets {
		seen[k.SequenceNumber] = true
	}
	return n - len(seen)
}

// gaps is how many sequence numbers between the first and the last are missing.
func gaps(packets []heard) int {
	span := uint16(0)
	for _, k := range packets {
		if d := k.SequenceNumber - packets[0].SequenceNumber; int16(d) > 0 {
			span = max(span, d)
		}
	}
	return missing(packets, int(span)+1)
}

// whole says that packets, in the order of their numbers, are n without a gap.
func whole(packets []heard, n int) bool {
	if len(packets) != n {
		return false
	}
	first := packets[0].SequenceNumber
	slices.SortFunc(packets, func(a, b heard) int { return int(int16(a.SequenceNumber-first)) - int(int16(b.SequenceNumber-first)) })
	for i := 1; i < n; i++ {
		if packets[i].SequenceNumber != packets[i-1].SequenceNumber+1 || packets[i].Timestamp != packets[i-1].Timestamp+960 {
			return false
		}
	}
	return true
}

// A listener that misses packets asks for them and gets them, the same as the
// others got: were one byte another, its authentication would fail.
func TestLostPacketsAreSentAgain(t *testing.T) {
	s := newSFU(t)
	s.AnyRTT()
	a := join(t, s, "room", 11, joinOptions{})
	l := join(t, s, "room", 22, joinOptions{through: newHoled(t, everyTenth, nil)})
	b := join(t, s, "room", 33, joinOptions{})
	a.speak(200, 20, frame)
	eventually(t, "what was lost is there, but for what was asked for too late", func() bool {
		// The last gap shows only with a packet after it.
		return missing(l.from(11), 200) <= 1+int(s.Metrics().NACKRefused["unknown"])
	})
	m := s.Metrics()
	if m.Resent < 10 || m.Resent > 40 {
		t.Errorf("%d packets were sent again, want about 20", m.Resent)
	}
	if n := m.Dropped["transport_undecryptable"]; n != 0 {
		t.Errorf("%d packets failed their authentication", n)
	}
	eventually(t, "who missed nothing got all", func() bool { return whole(b.from(11), 200) })
	eventually(t, "the listeners' feedback tells of all packets", func() bool {
		m := s.Metrics()
		return m.FeedbackAcked+m.FeedbackLost >= 390
	})
	m = s.Metrics()
	t.Logf("sent again %d, acked %d, lost %d", m.Resent, m.FeedbackAcked, m.FeedbackLost)
	if m.FeedbackUnknown != 0 {
		t.Errorf("feedback for %d packets that were never sent", m.FeedbackUnknown)
	}
}

// What is lost on the way from a publisher is asked for, and comes late but in
// its place.
func TestPublishersAreAskedForLostPackets(t *testing.T) {
	s := newSFU(t)
	s.AnyRTT()
	a := join(t, s, "room", 11, joinOptions{through: newHoled(t, nil, everyTenth)})
	l := join(t, s, "room", 22, joinOptions{})
	a.speak(200, 20, frame)
	eventually(t, "most of what was lost is there", func() bool { return missing(l.from(11), 200) <= 10 })
	m := s.Metrics()
	t.Logf("asked for %d packets; %d did not come", m.Asked, missing(l.from(11), 200))
	if m.Asked < 18 {
		t.Errorf("asked for %d packets, want about 20", m.Asked)
	}
}

// A publisher is told when each of his packets came.
func TestPublishersGetFeedback(t *testing.T) {
	s := newSFU(t)
	a := join(t, s, "room", 11, joinOptions{through: newHoled(t, nil, func(seq uint16) bool { return seq%20 == 5 })})
	a.speak(100, 20, frame)
	eventually(t, "feedback for all packets", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		seen := map[uint16]bool{}
		for _, f := range a.told {
			for i := range f.PacketStatusCount {
				seen[f.BaseSequenceNumber+i] = true
			}
		}
		return len(seen) >= 95
	})
}

// A stream that says goodbye gives its slot up at once; a listener whose
// session ends is told goodbye.
func TestGoodbye(t *testing.T) {
	s := newSFU(t)
	a := join(t, s, "room", 11, joinOptions{})
	l := join(t, s, "room", 22, joinOptions{})
	a.speak(10, 20, frame)
	eventually(t, "heard", func() bool { return len(l.from(11)) == 10 })
	ssrc := uint32(a.pc.GetSenders()[0].GetParameters().Encodings[0].SSRC)
	if err := a.pc.WriteRTCP([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: ssrc}, &rtcp.Goodbye{Sources: []uint32{ssrc}}}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the slot is nobody's", func() bool {
		select {
		case x := <-l.slots:
			return !slices.ContainsFunc(x, func(s sfu.Slot) bool { return s.CSRC != 0 })
		default:
			return false
		}
	})
	a.speak(10, 20, frame) // the same SSRC begins again
	// One frame is given up where the silence that the server ended him with is not over yet.
	eventually(t, "heard again", func() bool {
		late := int(s.Metrics().Dropped["late"])
		return late <= 1 && len(l.from(11)) == 20-late
	})
	slot := l.from(11)[0].SSRC
	l.peer.Close()
	eventually(t, "goodbye", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return slices.Contains(l.byes, slot)
	})
}
