package sfu_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/boltorezka/boltorezka/sfu"
)

var redundantOpus = webrtc.RTPCodecParameters{
	RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: "audio/red", ClockRate: 48000, Channels: 2, SDPFmtpLine: "111/111"},
	PayloadType:        63,
}

// talking lets a client with two layers, of which the low one is parked, send
// numbered frames in real time until the end of the test. What a low layer makes
// of redundancy is cheap, so it is sent whatever the path is thought to carry.
func talking(t *testing.T, p *rawPeer) {
	stop := make(chan struct{})
	var talk sync.WaitGroup
	t.Cleanup(func() { close(stop); talk.Wait() })
	talk.Go(func() {
		tick := time.NewTicker(frame)
		defer tick.Stop()
		level := uint8(20)
		for i := 0; ; i++ {
			p.rtp(&level, nil, numbered(i))
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	})
}

// redundant are the packets of redundant Opus that a peer was sent.
func (p *testPeer) redundant() (out []heard) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.heard {
		if k.PayloadType == uint8(redundantOpus.PayloadType) {
			out = append(out, k)
		}
	}
	return out
}

// checkRedundant fails the test unless each frame in a packet of redundant Opus
// is the one that was said then.
func checkRedundant(t *testing.T, k heard) {
	t.Helper()
	b := k.Payload
	type block struct{ offset, size int }
	var earlier []block
	for len(b) >= 4 && b[0] == 0x80|111 {
		earlier = append(earlier, block{int(b[1])<<6 | int(b[2])>>2, int(b[2]&3)<<8 | int(b[3])})
		b = b[4:]
	}
	if len(earlier) == 0 || len(b) == 0 || b[0] != 111 {
		t.Fatalf("no redundant Opus: % x", k.Payload)
	}
	b = b[1:]
	at := 0
	for _, e := range earlier {
		at += e.size
	}
	if len(b) > at && b[at]&3 != 0 {
		return // several frames in one: the machine was slow, and it looked like a thin path
	}
	if len(b)-at != len(speech) {
		t.Fatalf("its own frame has %d bytes, want %d", len(b)-at, len(speech))
	}
	n := numberOf(b[at:])
	for _, e := range earlier {
		if e.offset == 0 || e.offset%960 != 0 || e.size != len(speech) {
			t.Fatalf("an earlier frame of %d bytes %d ticks back", e.size, e.offset)
		}
		if got := numberOf(b[:e.size]); got != n-e.offset/960 {
			t.Fatalf("frame %d repeats frame %d as the one %d ticks back", n, got, e.offset)
		}
		b = b[e.size:]
	}
}

// Listeners who lose packets are told so, those of them who can take it are
// sent what they lose with what comes after it, and when the loss ends that is
// told too.
func TestLossIsToldAndRepaired(t *testing.T) {
	t.Parallel()
	s := newSFU(t)
	var lossy atomic.Bool
	lossy.Store(true)
	lose := func(seq uint16) bool { return lossy.Load() && everyTenth(seq) }
	a := rawJoin(t, s, "room", 11)
	red := join(t, s, "room", 22, joinOptions{through: newHoled(t, lose, nil), red: true})
	bare := join(t, s, "room", 33, joinOptions{through: newHoled(t, lose, nil)})
	talking(t, a)
	defer func() {
		for _, p := range []*testPeer{red, bare} {
			for _, q := range p.quality() {
				t.Logf("%d: %+v", p.csrc, q.Downlink)
			}
		}
	}()
	says := func(p *testPeer, ok func(sfu.Downlink) bool) func() bool {
		return func() bool {
			for _, q := range p.quality() {
				if ok(q.Downlink) {
					return true
				}
			}
			return false
		}
	}
	eventually(t, "redundancy for the loss is told", says(red, func(d sfu.Downlink) bool { return d.Loss >= 2 && d.Redundancy > 0 && d.State != "good" }))
	eventually(t, "the loss is told to who can take none", says(bare, func(d sfu.Downlink) bool { return d.Loss >= 2 && d.State != "good" }))
	eventually(t, "the earlier frames are there", func() bool { return len(red.redundant()) > 20 })
	for _, k := range red.redundant() {
		checkRedundant(t, k)
	}
	if m := s.Metrics(); m.Redundant == 0 {
		t.Error("no packet with earlier frames was counted")
	}
	if n := len(bare.redundant()); n != 0 {
		t.Errorf("%d packets with earlier frames to who did not negotiate them", n)
	}
	lossy.Store(false)
	before := map[*testPeer]int{red: len(red.quality()), bare: len(bare.quality())}
	for _, p := range []*testPeer{red, bare} {
		peak := 0.0
		for _, q := range p.quality() {
			peak = max(peak, q.Downlink.Loss)
		}
		eventually(t, "less loss is told", func() bool {
			for _, q := range p.quality()[before[p]:] {
				if q.Downlink.Loss < peak/2 {
					return true
				}
			}
			return false
		})
	}
}

// Where voice is not adapted, loss changes nothing and nothing is told.
func TestWithoutTheLadder(t *testing.T) {
	t.Parallel()
	s := newSFU(t, func(c *sfu.Config) { c.Ladder = "off" })
	a := rawJoin(t, s, "room", 11)
	l := join(t, s, "room", 22, joinOptions{through: newHoled(t, everyTenth, nil), red: true})
	talking(t, a)
	eventually(t, "the loss is known", func() bool { return s.Metrics().FeedbackLost >= 10 })
	eventually(t, "voice goes on", func() bool { return len(l.from(11)) >= 100 })
	if n := len(l.redundant()); n != 0 {
		t.Errorf("%d packets with earlier frames", n)
	}
	if n := len(l.quality()); n != 0 {
		t.Errorf("%d words", n)
	}
}
