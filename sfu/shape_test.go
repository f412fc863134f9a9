package sfu

import (
	"bytes"
	"testing"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"github.com/boltorezka/boltorezka/sfu/internal/ladder"
	"github.com/boltorezka/boltorezka/sfu/internal/rtpmap"
	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// duet is a talker with two layers and one listener, whose packets are opened.
// Frame n of both layers is of the same instant, at n*20 ms; their RTP times
// differ by an offset, and a payload's last bytes say which frame it is.
type duet struct {
	t        *testing.T
	r        *room
	talker   *Peer
	listener *link
	in       [2]*inbound // high, low
	h        *rtp.Header
	w        *transport.Batch
	rx       *srtp.Context
	parked   [2]bool
	half     bool // low frames begin 10 ms after the high ones
	n        int
	skips    int // frames that were not sent, in pauses
	sent     []rtp.Packet
}

var layerOffset = [2]uint32{0, 77_777 * 480}

func newDuet(t *testing.T) *duet {
	x := &duet{t: t, w: transport.NullBatch(), rx: zeroKeys(t)}
	x.r, x.talker = sinkRoomOf(t, 1, 2)
	x.talker.layers = &layers{}
	x.listener = x.r.peers[1].active
	for _, s := range x.listener.slots {
		s.redPT = 63
	}
	_, x.h, _ = voiceOf(t)
	for i := range x.in {
		x.in[i] = &inbound{id: uint32(i + 1), ssrc: uint32(9 + i), track: &track{relayed: true, low: i == 1, opusPT: 111, levelID: 1}}
	}
	return x
}

// payload is frame n of a layer: 20 ms of hybrid (high) or SILK (low) Opus.
func (x *duet) payload(layer, n int) []byte {
	size, toc := 120, byte(0x78)
	if layer == 1 {
		size, toc = 40, 0x48
	}
	b := make([]byte, size)
	b[0], b[size-2], b[size-1] = toc, byte(n>>8), byte(n)
	return b
}

// talk sends n frames of both layers, the high one 1 ms before the low one.
func (x *duet) talk(n int) {
	x.t.Helper()
	for range n {
		for layer := range 2 {
			if x.parked[layer] {
				continue
			}
			now := int64(x.n)*20_000 + int64(layer)*1000 + 1_000_000
			ts := uint32(x.n)*960 + layerOffset[layer]
			if x.half && layer == 1 {
				now, ts = now+9_000, ts+480
			}
			x.say(now, layer, ts, x.payload(layer, x.n))
		}
		x.n++
	}
}

// say sends one packet.
func (x *duet) say(now int64, layer int, ts uint32, payload []byte) {
	x.t.Helper()
	x.h.SequenceNumber, x.h.Timestamp = uint16(x.n-x.skips), ts
	x.r.voice(now, x.talker, x.in[layer], x.h, payload, x.w)
	x.drain()
}

// pause is n packets of silence of both layers, 400 ms each.
func (x *duet) pause(n int) {
	x.t.Helper()
	for range n {
		for layer := range 2 {
			if !x.parked[layer] {
				x.say(int64(x.n)*20_000+int64(layer)*1000+1_000_000, layer, uint32(x.n)*960+layerOffset[layer], []byte{0x78, 0, 0})
			}
		}
		x.n, x.skips = x.n+20, x.skips+19
	}
}

func (x *duet) drain() {
	x.t.Helper()
	for _, b := range x.w.Drain() {
		plain, err := x.rx.DecryptRTP(nil, b, nil)
		if err != nil {
			x.t.Fatal(err)
		}
		var p rtp.Packet
		if err := p.Unmarshal(plain); err != nil {
			x.t.Fatal(err)
		}
		x.sent = append(x.sent, p)
	}
}

func (x *duet) plan(p ladder.Plan) {
	if p.FrameMs == 0 {
		p.FrameMs = 20
	}
	if p.Slots == 0 {
		p.Slots = 2
	}
	x.listener.reshape(int64(x.n)*20_000+1_000_000, p)
}

// frames are the frames that a packet carries, and whether they are low ones.
func frames(t *testing.T, p *rtp.Packet) (n []int, low bool) {
	t.Helper()
	o, err := rtpmap.ParseOpus(p.Payload)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range o.Frames[:o.Len()] {
		n = append(n, int(f[len(f)-2])<<8|int(f[len(f)-1]))
	}
	return n, o.TOC>>3 == 0x48>>3
}

// A listener changes the layer in both directions, at every phase of a talk,
// without a step in his timestamps or a gap in his numbers, and hears every
// frame once.
func TestLayersChangeWithoutAStep(t *testing.T) {
	x := newDuet(t)
	x.talk(60)
	for i := range 12 {
		x.plan(ladder.Plan{Layer: ladder.Layer((i + 1) % 2)})
		x.talk(20 + i)
	}
	lows, last := 0, -1
	for i := range x.sent {
		p := &x.sent[i]
		n, low := frames(t, p)
		if low {
			lows++
		}
		if len(n) != 1 || n[0] != last+1 {
			t.Fatalf("packet %d carries frames %v after %d", i, n, last)
		}
		last = n[0]
		if i > 0 && (p.SequenceNumber != x.sent[i-1].SequenceNumber+1 || p.Timestamp != x.sent[i-1].Timestamp+960) {
			t.Fatalf("packet %d (low: %v) steps from %d, %d to %d, %d", i, low, x.sent[i-1].SequenceNumber, x.sent[i-1].Timestamp, p.SequenceNumber, p.Timestamp)
		}
	}
	if lows < 100 || lows > 200 {
		t.Errorf("%d of %d packets were of the low layer", lows, len(x.sent))
	}
	if x.plan(ladder.Plan{}); x.listener.shape != nil {
		t.Error("a listener with plain voice is still shaped")
	}
}

// A layer that is parked gives way to the other, and a low one that comes back
// with another offset is found anew.
func TestLayerThatIsParked(t *testing.T) {
	x := newDuet(t)
	x.talk(60)
	x.plan(ladder.Plan{Layer: ladder.Low})
	x.talk(20)
	x.parked[1] = true
	x.talk(50)
	if _, low := frames(t, &x.sent[len(x.sent)-1]); low {
		t.Fatal("on a layer that is not sent")
	}
	was := layerOffset[1]
	defer func() { layerOffset[1] = was }()
	layerOffset[1] += 50*960 + 480*7
	x.parked[1] = false
	x.talk(60)
	for i := 1; i < len(x.sent); i++ {
		d := x.sent[i].Timestamp - x.sent[i-1].Timestamp
		if d%960 != 0 || d == 0 || d > 12*960 {
			t.Fatalf("packet %d steps by %d", i, d)
		}
	}
	if _, low := frames(t, &x.sent[len(x.sent)-1]); !low {
		t.Error("not on the low layer again")
	}
	// The high one is parked, as on an uplink that carries no more: the low one
	// stands in for it, for those who are on the high layer too.
	x.plan(ladder.Plan{Layer: ladder.High})
	x.talk(20)
	x.parked[0] = true
	x.talk(60)
	before := len(x.sent)
	x.talk(20)
	if n := len(x.sent) - before; n != 20 {
		t.Errorf("%d of 20 packets of the layer that is left were sent", n)
	}
	x.parked[0] = false
	x.talk(60)
	if _, low := frames(t, &x.sent[len(x.sent)-1]); low {
		t.Error("not on the high layer again")
	}
}

// Redundancy is made of low frames where there are any, of the high ones else,
// at the distance that the plan says; a listener who loses packets finds what
// he lost in those after them.
func TestRedundancy(t *testing.T) {
	for _, parked := range []bool{false, true} {
		x := newDuet(t)
		x.parked[1] = parked
		x.talk(60)
		x.plan(ladder.Plan{Redundancy: 2, Distance: 2})
		before := len(x.sent)
		x.talk(20)
		for i, p := range x.sent[before:] {
			if p.PayloadType != 63 {
				t.Fatalf("packet %d is of type %d", i, p.PayloadType)
			}
			blocks, primary, err := rtpmap.ReadRED(p.Payload, 111, make([]rtpmap.Block, 0, 4))
			if err != nil || len(blocks) != 2 || blocks[0].Offset != 3*960 || blocks[1].Offset != 2*960 {
				t.Fatalf("packet %d: %v, %+v", i, err, blocks)
			}
			layer := 1
			if parked {
				layer = 0
			}
			n := 60 + i
			if !bytes.Equal(primary, x.payload(0, n)) || !bytes.Equal(blocks[0].Payload, x.payload(layer, n-3)) || !bytes.Equal(blocks[1].Payload, x.payload(layer, n-2)) {
				t.Errorf("packet %d repeats others than the frames before it", i)
			}
		}
		x.plan(ladder.Plan{})
		x.talk(3)
		if x.sent[len(x.sent)-1].PayloadType != 111 {
			t.Error("redundancy is not taken off again")
		}
	}
}

// Joined packets carry every frame once, in order, under numbers without gaps.
func TestJoinedPackets(t *testing.T) {
	for _, plan := range []ladder.Plan{{FrameMs: 60}, {Layer: ladder.Low, FrameMs: 60}, {Layer: ladder.Low, FrameMs: 80}, {Layer: ladder.Low, FrameMs: 120}} {
		layer, ms := plan.Layer, plan.FrameMs
		x := newDuet(t)
		x.talk(60)
		x.plan(plan)
		x.talk(60)
		x.plan(ladder.Plan{Layer: layer})
		x.talk(10)
		last, joined := -1, 0
		for i := range x.sent {
			n, _ := frames(t, &x.sent[i])
			if 20*len(n) == ms {
				joined++
			}
			for _, f := range n {
				if f != last+1 {
					t.Fatalf("%+v: packet %d carries frame %d after %d", plan, i, f, last)
				}
				last = f
			}
			if i > 0 && x.sent[i].SequenceNumber != x.sent[i-1].SequenceNumber+1 {
				t.Fatalf("%+v: packet %d has number %d after %d", plan, i, x.sent[i].SequenceNumber, x.sent[i-1].SequenceNumber)
			}
		}
		if joined < 1200/ms-2 {
			t.Errorf("%v: %d packets of %d ms", layer, joined, ms)
		}
	}
}

// The end of what somebody says goes out without waiting for more.
func TestJoinedPacketsAtTheEnd(t *testing.T) {
	x := newDuet(t)
	x.talk(60)
	x.plan(ladder.Plan{FrameMs: 60})
	x.talk(7)
	now := int64(x.n)*20_000 + 1_000_000
	x.listener.flushLate(now, x.w)
	x.drain()
	if n, _ := frames(t, &x.sent[len(x.sent)-1]); n[len(n)-1] == x.n-1 {
		t.Error("did not wait at all")
	}
	x.listener.flushLate(now+lateUs, x.w)
	x.drain()
	if n, _ := frames(t, &x.sent[len(x.sent)-1]); len(n) != 1 || n[0] != x.n-1 {
		t.Errorf("the last packet carries frames %v", n)
	}
}

// Joined packets repeat joined packets.
func TestJoinedPacketsRepeated(t *testing.T) {
	for _, ms := range []int{60, 80, 120} {
		joinedAreRepeated(t, ms)
	}
}

func joinedAreRepeated(t *testing.T, ms int) {
	x := newDuet(t)
	x.talk(60)
	x.plan(ladder.Plan{Layer: ladder.Low, FrameMs: ms, Redundancy: 2, Distance: 1})
	x.talk(61)
	var before []rtp.Packet
	red := 0
	for i := range x.sent {
		p := x.sent[i]
		if p.PayloadType == 63 {
			red++
			blocks, primary, err := rtpmap.ReadRED(p.Payload, 111, make([]rtpmap.Block, 0, 4))
			if err != nil || len(blocks) != min(2, red) {
				t.Fatalf("packet %d: %v, %d blocks", i, err, len(blocks))
			}
			for k, b := range blocks {
				was := before[len(before)-len(blocks)+k]
				if p.Timestamp-b.Offset != was.Timestamp || !bytes.Equal(b.Payload, was.Payload) {
					t.Errorf("packet %d repeats another than the %d. before it", i, len(blocks)-k)
				}
			}
			p.Payload = primary
		}
		before = append(before, p)
	}
	if red < 1200/ms-5 {
		t.Errorf("%d packets of %d ms repeated others", red, ms)
	}
}

// Pauses and fewer slots leave no gap in the numbers.
func TestPausesAndFewerSlots(t *testing.T) {
	x := newDuet(t)
	x.talk(60)
	before := len(x.sent)
	x.plan(ladder.Plan{PauseUntil: 1<<62 - 1})
	x.talk(10)
	if len(x.sent) != before {
		t.Error("sent in a pause")
	}
	x.plan(ladder.Plan{Slots: 1})
	x.talk(10)
	x.talker.speaker.rank = 1 // somebody louder speaks
	x.talk(10)
	x.talker.speaker.rank = 0
	x.plan(ladder.Plan{})
	x.talk(10)
	if n := len(x.sent) - before; n != 20 {
		t.Errorf("%d packets were sent, want 20", n)
	}
	for i := 1; i < len(x.sent); i++ {
		if x.sent[i].SequenceNumber != x.sent[i-1].SequenceNumber+1 {
			t.Fatalf("a gap after packet %d", i)
		}
	}
}

// BenchmarkShaped is one packet to a listener with two earlier frames in it.
func BenchmarkShaped(b *testing.B) {
	for _, c := range []struct {
		name string
		plan ladder.Plan
	}{
		{"plain", ladder.Plan{FrameMs: 20, Slots: 2}},
		{"redundant", ladder.Plan{Redundancy: 2, Distance: 1, FrameMs: 20, Slots: 2}},
		{"joined", ladder.Plan{FrameMs: 60, Slots: 2}},
	} {
		b.Run(c.name, func(b *testing.B) {
			r, talker := sinkRoom(b, 100)
			for _, l := range r.listeners {
				for _, s := range l.slots {
					s.redPT = 63
				}
				l.reshape(1, c.plan)
			}
			in, h, payload := voiceOf(b)
			w := transport.NullBatch()
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				h.SequenceNumber, h.Timestamp = uint16(i), uint32(i)*960
				r.relay(int64(i)*20_000, talker, in, h, payload, w)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*100), "ns/listener")
		})
	}
}
