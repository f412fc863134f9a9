package sfu_test

import (
	"encoding/binary"
	"math/rand/v2"
	"regexp"
	"strconv"
	"testing"
)

// TestHostileRTCP sends control packets that no honest client sends, while two
// people talk: they are counted or passed over, and the two lose nothing.
func TestHostileRTCP(t *testing.T) {
	s := newSFU(t)
	c := newCall(t, s, "room")
	slots := func(h *rawPeer) (out []uint32) {
		for _, m := range regexp.MustCompile(`a=ssrc:(\d+)`).FindAllStringSubmatch(h.answer, -1) {
			n, _ := strconv.ParseUint(m[1], 10, 32)
			out = append(out, uint32(n))
		}
		return out
	}
	report := func(ssrc uint32, lost byte) []byte {
		return words(ssrc, uint32(lost)<<24|0x7fffff, 0xffffffff, 0xffffffff, rand.Uint32(), rand.Uint32())
	}
	for i, x := range []struct {
		name  string
		do    func(h *rawPeer)
		cause string // the counter that must rise, by least at least; "": none
		least uint64
	}{
		{"malformed", func(h *rawPeer) {
			rr := control(0, 201, words(1))
			for _, b := range [][]byte{
				{0x80, 200, 0xff, 0xff, 0, 0, 0, 1},    // longer than the packet
				{0x81, 201, 0, 9, 0, 0, 0, 1},          // the same with a block
				append(rr, 0x40, 200, 0, 0),            // another version in the second
				append(rr, 0x81, 201, 0, 1, 0),         // the second breaks off
				append(rr, 0x80, 201),                  // within its header
				append(rr, 0xff, 0xff, 0xff, 0xff, 0),  // nonsense
				control(31, 200, words(1, 2, 3, 4, 5)), // a sender report of 31 blocks that holds none
			} {
				h.rtcp(b)
			}
		}, "control_malformed", 7},
		{"hundreds of packets in one", func(h *rawPeer) {
			var b []byte
			for len(b) < 1400 {
				b = append(b, control(0, 203, nil)...)
			}
			h.rtcp(append(control(0, 201, words(1)), b...))
		}, "control_malformed", 1},
		{"a thousand packets in one", func(h *rawPeer) {
			b := control(0, 201, words(1))
			for range 1000 {
				b = append(b, control(0, 203, nil)...)
			}
			h.rtcp(b)
		}, "transport_truncated", 1},
		{"feedback of 65,535 packets in 24 bytes", func(h *rawPeer) {
			body := words(1, slots(h)[0], 0x0000ffff, 0)
			for range 8 {
				body = binary.BigEndian.AppendUint16(body, 1<<13|8191)
			}
			for range 20 {
				h.rtcp(append(control(0, 201, words(1)), control(15, 205, body)...))
			}
		}, "control_malformed", 20},
		{"NACKs of 10,000 packets that were never sent", func(h *rawPeer) {
			for _, ssrc := range append(slots(h), 901, 902, rawMic) {
				body := words(1, ssrc)
				for range 300 {
					body = append(body, words(rand.Uint32())...)
				}
				for range 7 {
					h.rtcp(append(control(0, 201, words(1)), control(1, 205, body)...))
				}
			}
		}, "", 0},
		{"reports of SSRCs that are nobody's", func(h *rawPeer) {
			for range 10 {
				h.rtcp(control(3, 201, append(words(1), append(report(rand.Uint32(), 255), append(report(901, 255), report(0, 255)...)...)...)))
			}
		}, "", 0},
		{"reports of all lost", func(h *rawPeer) {
			for range 10 {
				for _, ssrc := range slots(h) {
					h.rtcp(control(1, 201, append(words(1), report(ssrc, 255)...)))
				}
			}
		}, "", 0},
		{"another's goodbye", func(h *rawPeer) {
			for _, x := range []*testPeer{c.a, c.b} {
				x.mu.Lock()
				ssrc := x.heard[0].SSRC
				x.mu.Unlock()
				sender := uint32(x.pc.GetSenders()[0].GetParameters().Encodings[0].SSRC)
				h.rtcp(append(control(0, 201, words(1)), control(2, 203, words(ssrc, sender))...))
				h.rtcp(control(31, 203, words(ssrc))) // fewer sources than it says
			}
		}, "", 0},
		{"absurd clocks", func(h *rawPeer) {
			h.rtp(loud, nil, speech)
			for _, v := range []uint32{0, 1, 0x7fffffff, 0xffffffff} {
				h.rtcp(control(0, 200, words(rawMic, v, v, v, v, v)))
				h.rtcp(control(1, 200, append(words(rawMic, v, ^v, v, v, v), report(slots(h)[0], 0)...)))
			}
		}, "", 0},
		{"kinds that nobody reads", func(h *rawPeer) {
			rr := control(0, 201, words(1))
			for kind := byte(192); kind <= 223; kind++ {
				if kind < 200 || kind > 203 && kind != 205 {
					h.rtcp(append(rr, control(byte(rand.Uint32()&31), kind, words(1, 2, 3, 4))...))
				}
			}
			xr := words(1, 0x04000000|0x2, 5, 6, 0x01ff0001, 7)
			h.rtcp(append(rr, control(0, 207, xr)...))
			h.rtcp(control(0, 206, words(1, 2))) // reduced size
		}, "", 0},
		{"3,000 at once", func(h *rawPeer) {
			for range 3000 {
				h.rtcp(control(0, 201, words(1)))
			}
		}, "control_rate", 1000},
		{"200 senders", func(h *rawPeer) {
			for i := range 200 {
				h.rtcp(control(0, 201, words(uint32(9000+i))))
			}
		}, "control_rate", 100},
		{"one packet 50 times", func(h *rawPeer) {
			b := h.rtcp(control(0, 201, words(1)))
			for range 49 {
				h.raw(b)
			}
		}, "transport_undecryptable", 49},
	} {
		t.Run(x.name, func(t *testing.T) {
			h := rawJoin(t, s, "room", uint32(i+1))
			before := s.Metrics().Dropped[x.cause]
			x.do(h)
			if x.cause != "" {
				eventually(t, x.cause+" is counted", func() bool { return s.Metrics().Dropped[x.cause] >= before+x.least })
			}
			// Afterwards its voice is relayed as before.
			eventually(t, "the client is heard", func() bool {
				h.rtp(loud, nil, speech)
				return len(c.a.from(h.csrc)) > 0
			})
		})
	}
	c.end("hostile RTCP")
}
