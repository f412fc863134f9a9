package sfu

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/boltorezka/boltorezka/sfu/internal/ladder"
	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// thinUplink is a publisher of two layers behind a line of so many kbit/s, in
// virtual time, who obeys what he is told as a page does: with a clock of RTP time
// that stands still while he is parked.
type thinUplink struct {
	t        *testing.T
	r        *room
	l        *link
	listener *link
	in       [2]*inbound
	kbps     int64
	delayUs  int64
	jitterUs int
	rng      *rand.Rand
	deaf     bool // he obeys nothing
	noLength bool // his packets stay as long as they are

	now    int64
	free   int64 // when the line has sent what waits
	latest int64 // when the latest packet comes
	flying []upPacket
	word   []wordAt
	obeys  Uplink
	seq    [2]uint16
	ts     [2]uint32
	waits  [2]int // ms of audio that wait to be a packet
	queue  []int64
	spoken []int // ms that were sent in each 100 ms
	steps  []string
	told   Uplink
}

type upPacket struct {
	at    int64
	layer int
	seq   uint16
	ts    uint32
	dur   uint32
	size  int
}

func newThinUplink(t *testing.T, phase int64) *thinUplink {
	x := &thinUplink{t: t, delayUs: 10_000, kbps: 2000, now: 1_000_000 + phase, rng: rand.New(rand.NewPCG(1, uint64(phase)))}
	x.r, _ = sinkRoomOf(t, 1, 2)
	x.listener = x.r.peers[1].active
	x.listener.nextRTCP, x.listener.judge.next = 1<<62, 1<<62
	x.r.peers = x.r.peers[1:]
	p := &Peer{sfu: x.r.sfu, room: x.r, csrc: 10, layers: &layers{}}
	x.l = newLink(p)
	x.l.session, x.l.connected, x.l.nextRTCP, x.l.rtt, x.l.rttAt = transport.Sink(), true, 1<<62, 20_000, 1<<60
	x.l.watch.connectedAt = 1
	p.active = x.l
	for k := range x.in {
		x.in[k] = &inbound{id: uint32(k + 1), ssrc: uint32(k + 1), track: &track{relayed: true, low: k == 1, opusPT: 111}}
	}
	x.l.in = x.in[:]
	x.r.peers = append(x.r.peers, p)
	x.obeys = Uplink{High: true, MaxBitrate: 48_000, LowMaxBitrate: 16_000, FrameMs: 20}
	return x
}

func (x *thinUplink) runs(us int64) {
	w := transport.NullBatch()
	for end := x.now + us; x.now < end; x.now += 1000 {
		for len(x.word) > 0 && x.word[0].at <= x.now && !x.deaf {
			x.obeys = x.word[0].Uplink
			x.word = x.word[1:]
		}
		if x.now/1000%20 == 0 {
			x.says()
		}
		x.comes()
		if x.now/1000%50 != 0 {
			continue
		}
		x.r.tick(x.now, w, nil)
		w.Drain()
		p := x.l.peer
		if q := p.news.quality; q != nil {
			x.word = append(x.word, wordAt{x.now + obeysUs, q.Uplink})
			if u := q.Uplink; u != x.told {
				o := p.uplink.seen
				x.steps = append(x.steps, fmt.Sprintf("%7.2f %v %v %d/%d %d ms R%d; queue %v grown %v over %v est %d loss %.2f", float64(x.now)/1e6,
					u.High, u.Low, u.MaxBitrate, u.LowMaxBitrate, u.FrameMs, u.Redundancy, o.Queue, o.Grown, o.Overuse, o.EstimateBps, o.Loss))
				x.told = u
			}
		}
		p.news = news{}
	}
}

// says takes 20 ms of speech, and sends what has come together for a packet.
func (x *thinUplink) says() {
	for k, on := range [2]bool{x.obeys.High, x.obeys.Low} {
		if !on {
			x.waits[k] = 0
			continue
		}
		x.waits[k] += 20
		x.ts[k] += 960
		length, bitrate := x.obeys.FrameMs, x.obeys.MaxBitrate
		if k == 1 {
			bitrate = x.obeys.LowMaxBitrate
		}
		if x.noLength {
			length = 20
		}
		if x.waits[k] < length {
			continue
		}
		bytes := bitrate*x.waits[k]/8000 + 44
		dur := uint32(x.waits[k]) * 48
		n := x.now / 100_000
		for int64(len(x.queue)) <= n {
			x.queue, x.spoken = append(x.queue, 0), append(x.spoken, 0)
		}
		wait := max(x.free-x.now, 0)
		x.queue[n] = max(x.queue[n], wait)
		x.spoken[n] += x.waits[k]
		x.waits[k] = 0
		if x.seq[k]++; wait > 2_000_000 {
			continue // it is full
		}
		x.free = x.now + wait + int64(bytes+28)*8000/x.kbps
		x.latest = max(x.latest, x.free+x.delayUs+int64(x.rng.IntN(x.jitterUs+1)))
		x.flying = append(x.flying, upPacket{x.latest, k, x.seq[k], x.ts[k] - dur, dur, bytes})
	}
}

func (x *thinUplink) comes() {
	for len(x.flying) > 0 && x.flying[0].at <= x.now {
		a := x.flying[0]
		x.flying = x.flying[1:]
		in := x.in[a.layer]
		in.observe(x.now, a.seq, a.ts)
		x.l.peer.speaker.lastVoice = x.now
		x.l.peer.uplink.way.made(x.now, in, a.ts+a.dur, a.size+28)
	}
}

func (x *thinUplink) worst(from, to int64) (ms int64) {
	for n := from / 100_000; n < min(to/100_000, int64(len(x.queue))); n++ {
		ms = max(ms, x.queue[n]/1000)
	}
	return ms
}

func (x *thinUplink) share(from, to int64) float64 {
	n := 0
	for i := from / 100_000; i < min(to/100_000, int64(len(x.spoken))); i++ {
		n += x.spoken[i]
	}
	return float64(n) * 1000 / float64(to-from)
}

// Who talks through an uplink that becomes thin in the middle of it is heard all
// the time after a moment, with a queue that stays short and is soon gone.
func TestTalkerWithAThinUplink(t *testing.T) {
	for _, c := range []struct {
		kbps, peak int64
		both       bool
	}{{20, 800, false}, {25, 600, false}, {40, 250, false}, {60, 150, false}, {80, 50, false}, {40, 600, true}, {20, 2050, true}} {
		for phase := int64(1000); phase < 100_000; phase += 13_000 {
			x := newThinUplink(t, phase)
			if c.both {
				x.listener.judge.plan.Layer = ladder.Low
			}
			x.runs(3_000_000)
			from := x.now
			x.kbps = c.kbps
			x.runs(15_000_000)
			settled := from + 2_000_000
			if c.both && c.kbps == 20 {
				settled += 1_000_000 // of five times what the line carries much waits
			}
			peak, soon, said := x.worst(from, x.now), x.worst(settled, x.now), x.share(settled, x.now)
			u := x.l.peer.uplink.plan
			t.Logf("%d kbit/s, both layers %v, phase %d: queue at most %d ms, after 2 s %d; said %.2f; %+v", c.kbps, c.both, phase/1000, peak, soon, said, u)
			if peak > c.peak || soon >= 100 || said < 0.95 {
				t.Errorf("%+v, phase %d\n%s", c, phase, strings.Join(x.steps, "\n"))
			}
		}
	}
}

// Jitter and a path that becomes longer are no thin uplink.
func TestTalkerWithAShakyUplink(t *testing.T) {
	lowered := 0
	for phase := int64(1000); phase < 190_000; phase += 10_000 {
		x := newThinUplink(t, phase)
		x.runs(3_000_000)
		x.delayUs, x.jitterUs = 300_000, 75_000
		x.runs(15_000_000)
		if u := x.l.peer.uplink.plan; u.MaxBitrate < 48_000 || u.FrameMs != 20 || len(x.steps) > 1 {
			lowered++
			t.Logf("phase %d: %+v\n%s", phase, u, strings.Join(x.steps, "\n"))
		}
		if said := x.share(4_000_000, x.now); said < 0.98 {
			t.Errorf("phase %d: said %.2f", phase, said)
		}
	}
	if lowered > 1 {
		t.Errorf("lowered in %d of 19", lowered)
	}
}

// A client that obeys nothing, or not the length of packets, is asked for no more
// than pauses now and then.
func TestTalkerWhoDoesNotObey(t *testing.T) {
	for _, deaf := range []bool{true, false} {
		x := newThinUplink(t, 1000)
		x.deaf, x.noLength = deaf, true
		x.runs(3_000_000)
		x.kbps = 40
		x.runs(30_000_000)
		said := x.share(5_000_000, x.now)
		t.Logf("deaf %v: said %.2f, queue %d ms, %d words", deaf, said, x.worst(10_000_000, x.now), len(x.steps))
		if len(x.steps) > 40 || said < 0.6 {
			t.Errorf("deaf %v: said %.2f\n%s", deaf, said, strings.Join(x.steps, "\n"))
		}
	}
}
