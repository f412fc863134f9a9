package sfu

import (
	"testing"

	"github.com/pion/rtp"
)

// BenchmarkHostile is what one hostile packet costs the SFU, by kind, from the
// room's mutex on: the socket and the demultiplexer are not in it. Each cause
// must be the one that the name says.
func BenchmarkHostile(b *testing.B) {
	payload := append([]byte{0xF8}, make([]byte, 79)...)
	packet := func(p *fuzzPeer, ssrc uint32, pt uint8, payload []byte) []byte {
		h := rtp.Header{Version: 2, PayloadType: pt, SSRC: ssrc, SequenceNumber: p.seq[0], Timestamp: p.ts[0]}
		p.seq[0]++
		_ = h.SetExtension(1, []byte{20})
		plain, _ := (&rtp.Packet{Header: h, Payload: payload}).Marshal()
		out, err := p.tx.EncryptRTP(nil, plain, nil)
		if err != nil {
			b.Fatal(err)
		}
		return out
	}
	s, err := New(Config{UDPAddr: "127.0.0.1:0", AudioSlots: 3}, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	control := func(plain []byte) func(p *fuzzPeer) []byte {
		return func(p *fuzzPeer) []byte {
			out, err := p.tx.EncryptRTCP(nil, plain, nil)
			if err != nil {
				b.Fatal(err)
			}
			return out
		}
	}
	tcc := part(15, 205, 1, 0x11111111, 0x0000ffff, 1, 0x3fff3fff, 0x3fff3fff)
	for _, c := range []struct {
		name  string
		cause dropCause
		make  func(p *fuzzPeer) []byte
		again bool // the same datagram each time
		rtcp  bool
	}{
		{name: "rate", cause: dropRate, again: true, make: func(p *fuzzPeer) []byte {
			p.active.guard.packets = 1 << 60
			return packet(p, 1, 111, payload)
		}},
		{name: "stranger", cause: dropUnknownStream, again: true, make: func(p *fuzzPeer) []byte {
			p.active.guard.strangers = 1 << 60
			return packet(p, 77, 111, payload)
		}},
		{name: "replayed", cause: dropCauses, again: true, make: func(p *fuzzPeer) []byte { return packet(p, 1, 111, payload) }},
		{name: "forged", cause: dropCauses, again: true, make: func(p *fuzzPeer) []byte {
			out := packet(p, 1, 111, payload)
			out[len(out)-1]++
			return out
		}},
		{name: "payload_type", cause: dropPayloadType, make: func(p *fuzzPeer) []byte { return packet(p, 1, 63, payload) }},
		{name: "no_payload", cause: dropMalformed, make: func(p *fuzzPeer) []byte { return packet(p, 1, 111, nil) }},
		{name: "silence", cause: dropSilence, make: func(p *fuzzPeer) []byte { return packet(p, 1, 111, payload[:3]) }},
		{name: "control_rate", cause: dropControlRate, again: true, rtcp: true, make: func(p *fuzzPeer) []byte {
			p.active.guard.control = 1 << 60
			return control(part(0, 201, 1))(p)
		}},
		{name: "control_feedback_of_65535", cause: dropControl, rtcp: true, make: control(tcc)},
		{name: "control_300_packets", cause: dropControl, rtcp: true, make: control(make300())},
	} {
		b.Run(c.name, func(b *testing.B) {
			f := newFuzzRoom(b, s)
			p := f.hostile[0]
			take := p.active.Packet
			if c.rtcp {
				take = p.active.Control
			}
			made := make([][]byte, 1)
			if !c.again {
				made = make([][]byte, min(b.N, 30_000)) // within half a cycle of sequence numbers
			}
			for i := range made {
				made[i] = c.make(p)
			}
			buf := make([]byte, 1600)
			dropped := count(0)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				if !c.again && i%len(made) == 0 && i > 0 {
					b.StopTimer()
					if c.cause < dropCauses {
						dropped += f.r.metrics.dropped[c.cause]
					}
					f = newFuzzRoom(b, s) // or they would be replays
					p = f.hostile[0]
					take = p.active.Packet
					if c.rtcp {
						take = p.active.Control
					}
					b.StartTimer()
				}
				if c.rtcp && !c.again {
					p.active.guard.control = 0
				}
				take(p.active.session, f.now, buf[:copy(buf, made[i%len(made)])], f.w)
			}
			b.StopTimer()
			if c.cause < dropCauses {
				if dropped += f.r.metrics.dropped[c.cause]; dropped != count(b.N) {
					b.Fatalf("%d of %d were dropped as %v", dropped, b.N, c.cause)
				}
			}
		})
	}
}

// make300 is a compound of 300 packets of four bytes.
func make300() (out []byte) {
	out = part(0, 201, 1)
	for range 300 {
		out = append(out, 0x80, 203, 0, 0)
	}
	return out
}

// BenchmarkHostileOffer is the dearest of the hostile offers, and a good one
// beside it.
func BenchmarkHostileOffer(b *testing.B) {
	for _, c := range append(hostileOffers(), struct{ name, sdp, want string }{"good", testOffer(), ""}) {
		switch c.name {
		case "as many m-lines as fit", "payload types", "10,000 attributes", "good":
			b.Run(c.name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(c.sdp)))
				for range b.N {
					_, _ = parseOffer(c.sdp)
				}
			})
		}
	}
}

// BenchmarkCompound is the walk through a browser's compound.
func BenchmarkCompound(b *testing.B) {
	in := append(append(part(1, 201, 1, 2, 3, 4, 5, 6, 7), part(1, 202, 1, 0)...), part(15, 205, 1, 2, 5, 0, 0)...)
	b.ReportAllocs()
	for range b.N {
		c := compound{ahead: in}
		n := 0
		for _, ok := c.next(); ok; _, ok = c.next() {
			n++
		}
		if n != 2 || c.bad {
			b.Fatal(n)
		}
	}
}
