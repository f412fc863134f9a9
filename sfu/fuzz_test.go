package sfu

import (
	"encoding/binary"
	"errors"
	"github.com/boltorezka/boltorezka/sfu/internal/ladder"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
)

// script reads a fuzzer's bytes; at their end it reads zeros.
type script struct{ b []byte }

func (s *script) next() byte {
	if len(s.b) == 0 {
		return 0
	}
	v := s.b[0]
	s.b = s.b[1:]
	return v
}

func (s *script) take(n int) []byte {
	n = min(n, len(s.b))
	v := s.b[:n]
	s.b = s.b[n:]
	return v
}

// pauses are what may pass between two steps, in microseconds.
var pauses = [8]int64{20_000, 0, 1_000, 20_000, 300_000, 600_000, 2_000_000, 4_000_000}

func fuzzSFU(t testing.TB) *SFU {
	s, err := New(Config{UDPAddr: "127.0.0.1:0", AudioSlots: 3}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// TestAnyCourse plays random scripts of FuzzRTP at full speed, which a fuzzer's
// instruments do not reach.
func TestAnyCourse(t *testing.T) {
	s := fuzzSFU(t)
	seed := uint64(0)
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	}()
	relayed := 0
	for range 100 {
		seed = rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 0))
		script := &script{make([]byte, 2000)}
		for i := range script.b {
			if script.b[i] = byte(r.Uint32()); r.IntN(8) > 0 {
				script.b[i] = [...]byte{0, 1, 0x10, 0x20, 0x21, 0x21, 0x21, 0x23}[r.IntN(8)] // mostly what is relayed
			}
		}
		room := newFuzzRoom(t, s)
		for len(script.b) > 0 {
			room.step(script)
		}
		relayed += len(room.given)
		room.afterwards()
	}
	t.Logf("%d packets were relayed", relayed)
	if relayed < 5000 {
		t.Errorf("only %d packets were relayed: the scripts try nothing", relayed)
	}
}

// FuzzRTP plays any course of packets, mutes and new offers of two hostile
// clients, under their right keys. See fuzzRoom for what must hold.
func FuzzRTP(f *testing.F) {
	s := fuzzSFU(f)
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0x21, 20, 60, 16, 0, 0x21, 20, 60, 0, 0, 0x21, 20, 60})
	f.Add([]byte{0, 0x86, 0x21, 0, 3, 32, 7, 0x41, 20, 60, 64, 0x1d, 0xff, 9, 9, 9, 12, 0, 0, 13, 14, 15, 0, 10, 40, 0x90, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xBE, 0xDE, 0, 1, 0x10, 20, 0, 0, 1, 2, 3})
	f.Add([]byte(strings.Repeat("\x00\x05\x21\x14\x3c\x10\x46\x21\x14\x3c\x0e", 20)))
	f.Add([]byte("\x19\x06" + strings.Repeat("\x10\x05\x21\x14\x3c\x30\x05\x21\x14\x3c\x1e", 20) + "\x79\x61" + strings.Repeat("\x10\x05\x21\x14\x3c\x30\x05\x21\x14\x3c\x1e", 20)))
	f.Add([]byte(strings.Repeat("\x00\x05\x21\x00\x00\x7f\x20\x06\x21\x14\x3c\x0c\x0d\x0f\x11", 20)))
	f.Fuzz(func(t *testing.T, data []byte) {
		room := newFuzzRoom(t, s)
		x := &script{data}
		for steps := 0; len(x.b) > 0 && steps < 1000; steps++ {
			room.step(x)
		}
		room.afterwards()
	})
}

// step is one act of a script.
func (f *fuzzRoom) step(x *script) {
	op := x.next()
	p := f.hostile[op>>4&1]
	switch op & 15 {
	default:
		f.rtp(p, p.packet(x, int(op>>5&3), &f.now))
	case 9:
		b := x.next()
		f.full.active.reshape(f.now, ladder.Plan{
			Layer: ladder.Layer(b & 1), Redundancy: int(b >> 1 & 3), Distance: int(b >> 3 & 3), FrameMs: [...]int{20, 60, 80, 120}[b>>5&3], Slots: 1 + int(op>>5&3),
			NACK: true, PauseUntil: time.Duration(f.now) * time.Microsecond * time.Duration(b>>7) * 2,
		})
	case 10:
		b := append([]byte(nil), x.take(int(x.next()))...)
		if len(b) > 0 {
			b[0] = b[0]&0x3f | 0x80
			f.rtp(p, b)
		}
	case 11:
		b := append([]byte(nil), x.take(int(x.next()))...)
		if len(b) > 0 {
			b[0] = b[0]&0x3f | 0x80
			f.rtcp(p.Peer, p.tx, b)
		}
	case 12:
		p.SetMuted(op&32 != 0)
	case 13:
		f.full.SetDeafened(op&32 != 0)
		f.full.Ignore([]uint32{uint32(op >> 6)})
	case 14:
		f.speak(int(op >> 4))
	case 15:
		f.now += pauses[op>>4&7]
		f.r.tick(f.now, f.w, nil)
		f.check()
		if op&128 != 0 {
			o, _ := parseOffer(fuzzTalker(int(op >> 4 & 1)))
			mics, _ := microphones(o, fuzzTracks(o))
			f.r.mu.Lock()
			p.active.configure(o, mics, f.r.sfu.cfg.AudioSlots)
			f.r.mu.Unlock()
		}
	}
}

// packet is the next RTP packet of one of the client's streams, as the script
// has it.
func (p *fuzzPeer) packet(x *script, i int, now *int64) []byte {
	how := x.next()
	*now += pauses[how>>5]
	switch how & 7 {
	default:
		p.seq[i]++
	case 4:
		p.seq[i] += uint16(x.next())
	case 5:
		p.seq[i] += uint16(x.next()) << 8
	case 6:
		p.seq[i] -= uint16(x.next())
	case 7: // the same again
	}
	switch how >> 3 & 3 {
	case 0:
		p.ts[i] += 960
	case 1:
		p.ts[i] += uint32(x.next()) * 960
	case 2:
		p.ts[i] += uint32(x.next()) << 24
	}
	shape := x.next()
	h := rtp.Header{Version: 2, PayloadType: 111, SSRC: uint32(i + 1), SequenceNumber: p.seq[i], Timestamp: p.ts[i], Marker: shape&2 != 0}
	if shape&1 == 0 {
		h.PayloadType = x.next() & 0x7f
	}
	h.CSRC = make([]uint32, shape>>2&3*5)
	switch shape >> 5 & 3 {
	case 1:
		_ = h.SetExtension(1, []byte{x.next()})
	case 2:
		h.Extension, h.ExtensionProfile = true, 0x1000
		_ = h.SetExtension(x.next(), x.take(int(x.next())))
	case 3:
		_ = h.SetExtension(4, []byte("0"))
	}
	size := int(x.next())
	if size >= 250 {
		size = 1200 + 10*(size-250)
	}
	b, err := (&rtp.Packet{Header: h, Payload: make([]byte, size)}).Marshal()
	if err != nil {
		return nil
	}
	n := h.MarshalSize()
	if h.PayloadType == 63 && size > 12 { // one earlier frame of four bytes
		copy(b[n:], []byte{0x80 | 111, x.next(), x.next() &^ 3, 4, 111, x.next()})
		n += 9
	}
	if size > 12 || size > 1 && h.PayloadType != 63 {
		b[n], b[n+1] = x.next(), x.next() // how long it plays
	}
	if shape&128 != 0 {
		b[0] |= 1 << 5
		b[len(b)-1] = x.next()
	}
	return b
}

// FuzzRTCP sends compound packets of a listener, under its right keys, between
// packets of voice to it.
func FuzzRTCP(f *testing.F) {
	s := fuzzSFU(f)
	one := func(b ...byte) []byte { return append([]byte{byte(len(b))}, b...) }
	slot := uint32(0x11111111)
	f.Add([]byte{})
	f.Add(one(part(1, 201, 1, slot, 0xff000001, 5, 6, 7, 8)...))
	f.Add(one(append(part(0, 200, 1, 2, 3, 4, 5, 6), part(1, 202, 1, 0)...)...))
	f.Add(one(append(part(0, 201, 1), part(1, 205, 1, slot, 0x0001ffff)...)...))
	f.Add(append(one(part(15, 205, 1, slot, 0x00000005, 0x00000001, 0x20050404, 0x04040400)...), one(part(1, 203, slot)...)...))
	f.Add(one(part(15, 205, 1, slot, 0x0000ffff, 1, 0x3fff3fff, 0x3fff3fff)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		room := newFuzzRoom(t, s)
		tx := zeroKeys(t)
		x := &script{data}
		room.speak(20)
		for steps := 0; len(x.b) > 0 && steps < 100; steps++ {
			b := append([]byte(nil), x.take(int(x.next()))...)
			if len(b) == 0 {
				continue
			}
			b[0] = b[0]&0x3f | 0x80
			room.rtcp(room.full, tx, b)
			room.speak(1)
			if steps%10 == 9 {
				room.now += pauses[b[0]&7]
				room.r.tick(room.now, room.w, nil)
				room.check()
			}
		}
		room.afterwards()
	})
}

// FuzzOffer takes any offer as a first one and as a second, after a good one:
// the answer can be read and answers each m-line, or the refusal can be shown
// and changes nothing.
func FuzzOffer(f *testing.F) {
	s := fuzzSFU(f)
	f.Add(testOffer())
	f.Add(testHead + testLine("0", "sendrecv"))
	f.Add("v=0\r\n")
	for _, c := range hostileOffers() {
		if len(c.sdp) < 4096 {
			f.Add(c.sdp)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, first := range []string{"", testOffer()} {
			p, err := s.Join(Join{Room: "fuzz", CSRC: 1})
			if err != nil {
				t.Fatal(err)
			}
			if first != "" {
				if _, err := p.Offer(first, nil); err != nil {
					t.Fatal(err)
				}
			}
			was := p.active
			answer, err := p.Offer(text, nil)
			switch {
			case err != nil:
				checkRefusal(t, err)
				if p.active != was || p.pending != nil {
					t.Fatal("a refused offer changed the session")
				}
			default:
				checkAnswer(t, text, answer)
			}
			p.Close()
		}
	})
}

func checkRefusal(t *testing.T, err error) {
	t.Helper()
	var n *NegotiationError
	if !errors.As(err, &n) || n.Reason == "" || len(n.Reason) > maxReason || !utf8.ValidString(n.Reason) {
		t.Fatalf("%T %q", err, err)
	}
}

func checkAnswer(t *testing.T, offer, answer string) {
	t.Helper()
	o, err := parseOffer(offer)
	if err != nil {
		t.Fatalf("%v, but it was answered", err)
	}
	var back sdp.SessionDescription
	if err := back.UnmarshalString(answer); err != nil {
		t.Fatalf("the answer cannot be read: %v\n%q", err, answer)
	}
	if len(back.MediaDescriptions) != len(o.lines) {
		t.Fatalf("%d m-lines answered with %d", len(o.lines), len(back.MediaDescriptions))
	}
	for i, m := range back.MediaDescriptions {
		l := &o.lines[i]
		if mid, _ := m.Attribute("mid"); mid != l.mid || m.MediaName.Media != l.media {
			t.Fatalf("m-line %d: %s %q answered with %s %q", i, l.media, l.mid, m.MediaName.Media, mid)
		}
		_, sends := m.Attribute("sendonly")
		_, receives := m.Attribute("recvonly")
		if sends && !l.receives() || receives != l.sends() {
			t.Fatalf("m-line %d: %s answered with sendonly %v, recvonly %v", i, l.direction, sends, receives)
		}
	}
}

func FuzzCandidate(f *testing.F) {
	s := fuzzSFU(f)
	p, err := s.Join(Join{Room: "fuzz", CSRC: 1})
	if err != nil {
		f.Fatal(err)
	}
	if _, err := p.Offer(testOffer(), nil); err != nil {
		f.Fatal(err)
	}
	f.Add("")
	f.Add("candidate:1 1 UDP 2122252543 192.168.1.7 51234 typ host")
	f.Add("a=candidate:1 1 tcp 1 abcd.local 9 typ srflx raddr 0.0.0.0 rport 0 tcptype active")
	f.Add("candidate:1 1 udp 1 127.0.0.1 \x00\xff typ host")
	f.Fuzz(func(t *testing.T, c string) {
		if err := p.Candidate(c); err != nil {
			checkRefusal(t, err)
		}
	})
}

// FuzzCompound checks that what a walk gives is packets of the compound, in
// their order, of the kinds that are read, and no more than it bounds.
func FuzzCompound(f *testing.F) {
	f.Add(append(part(1, 201, 1, 2, 3, 4, 5, 6, 7), part(1, 202, 1, 0)...))
	f.Add(append(part(15, 205, 1, 2, 0xffff, 0, 0), 0x80))
	f.Add(append(part(1<<5|1, 205, 1, 2, 3, 4), part(1<<5|1, 203, 1, 0)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		was := string(b)
		c := compound{ahead: b}
		given, at := 0, 0
		for p, ok := c.next(); ok; p, ok = c.next() {
			if kind := p[1]; len(p) < 4 || kind < 200 || kind > 205 {
				t.Fatalf("kind %d with %d bytes", kind, len(p))
			}
			whole := 4 + 4*int(binary.BigEndian.Uint16(p[2:]))
			start := len(b) - len(c.ahead) - whole
			if start < at || len(p) > whole || len(p) < whole && p[0]&(1<<5) == 0 || &b[start] != &p[0] {
				t.Fatalf("%d of the %d bytes at %d, after %d", len(p), whole, start, at)
			}
			at = start + whole
			given++
		}
		if given > maxCompound || c.packets > maxCompound || !c.bad && (c.items > maxItems || len(c.ahead) > 0) {
			t.Fatalf("%d of %d packets with %d items", given, c.packets, c.items)
		}
		if _, ok := c.next(); ok || string(b) != was {
			t.Fatal("the walk goes on after its end, or changed what it walks")
		}
	})
}
