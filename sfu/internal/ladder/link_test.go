package ladder

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/sfu/internal/estimate"
)

// condition is what a link does from a moment on.
type condition struct {
	at       float64 // s
	kbps     float64 // 0: nothing passes
	loss     float64 // %
	burst    float64 // mean run, 1 random
	jitterMs float64
}

func readTrace(t testing.TB, name string) []condition {
	t.Helper()
	f, err := os.Open("testdata/" + name + ".trace")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []condition
	for s := bufio.NewScanner(f); s.Scan(); {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		var c condition
		if _, err := fmt.Sscan(s.Text(), &c.at, &c.kbps, &c.loss, &c.burst, &c.jitterMs); err != nil {
			t.Fatalf("%s: %q: %v", name, s.Text(), err)
		}
		out = append(out, c)
	}
	return out
}

// packet is one that is on its way; times in ms.
type packet struct {
	sent, arrived float64
	bits          float64
	lost          bool
	frames        int
	seq           int
	talker        int
	plan          Plan
}

// listener is one over a link that follows a trace: talkers, a bottleneck with
// a queue, the estimator, the controller.
type listener struct {
	trace   []condition
	m       Means
	talkers func(sec float64) int
	seed    uint64
	every   float64 // ms between feedbacks
	oneWay  float64 // ms, 10 if 0
	fixed   bool    // the ladder is off

	// Results.
	plan      Plan
	queue     [][2]float64 // when (s) and how long (ms) each packet had to wait before it was being sent
	steps     []string
	stepAt    []float64
	heard     []float64 // share of the talkers' audio that came, each second
	estimates []int
	overflow  int
	sent      [8][]packet // each talker's
	high      float64     // share of the time with the high layer
}

// bufferMs is what the bottleneck holds, at its rate.
const bufferMs = 1500

func (l *listener) run(seconds float64) {
	r := rand.New(rand.NewPCG(l.seed, 1))
	var (
		e                 estimate.Estimator
		s                 State
		waiting           []packet // in the bottleneck
		flight, recent    []packet
		credit, untilFeed float64
		bad               bool
		at                int
		lastArrival       float64
		heardAt           float64
		sentBits          []packet
		came, said        float64
		nextPacket        [8]float64
		seq               int
	)
	if l.oneWay == 0 {
		l.oneWay = 10
	}
	l.plan = Plan{Distance: 1, FrameMs: 20, Slots: l.m.Slots}
	for now := 0.0; now < seconds*1000; now++ {
		for at+1 < len(l.trace) && l.trace[at+1].at*1000 <= now {
			at++
		}
		c := l.trace[at]
		n := l.talkers(now / 1000)
		said += float64(n)
		// The talkers.
		for i := range min(n, l.plan.Slots) {
			if now < nextPacket[i] || nextPacket[i] == 0 && int(now)%20 != i*7 {
				continue
			}
			nextPacket[i] = math.Max(nextPacket[i]+float64(l.plan.FrameMs), now)
			if l.plan.At(time.Duration(now)*time.Millisecond) == None {
				continue
			}
			bps := float64(perTalker(l.plan.Layer, l.plan.FrameMs) + l.plan.Redundancy*perRepeat(l.plan.Layer, l.plan.FrameMs, l.m))
			p := packet{sent: now, bits: bps * float64(l.plan.FrameMs) / 1000 * (0.85 + 0.3*r.Float64()), frames: l.plan.FrameMs, seq: seq, talker: i, plan: l.plan}
			seq++
			if c.burst > 1 {
				if bad {
					bad = r.Float64() > 1/c.burst
				} else {
					bad = r.Float64() < c.loss/100/(1-c.loss/100)/c.burst
				}
				p.lost = bad
			} else {
				p.lost = r.Float64() < c.loss/100
			}
			sentBits = append(sentBits, p)
			held := 0.0
			for _, w := range waiting {
				held += w.bits
			}
			l.queue = append(l.queue, [2]float64{now / 1000, held / math.Max(c.kbps, 1)})
			if c.kbps == 0 {
				l.queue = l.queue[:len(l.queue)-1]
			}
			if held > math.Max(c.kbps, 40)*bufferMs {
				p.lost = true
				l.overflow++
			}
			l.sent[i] = append(l.sent[i], p)
			if p.lost {
				flight = append(flight, p)
				continue
			}
			waiting = append(waiting, p)
		}
		if l.plan.Layer == High {
			l.high += 0.001 / seconds
		}
		// The bottleneck.
		credit += c.kbps // bits in a millisecond
		for len(waiting) > 0 && credit >= waiting[0].bits {
			p := waiting[0]
			waiting = waiting[1:]
			credit -= p.bits
			p.arrived = math.Max(now+l.oneWay+r.ExpFloat64()*c.jitterMs/3, lastArrival)
			lastArrival = p.arrived
			flight = append(flight, p)
			came += float64(p.frames)
		}
		if len(waiting) == 0 {
			credit = math.Min(credit, c.kbps)
		}
		if int(now)%1000 == 999 {
			l.heard = append(l.heard, came/math.Max(said, 1))
			l.estimates = append(l.estimates, e.Bitrate())
			came, said = 0, 0
		}
		// Its feedback, and the decision.
		if now < untilFeed {
			continue
		}
		untilFeed = now + l.every
		var told []estimate.Packet
		rest := flight[:0]
		newest := -1.0
		for _, p := range flight {
			if !p.lost && p.arrived+l.oneWay <= now {
				newest = math.Max(newest, p.sent)
			}
		}
		var list []packet
		for _, p := range flight {
			if p.sent <= newest && (p.lost || p.arrived+l.oneWay <= now) {
				list = append(list, p)
			} else {
				rest = append(rest, p)
			}
		}
		flight = rest
		for i := 1; i < len(list); i++ { // in the order they were sent
			for j := i; j > 0 && list[j].seq < list[j-1].seq; j-- {
				list[j], list[j-1] = list[j-1], list[j]
			}
		}
		for _, p := range list {
			told = append(told, estimate.Packet{Sent: int64(p.sent * 1000), Arrived: int64(p.arrived*1000)/250*250 + 55_000_000, Size: int(p.bits / 8), Lost: p.lost})
		}
		if len(told) > 0 && c.kbps > 0 {
			e.Take(int64(now*1000), told)
			heardAt = now
			recent = append(recent, list...)
		}
		o := Observation{At: time.Duration(now) * time.Millisecond, Talkers: n, EstimateBps: e.Bitrate(), Deaf: time.Duration(now-heardAt) * time.Millisecond}
		o.Overuse, o.Queue = e.State()
		o.Full = e.Full()
		o.RTT = time.Duration(2*l.oneWay)*time.Millisecond + o.Queue
		for len(recent) > 0 && recent[0].sent < now-2000-float64(o.Queue.Milliseconds()) {
			recent = recent[1:]
		}
		lost, runs, was := 0, 0, false
		for _, p := range recent {
			if p.lost {
				lost++
				if !was {
					runs++
				}
			}
			was = p.lost
		}
		if len(recent) > 10 {
			o.Loss = float64(lost) / float64(len(recent))
			o.Burst = float64(lost) / math.Max(float64(runs), 1)
		}
		for len(sentBits) > 0 && sentBits[0].sent < now-1000 {
			sentBits = sentBits[1:]
		}
		bits := 0.0
		for _, p := range sentBits {
			bits += p.bits
		}
		o.SentBps = int(bits)
		if l.fixed {
			continue
		}
		var why Reason
		s, l.plan, why = Next(s, o, l.m)
		if why != NoStep {
			l.stepAt = append(l.stepAt, now/1000)
			l.steps = append(l.steps, fmt.Sprintf("%6.2f %-10s %v R%d D%d %dms slots %d pause %v | est %d queue %v over %v loss %.2f burst %.1f sent %d deaf %v",
				now/1000, why, l.plan.Layer, l.plan.Redundancy, l.plan.Distance, l.plan.FrameMs, l.plan.Slots, max(l.plan.PauseUntil-o.At, 0), o.EstimateBps, o.Queue.Round(time.Millisecond), o.Overuse, o.Loss, o.Burst, o.SentBps, o.Deaf))
		}
	}
}

// worst is the longest queue between two moments, in ms.
func (l *listener) worst(from, to float64) float64 {
	v := 0.0
	for _, q := range l.queue {
		if q[0] >= from && q[0] < to {
			v = math.Max(v, q[1])
		}
	}
	return v
}

// missing is the share of the packets between two moments whose audio came
// neither with them nor with one that repeats it.
func (l *listener) missing(from, to float64) float64 {
	n, gone := 0, 0
	for _, list := range l.sent {
		for i, p := range list {
			if p.sent < from*1000 || p.sent >= to*1000 {
				continue
			}
			n++
			came := !p.lost
			for d := 1; d <= 5 && !came && i+d < len(list); d++ {
				q := list[i+d]
				came = !q.lost && d >= q.plan.Distance && d < q.plan.Distance+q.plan.Redundancy
			}
			if !came {
				gone++
			}
		}
	}
	return float64(gone) / float64(max(n, 1))
}

// stepsIn counts the steps between two moments.
func (l *listener) stepsIn(from, to float64) int {
	n := 0
	for _, at := range l.stepAt {
		if at >= from && at < to {
			n++
		}
	}
	return n
}
