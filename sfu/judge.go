package sfu

import (
	"time"

	"github.com/boltorezka/boltorezka/sfu/internal/estimate"
	"github.com/boltorezka/boltorezka/sfu/internal/ladder"
)

const (
	// judgeEveryUs is how often a listener's path is judged, and a publisher's.
	judgeEveryUs = 200_000
	// judgeAgainUs is how soon it is judged again when feedback tells of a queue
	// that grows: on a path of 40 kbit/s each 100 ms of two talkers are 270 ms of it.
	judgeAgainUs = 20_000
	// talksUs is how long after his last packet somebody counts as a talker.
	talksUs = 1_000_000
	// quietBps is more than one talker's silence takes under DTX.
	quietBps = 3_000
	// freshUs is how long a client's own report counts: it comes every 5 s.
	freshUs = 8_000_000
	// queueFreshUs is how long a queue counts after the latest feedback.
	queueFreshUs = 1_500_000
)

// Report is a client's own word on what he hears. Concealed is the share of what
// he played in slots with somebody in them that his decoder had to make up.
type Report struct {
	Concealed    float64
	HasConcealed bool
}

// judge is what is known of a listener's path and what was made of it. Times are
// the transport's microseconds.
type judge struct {
	estimator estimate.Estimator
	state     ladder.State
	plan      ladder.Plan
	reason    ladder.Reason
	seen      ladder.Observation
	begun     bool

	next      int64
	alarm     int64 // the soonest that it is judged at once again
	heardAt   int64 // the latest RTCP of his
	sentBytes uint32
	sentAt    int64
	sentBps   float64
	quietAt   int64 // when next to nothing was sent: nobody answers that
	bursts    runs  // of transport-wide feedback
	run       int   // the present one
	concealed float64
	reported  int64
}

// lostOne and arrivedOne follow the runs of lost packets in feedback.
func (j *judge) lostOne() { j.run++ }
func (j *judge) arrivedOne() {
	if j.run == 0 {
		return
	}
	j.bursts.add(j.run)
	j.run = 0
}

// watchQuality judges the path when it is time to, and puts a new plan in force.
func (l *link) watchQuality(now int64) {
	j := &l.judge
	if now < j.next && !l.another(now) || l.peer.sfu.cfg.ladderOff() {
		return
	}
	j.next = now + judgeEveryUs
	p := l.peer
	if len(l.slots) > 0 && !p.deafened {
		o := l.observation(now)
		state, plan, why := ladder.Next(j.state, o, l.means())
		j.state, j.seen = state, o
		if why != ladder.NoStep {
			j.reason = why
			p.room.metrics.steps[stepOf(why)].Add(1)
		}
		j.plan, j.begun = plan, true
		l.reshape(now, plan)
		if l.shape != nil {
			p.room.count(l.shape)
		}
	}
	l.judgeUplink(now)
	p.qualityNews(now, l)
}

// another says whether one more talks than when the path was last judged, and the
// path is one that must not wait for that.
func (l *link) another(now int64) bool {
	return len(l.slots) > 0 && !l.peer.deafened && l.judge.state.Wary() && l.talkers(now) > l.judge.seen.Talkers
}

// alarmed judges the path at once when feedback tells of a queue that grows. One
// that stands may be the end of a stall, and be gone by the time.
func (l *link) alarmed(now int64) {
	j := &l.judge
	over, _ := j.estimator.State()
	if over && l.connected && l == l.peer.active && now >= j.alarm {
		j.next, j.alarm = now, now+judgeAgainUs
		l.watchQuality(now)
	}
}

// observation is what is known of the listener's path now.
func (l *link) observation(now int64) ladder.Observation {
	j := &l.judge
	if d := now - j.sentAt; j.sentAt == 0 || d > 0 {
		if j.sentAt != 0 {
			rate := float64(l.sentBytes-j.sentBytes) * 8 * 1e6 / float64(d)
			j.sentBps += (rate - j.sentBps) * min(1, float64(d)/1e6)
		}
		j.sentAt, j.sentBytes = now, l.sentBytes
	}
	over, queue := l.queue(now)
	o := ladder.Observation{
		At: time.Duration(now) * time.Microsecond, Talkers: l.talkers(now), SentBps: int(j.sentBps), EstimateBps: j.estimator.Bitrate(),
		Overuse: over, Full: j.estimator.Full(), Queue: queue, LowParked: l.peer.room.lowParked(l.peer, now),
		RTT:       time.Duration(l.roundTrip(now)) * time.Microsecond,
		Concealed: j.concealed, HasConcealed: j.reported != 0 && now-j.reported < freshUs,
	}
	if l.down != nil && l.down.heardAt != 0 && now-l.down.heardAt < freshUs {
		o.Loss, o.Burst = float64(l.down.lossAvg), float64(j.bursts.mean)
	} else {
		o.Loss = l.toldLoss(now)
	}
	if j.sentBps < quietBps {
		j.quietAt = now
	}
	o.Deaf = time.Duration(now-max(j.heardAt, j.quietAt, l.watch.connectedAt)) * time.Microsecond
	return o
}

// queue is the estimator's, while there is feedback: who is sent nothing has
// none, and of the others Deaf tells.
func (l *link) queue(now int64) (overuse bool, queue time.Duration) {
	if l.down == nil || now-l.down.heardAt > queueFreshUs {
		return false, 0
	}
	return l.judge.estimator.State()
}

// toldLoss is the worst share lost that receiver reports tell of late.
func (l *link) toldLoss(now int64) float64 {
	worst := uint8(0)
	for _, s := range l.slots {
		if s.told.at != 0 && now-s.told.at < freshUs {
			worst = max(worst, s.told.lost)
		}
	}
	return float64(worst) / 256
}

// talkers is how many people he would be sent now.
func (l *link) talkers(now int64) (n int) {
	for i := range l.peer.room.selector.slots {
		s := l.peer.room.selector.slots[i].who
		if s != nil && s.csrc != l.peer.csrc && now-s.lastVoice <= talksUs && !l.ignores(s.csrc) {
			n++
		}
	}
	return n
}

// parked says whether a participant talks whose low layer is not sent.
func (p *Peer) parked(now int64) bool {
	return p.layers != nil && now-p.speaker.lastVoice <= talksUs && !p.layers.flows(now, true)
}

// lowParked says whether anybody but p is parked; it is known with each tick.
func (r *room) lowParked(p *Peer, now int64) bool {
	n := r.parked
	if p.parked(now) {
		n--
	}
	return n > 0
}

// means are what the listener negotiated and what there is for him. Several
// frames in a packet are no matter of negotiation: a receiver of Opus takes
// every packing (RFC 6716 section 3.2, RFC 7587 section 4.2).
func (l *link) means() ladder.Means {
	s := l.slots[0]
	m := ladder.Means{RED: s.redPT != 0, NACK: s.nack, FEC: s.fec, Join: true, Told: s.twccID != 0, Slots: len(l.slots)}
	if l.narrow != nil {
		return ladder.Means{NACK: s.nack, FEC: s.fec, Slots: len(l.slots)}
	}
	others := l.peer.room.layered
	if l.peer.layers != nil {
		others--
	}
	m.Low = others > 0
	return m
}

// Report takes a client's own word on what he hears.
func (p *Peer) Report(r Report) {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	if l := p.active; l != nil && r.HasConcealed {
		l.judge.concealed, l.judge.reported = r.Concealed, p.sfu.tr.Now()
	}
}

// stepOf is the place of a reason among ladder.Reasons.
func stepOf(r ladder.Reason) int {
	for i, x := range ladder.Reasons {
		if x == r {
			return i
		}
	}
	return 0
}
