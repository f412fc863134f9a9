package sfu_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"github.com/boltorezka/boltorezka/sfu"
)

var loud = func() *uint8 { v := uint8(20); return &v }()

// TestHostileRTP sends what no honest client sends, under keys that are right,
// while two people talk: each packet is counted under its cause, what comes of
// it stays in the sender's own slot, and the two lose nothing.
func TestHostileRTP(t *testing.T) {
	s := newSFU(t)
	c := newCall(t, s, "room")
	padded := func(h *rtp.Header, n byte) []byte {
		b, _ := h.Marshal()
		b[0] |= 1 << 5
		return append(append(b, make([]byte, 20)...), n)
	}
	next := func(h *rawPeer) *rtp.Header {
		h.seq++
		return &rtp.Header{Version: 2, PayloadType: 111, SSRC: rawMic, SequenceNumber: h.seq}
	}
	for i, x := range []struct {
		name  string
		do    func(h *rawPeer)
		cause string // the counter that must rise, by least at least
		least uint64
	}{
		{"wrong payload types", func(h *rawPeer) {
			for _, pt := range []uint8{0, 8, 13, 62, 96, 110, 112, 127} {
				h.rtp(loud, func(r *rtp.Header) { r.PayloadType = pt }, speech)
			}
		}, "payload_type", 8},
		{"redundancy with impossible parts", func(h *rawPeer) {
			for _, red := range [][]byte{
				{0x80 | 111},                          // a header that ends
				{0x80 | 111, 0, 0, 1, 111},            // a block that is not there
				{0x80 | 111, 0, 3, 255, 111, 1, 2},    // one that is longer than the packet
				{0x80 | 9, 15, 0, 1, 111, 0, 0xF8, 1}, // of another type
				{9, 0xF8, 1},                          // and the primary
				{111},                                 // nothing in it
				bytes.Repeat([]byte{0x80 | 111, 1, 0, 0}, 200),
			} {
				h.rtp(loud, func(r *rtp.Header) { r.PayloadType = 63 }, red)
			}
		}, "malformed", 7},
		{"padding only", func(h *rawPeer) {
			for range 5 {
				r := next(h)
				r.Padding = true
				b, _ := (&rtp.Packet{Header: *r, PaddingSize: 100}).Marshal()
				h.plain(b)
			}
		}, "padding", 4},
		{"200 unknown SSRCs", func(h *rawPeer) {
			for i := range 200 {
				h.rtp(loud, func(r *rtp.Header) { r.SSRC = uint32(5000 + i) }, speech)
			}
		}, "unknown_stream", 150},
		{"20 SSRCs that name the microphone", func(h *rawPeer) {
			for i := range 20 {
				h.rtp(nil, func(r *rtp.Header) {
					r.SSRC = uint32(6000 + i)
					_ = r.SetExtension(4, []byte("0"))
				}, speech)
			}
		}, "unknown_stream", 12},
		{"the SSRC of the low layer", func(h *rawPeer) {
			for range 5 {
				h.rtp(loud, func(r *rtp.Header) { r.SSRC = rawLow }, speech)
			}
		}, "not_relayed", 5},
		{"the server's SSRCs", func(h *rawPeer) {
			for _, m := range regexp.MustCompile(`a=ssrc:(\d+)`).FindAllStringSubmatch(h.answer, -1) {
				n, _ := strconv.ParseUint(m[1], 10, 32)
				h.rtp(loud, func(r *rtp.Header) { r.SSRC = uint32(n) }, speech)
			}
		}, "unknown_stream", 2},
		{"jumps", func(h *rawPeer) {
			for range 100 {
				h.rtp(loud, nil, speech)
				h.seq += uint16(rand.Uint32N(30000))
				h.ts += rand.Uint32()
			}
			for range 20 { // back: SRTP's replay window does not reach there
				h.seq -= 20000
				h.rtp(loud, nil, speech)
			}
		}, "transport_undecryptable", 1},
		{"payloads of nothing", func(h *rawPeer) {
			for range 5 {
				h.rtp(loud, nil, nil)
			}
		}, "malformed", 5},
		{"padding beyond the packet", func(h *rawPeer) {
			for _, n := range []byte{21, 22, 100, 255} {
				h.plain(padded(next(h), n))
			}
		}, "malformed", 4},
		{"15 CSRCs and no payload", func(h *rawPeer) {
			for range 5 {
				r := next(h)
				r.CSRC = make([]uint32, 15)
				b, _ := r.Marshal()
				h.plain(b)
			}
		}, "malformed", 5},
		{"headers that end beyond the packet", func(h *rawPeer) {
			for _, tail := range [][]byte{{0xBE, 0xDE, 0xFF, 0xFF}, {0x10, 0, 0x40, 0}, {0xBE, 0xDE}, {0x10, 0, 0, 1, 9, 200, 0, 0}, {0xBE, 0xDE, 0, 1, 0x43, 'x', 'x', 0}} {
				b, _ := next(h).Marshal()
				b[0] |= 1 << 4
				h.raw(append(append(b, tail...), make([]byte, 10)...))
			}
		}, "transport_undecryptable", 5},
		{"odd extensions and voice", func(h *rawPeer) {
			for _, ext := range [][]byte{
				{0xBE, 0xDE, 0, 2, 0x00, 0xF0, 1, 2, 0x10, 20, 0, 0},     // ids 0 and 15 first
				{0x10, 0, 0, 2, 1, 1, 20, 0, 200, 2, 1, 1},               // two-byte headers
				{0x10, 0, 0, 1, 1, 0, 1, 0},                              // a level of no bytes
				append([]byte{0xBE, 0xDE, 0, 100}, make([]byte, 400)...), // nothing but padding
				{0xAB, 0xCD, 0, 1, 1, 2, 3, 4},                           // another profile
				append([]byte{0x10, 0, 0, 200}, storm(200)...),           // 400 extensions
				{0xBE, 0xDE, 0, 1, 0x10, 20, 0x10, 127},                  // one level twice
				{0xBE, 0xDE, 0, 0},                                       // none
			} {
				b, _ := next(h).Marshal()
				b[0] |= 1 << 4
				if h.plain(append(append(b, ext...), 0xF8)) == nil {
					h.t.Errorf("% x", ext[:4])
				}
			}
		}, "silence", 1},
		{"other versions", func(h *rawPeer) {
			for v := range byte(4) {
				b, _ := next(h).Marshal()
				b[0] = b[0]&0x3f | v<<6
				h.raw(append(b, speech...))
			}
		}, "transport_unknown", 2},
		{"larger than Opus can be", func(h *rawPeer) {
			for _, n := range []int{1275, 1400, 1500, 1540} {
				h.rtp(loud, nil, append([]byte{0xF8}, make([]byte, n)...))
			}
		}, "malformed", 4},
		{"larger than a buffer", func(h *rawPeer) {
			for _, n := range []int{1600, 3000, 9000, 60000} {
				h.rtp(loud, nil, append([]byte{0xF8}, make([]byte, n)...))
			}
		}, "transport_truncated", 4},
		{"one packet 50 times", func(h *rawPeer) {
			b := h.rtp(loud, nil, speech)
			for range 49 {
				h.raw(b)
			}
		}, "transport_undecryptable", 49},
		{"under other keys", func(h *rawPeer) {
			was := h.tx
			h.tx, _ = srtp.CreateContext(make([]byte, 16), make([]byte, 12), srtp.ProtectionProfileAeadAes128Gcm)
			for range 100 {
				h.rtp(loud, nil, speech)
			}
			h.tx = was
		}, "transport_undecryptable", 90},
		{"from an address without a session", func(h *rawPeer) {
			conn, err := net.DialUDP("udp4", nil, h.conn.RemoteAddr().(*net.UDPAddr))
			if err != nil {
				h.t.Fatal(err)
			}
			defer conn.Close()
			b := h.rtp(loud, nil, speech)
			for range 20 {
				_, _ = conn.Write(b)
			}
		}, "transport_unknown_address", 20},
		{"noise", func(h *rawPeer) {
			for n := range 200 {
				b := make([]byte, n)
				for i := range b {
					b[i] = byte(rand.Uint32())
				}
				if n > 0 {
					b[0] = 128 | b[0]&0x3f
				}
				h.raw(b)
			}
		}, "unknown_stream", 1},
		{"100 times the rate", func(h *rawPeer) {
			for range 50 {
				for range 100 {
					h.rtp(loud, nil, speech)
				}
				time.Sleep(frame)
			}
		}, "rate", 500}, // of 5000: how many are over it is a matter of how long they take
		{"ten times the bytes", func(h *rawPeer) {
			big := append([]byte{0xF8}, make([]byte, 1200)...)
			for range 200 {
				h.rtp(loud, nil, big)
			}
		}, "rate", 50},
	} {
		t.Run(x.name, func(t *testing.T) {
			h := rawJoin(t, s, "room", uint32(i+1))
			before := s.Metrics().Dropped[x.cause]
			x.do(h)
			counted := func() bool { return s.Metrics().Dropped[x.cause] >= before+x.least }
			// What the kernel had no room for while the server had no CPU is sent
			// again.
			for tries := 0; tries < 3 && !soon(counted); tries++ {
				x.do(h)
			}
			eventually(t, x.cause+" is counted", counted)
			for _, l := range []*testPeer{c.a, c.b} {
				seen := map[uint32]bool{}
				for _, k := range l.from(h.csrc) {
					id := uint32(k.slot)<<16 | uint32(k.SequenceNumber)
					if seen[id] {
						t.Errorf("sequence number %d twice", k.SequenceNumber)
					}
					seen[id] = true
				}
			}
		})
	}
	c.end("hostile RTP")
}

// soon waits two seconds for ok, which may not come.
func soon(ok func() bool) bool {
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return true
		}
	}
	return false
}

// storm is n words of two-byte extensions without a body.
func storm(n int) (b []byte) {
	for range n {
		b = append(b, 7, 0, 9, 0)
	}
	return b
}

// TestHostileSpeakerIsHeardAgain: limits are no ban; who keeps to them again is
// relayed again.
func TestHostileSpeakerIsHeardAgain(t *testing.T) {
	s := newSFU(t, func(c *sfu.Config) { c.MaxPacketsPerSec = 200 })
	l := join(t, s, "room", 1, joinOptions{})
	h := rawJoin(t, s, "room", 2)
	// However slow the machine is: until more was sent in a second than may be.
	eventually(t, "the flood is cut", func() bool {
		for range 300 {
			h.rtp(loud, nil, speech)
		}
		return s.Metrics().Dropped["rate"] > 100
	})
	marker := append([]byte{0xF8, 77}, make([]byte, 60)...)
	eventually(t, "it is heard again", func() bool {
		h.rtp(loud, nil, marker)
		for _, k := range l.from(2) {
			if len(k.Payload) == len(marker) {
				return true
			}
		}
		time.Sleep(frame) // within the limit, even with what was before
		return false
	})
}

// TestForgedPacketsUseUpNobodysRate: whoever knows a client's address but not
// its keys cannot silence it by sending too much in its name.
func TestForgedPacketsUseUpNobodysRate(t *testing.T) {
	s := newSFU(t, func(c *sfu.Config) { c.MaxPacketsPerSec = 50 })
	l := join(t, s, "room", 1, joinOptions{})
	h := rawJoin(t, s, "room", 2)
	forged := make([]byte, 100)
	forged[0], forged[1] = 2<<6, 111
	seq := uint16(0)
	// Of each burst, which is as many as the limit and more, the kernel may have
	// no room for some.
	eventually(t, "the forged ones are counted", func() bool {
		for range 50 {
			seq++
			binary.BigEndian.PutUint16(forged[2:], seq)
			binary.BigEndian.PutUint32(forged[8:], rawMic)
			h.raw(forged)
			binary.BigEndian.PutUint32(forged[8:], rand.Uint32())
			h.raw(forged)
		}
		d := s.Metrics().Dropped
		return d["transport_undecryptable"] >= 1000 && d["unknown_stream"] > 500
	})
	sent := 0
	eventually(t, "the client is heard", func() bool {
		if sent < 40 { // within the limit of 50
			sent++
			h.rtp(loud, nil, speech)
		}
		return len(l.from(2)) >= 20
	})
	if n := s.Metrics().Dropped["rate"]; n != 0 {
		t.Errorf("%d packets were over the rate", n)
	}
}

// TestSequenceNumbersThatComeAgain: by going from 0 to 65535 and to 0 again a
// new stream sends other packets under numbers that it used, and SRTP takes
// them for a cycle later. A listener is never sent two under one number, which
// would be one nonce.
func TestSequenceNumbersThatComeAgain(t *testing.T) {
	s := newSFU(t)
	l := join(t, s, "room", 1, joinOptions{})
	h := rawJoin(t, s, "room", 2)
	for i, seq := range []uint16{0, 65535, 0, 1, 65535, 0, 1, 2} {
		payload := append([]byte{0xF8, byte(i)}, make([]byte, 60)...)
		h.rtp(loud, func(r *rtp.Header) { r.SequenceNumber, r.Timestamp = seq, uint32(i)*960 }, payload)
	}
	eventually(t, "the last is heard", func() bool {
		got := l.from(2)
		return len(got) > 0 && got[len(got)-1].Payload[1] == 7
	})
	m := s.Metrics()
	if n := m.Dropped["late"]; n != 2 {
		t.Errorf("SRTP took %d packets that had to be stopped, want 2: the test shows nothing", n)
	}
	if m.PacketsOut != 3 {
		t.Errorf("%d packets were sent of the three that have numbers of their own", m.PacketsOut)
	}
}
