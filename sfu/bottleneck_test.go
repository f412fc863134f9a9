package sfu

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"github.com/boltorezka/boltorezka/sfu/internal/ladder"
	"github.com/boltorezka/boltorezka/sfu/internal/rtpmap"
	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// bottleneck is a room of two talkers with two layers and a listener behind a
// link of so many kbit/s, in virtual time: microseconds from the start. Talkers
// obey what they are told a while later, as pages do.
type bottleneck struct {
	t        *testing.T
	r        *room
	w        *transport.Batch
	rx       *srtp.Context
	listener *link
	talkers  []*voiceSource
	kbps     int64
	oneWay   int64
	jitterUs int64
	latest   int64 // when the latest packet arrives
	rng      *rand.Rand
	every    int64 // between feedbacks

	now      int64
	free     int64 // when the link has sent what waits
	arrivals []arrival
	recorder *twcc.Recorder
	told     []feedback
	queue    []int64          // the longest in each 100 ms, microseconds
	frames   map[uint32][]int // of each talker, that came in each 100 ms, in units of 20 ms
	plan     ladder.Plan
	steps    []string
}

type arrival struct {
	at   int64
	wide uint16
	csrc uint32
	n    int
}

type feedback struct {
	at int64
	b  []byte
}

// voiceSource is a talker who never pauses.
type voiceSource struct {
	p     *Peer
	l     *link
	in    [2]*inbound // high, low
	phase int64
	n     int
	sends [2]bool
	low   int // bit/s
	word  []wordAt
}

type wordAt struct {
	at int64
	Uplink
}

const obeysUs = 60_000

func newBottleneck(t *testing.T, phase, every int64) *bottleneck {
	x := &bottleneck{t: t, rx: zeroKeys(t), w: transport.NullBatch(), oneWay: 10_000, every: every, rng: rand.New(rand.NewPCG(1, 2)), frames: map[uint32][]int{}, recorder: twcc.NewRecorder(1)}
	x.r, _ = sinkRoomOf(t, 1, 2)
	x.listener = x.r.peers[1].active
	x.r.peers = x.r.peers[1:]
	for _, s := range x.listener.slots {
		s.redPT, s.twccID = 63, 5
	}
	x.listener.down = &downlink{}
	for i := range 2 {
		v := &voiceSource{p: &Peer{sfu: x.r.sfu, room: x.r, csrc: uint32(10 + i)}, phase: int64(i) * phase, sends: [2]bool{true, false}, low: 16_000}
		v.l = newLink(v.p)
		v.l.session, v.l.connected, v.l.nextRTCP = transport.Sink(), true, 1<<62
		v.p.active, v.p.layers = v.l, &layers{}
		for k := range v.in {
			v.in[k] = &inbound{id: uint32(10*i + k + 1), ssrc: uint32(10*i + k + 1), track: &track{relayed: true, low: k == 1, opusPT: 111, levelID: 1}}
		}
		v.l.in = v.in[:]
		x.r.peers = append(x.r.peers, v.p)
		x.talkers = append(x.talkers, v)
	}
	x.r.rebuild()
	x.listener.nextRTCP = 1 << 62
	x.listener.rtt, x.listener.rttAt = 2*x.oneWay, 1<<60
	x.now = 1_000_000
	return x
}

// runs lets time pass; talk says who talks.
func (x *bottleneck) runs(us int64, talk ...bool) {
	for end := x.now + us; x.now < end; x.now += 1000 {
		if p := x.listener.judge.plan; p != x.plan {
			o := x.listener.judge.seen
			x.steps = append(x.steps, fmt.Sprintf("%7.2f %v %v R%d %d ms slots %d pause %v; est %d queue %v over %v full %v sent %d", float64(x.now)/1e6,
				x.listener.judge.reason, p.Layer, p.Redundancy, p.FrameMs, p.Slots, max(0, p.PauseUntil-o.At), o.EstimateBps, o.Queue, o.Overuse, o.Full, o.SentBps))
			x.plan = p
		}
		for i, v := range x.talkers {
			x.obeys(v)
			if i < len(talk) && talk[i] && (x.now-v.phase)%20_000 == 0 {
				x.says(v)
			}
		}
		x.receives()
		if x.now%50_000 == 0 {
			x.r.tick(x.now, x.w, nil)
			for _, v := range x.talkers {
				if q := v.p.news.quality; q != nil {
					v.word = append(v.word, wordAt{x.now + obeysUs, q.Uplink})
				}
			}
			for _, p := range x.r.peers {
				p.news = news{}
			}
			x.sent()
		}
	}
}

func (x *bottleneck) obeys(v *voiceSource) {
	if len(v.word) > 0 && v.word[0].at <= x.now {
		v.sends, v.low = [2]bool{v.word[0].High, v.word[0].Low}, v.word[0].LowMaxBitrate
		v.word = v.word[1:]
	}
}

// says sends a frame of each layer that is asked for.
func (x *bottleneck) says(v *voiceSource) {
	for k, on := range v.sends {
		if !on {
			continue
		}
		size, toc := 120, byte(0x78)
		if k == 1 {
			size, toc = v.low/400, 0x48
		}
		payload := make([]byte, size+(v.n*7)%(size/4)-size/8)
		payload[0] = toc
		h := rtp.Header{Version: 2, PayloadType: 111, SSRC: v.in[k].ssrc, SequenceNumber: uint16(v.n), Timestamp: uint32(v.n)*960 + layerOffset[k]}
		_ = h.SetExtension(1, []byte{20})
		v.in[k].observe(x.now, h.SequenceNumber, h.Timestamp)
		x.r.voice(x.now, v.p, v.in[k], &h, payload, x.w)
		x.sent()
	}
	v.n++
}

// sent puts what was sent on the link.
func (x *bottleneck) sent() {
	for _, b := range x.w.Drain() {
		var h rtp.Header
		if b[1] >= 192 && b[1] <= 223 {
			continue
		}
		if _, err := h.Unmarshal(b); err != nil {
			x.t.Fatal(err)
		}
		size := int64(len(b) + 28)
		wait := max(x.free-x.now, 0)
		for int64(len(x.queue)) <= x.now/100_000 {
			x.queue = append(x.queue, 0)
		}
		x.queue[x.now/100_000] = max(x.queue[x.now/100_000], wait)
		x.free = x.now + wait + size*8000/x.kbps
		ext := h.GetExtension(5)
		if len(ext) != 2 || len(h.CSRC) != 1 {
			x.t.Fatalf("%v", h)
		}
		x.latest = max(x.latest, x.free+x.oneWay+x.rng.Int64N(x.jitterUs+1))
		x.arrivals = append(x.arrivals, arrival{x.latest, uint16(ext[0])<<8 | uint16(ext[1]), h.CSRC[0], x.carries(&h, b)})
	}
}

// carries is how many frames of 20 ms a packet has.
func (x *bottleneck) carries(h *rtp.Header, b []byte) int {
	plain, err := x.rx.DecryptRTP(nil, b, nil)
	if err != nil {
		x.t.Fatal(err)
	}
	p := plain[h.MarshalSize():]
	if h.PayloadType == 63 {
		if _, p, err = rtpmap.ReadRED(p, 111, make([]rtpmap.Block, 0, 4)); err != nil {
			x.t.Fatal(err)
		}
	}
	return int(rtpmap.OpusDuration(p) / 960)
}

// receives takes what has arrived, and sends feedback.
func (x *bottleneck) receives() {
	for len(x.arrivals) > 0 && x.arrivals[0].at <= x.now {
		a := x.arrivals[0]
		x.arrivals = x.arrivals[1:]
		x.recorder.Record(1, a.wide, a.at)
		list := x.frames[a.csrc]
		for int64(len(list)) <= x.now/100_000 {
			list = append(list, 0)
		}
		list[x.now/100_000] += a.n
		x.frames[a.csrc] = list
	}
	if x.now%x.every == 0 && x.recorder.PacketsHeld() > 0 {
		for _, p := range x.recorder.BuildFeedbackPacket() {
			b, err := rtcp.Marshal([]rtcp.Packet{p})
			if err != nil {
				x.t.Fatal(err)
			}
			x.told = append(x.told, feedback{x.now + x.oneWay, b})
		}
	}
	for len(x.told) > 0 && x.told[0].at <= x.now {
		if !x.listener.control(x.now, x.told[0].b, x.w) {
			x.t.Fatal("feedback was not taken")
		}
		x.told = x.told[1:]
	}
}

// worst is the longest queue between two moments, in ms.
func (x *bottleneck) worst(from, to int64) (ms int64) {
	for i, q := range x.queue {
		if at := int64(i) * 100_000; at >= from && at < to {
			ms = max(ms, q/1000)
		}
	}
	return ms
}

// heard is the share of a talker's audio that came between two moments.
func (x *bottleneck) heard(csrc uint32, from, to int64) float64 {
	n := 0
	for i, k := range x.frames[csrc] {
		if at := int64(i) * 100_000; at >= from && at < to {
			n += k
		}
	}
	return float64(n) * 20_000 / float64(to-from)
}

// Who talks through a link that becomes thin in the middle of it is heard all the
// time, with a queue that stays short and is soon gone: two through 40 kbit/s.
func TestTalkersThroughAThinLink(t *testing.T) {
	for _, c := range []struct {
		kbps  int64
		talk  []bool
		joins bool     // the listener comes into it
		peak  [2]int64 // the longest queue in ms, with feedback each 50 and 100 ms
	}{
		{40, []bool{true, true}, false, [2]int64{450, 600}}, {40, []bool{true, true}, true, [2]int64{300, 350}},
		{80, []bool{true, true}, false, [2]int64{200, 250}}, {20, []bool{true}, false, [2]int64{700, 800}},
	} {
		for i, every := range []int64{50_000, 100_000} {
			for phase := int64(1000); phase < 20_000; phase += 3000 {
				x := newBottleneck(t, phase, every)
				if x.kbps = 2000; c.joins {
					x.kbps = c.kbps
					x.comes(false)
				}
				x.runs(3_000_000+7*phase, c.talk...)
				from := x.now
				x.comes(true)
				x.kbps = c.kbps
				x.runs(17_000_000, c.talk...)
				p, settled := x.listener.judge.plan, from+2_000_000
				peak, soon := x.worst(from, x.now), x.worst(settled, x.now)
				heard := 1.0
				for i := range c.talk {
					heard = min(heard, x.heard(uint32(10+i), settled, x.now))
				}
				t.Logf("%d kbit/s, feedback each %d ms, phase %d: queue at most %d ms, after 2 s %d; heard %.2f; %v R%d, %d ms", c.kbps, every/1000, phase/1000, peak, soon, heard, p.Layer, p.Redundancy, p.FrameMs)
				if heard < 0.95 || peak > c.peak[i] || soon >= 100 || p.Thin() && x.talkers[0].low != 12_000 {
					t.Errorf("%+v, feedback each %d ms, phase %d\n%s", c, every/1000, phase/1000, strings.Join(x.steps, "\n"))
				}
			}
		}
	}
}

// comes says whether the listener is there.
func (x *bottleneck) comes(there bool) {
	if x.listener.connected == there {
		return
	}
	x.listener.connected = there
	x.r.rebuild()
}

// A path that becomes longer, with jitter, is no thin one: listeners stay on the high
// layer, but for a moment now and then where jitter looks like a queue that grows.
func TestTalkersThroughALongerLink(t *testing.T) {
	lowered := 0
	for phase := int64(1000); phase < 200_000; phase += 7000 {
		x := newBottleneck(t, 3000, 100_000)
		x.kbps = 2000
		x.runs(3_000_000+phase, true, true)
		x.oneWay, x.jitterUs, x.rng = 110_000, 25_000, rand.New(rand.NewPCG(1, uint64(phase)))
		x.runs(6_000_000, true, true)
		if p := x.listener.judge.plan; p.Layer != ladder.High || p.FrameMs != 20 {
			lowered++
			t.Logf("%+v\n%s", p, strings.Join(x.steps, "\n"))
		}
	}
	if lowered > 2 {
		t.Errorf("lowered in %d of 29", lowered)
	}
}
