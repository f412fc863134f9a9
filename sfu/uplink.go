package sfu

import (
	"time"

	"github.com/boltorezka/boltorezka/sfu/internal/ladder"
)

// uplink is what is known of a publisher's path and what he should send.
type uplink struct {
	state ladder.UplinkState
	plan  ladder.UplinkPlan
	seen  ladder.UplinkObservation

	stream             uint32 // whose packets were counted
	expected, received uint32
	loss               float64
	way                way
	urgent             bool // the word is not to wait
	silent             bool // nothing comes of a microphone that is on
	silentAt           int64
}

// silentUs is how long nothing may come of a microphone that is on, while the
// path is heard of: Opus tells of silence every 400 ms.
const silentUs = 3_000_000

// lossOver is over how many packets a publisher's loss is smoothed.
const lossOver = 100

// count takes the packets of the microphone's stream since it was last called.
func (u *uplink) count(in *inbound) {
	expected, _ := in.lost()
	if in.id != u.stream {
		u.stream, u.expected, u.received = in.id, expected, in.received
		return
	}
	de, dr := float64(expected-u.expected), float64(in.received-u.received)
	u.expected, u.received = expected, in.received
	if de <= 0 || de > 1<<16 {
		return
	}
	u.loss += (max(0, 1-dr/de) - u.loss) * min(1, de/lossOver)
}

// judgeUplink judges a publisher's path and what is wanted of him.
func (l *link) judgeUplink(now int64) {
	p := l.peer
	u := &p.uplink
	in := l.microphone(now)
	if in != nil {
		u.count(in)
	} else {
		u.loss = 0 // nothing comes, and nothing is lost: it is parked, or silence is told of below
	}
	if silent := u.stream != 0 && l.quiet(now); silent != u.silent {
		u.silent, u.silentAt = silent, now
		if silent {
			p.room.metrics.silences.Add(1)
		}
	}
	o := ladder.UplinkObservation{
		At: time.Duration(now) * time.Microsecond, RTT: time.Duration(l.roundTrip(now)) * time.Microsecond,
		Loss: u.loss, WantHigh: true,
	}
	o.WantLow, o.WantThin = l.lowIsWanted(now)
	if in != nil {
		o.Burst = float64(in.bursts.mean)
	}
	if y := &u.way; y.heard(now) {
		o.Queue, o.Grown, o.Overuse = time.Duration(y.queue)*time.Microsecond, y.grown(), y.over()
	}
	o.EstimateBps, o.Idle = u.way.estimator.Bitrate(), time.Duration(now-u.way.last)*time.Microsecond
	u.seen = o
	if u.silent {
		u.seen.Loss = 1 // all that he may be sending
		return
	}
	if in == nil && u.plan.MaxBitrate > 0 && !u.paused() {
		return // parked, or muted: nothing is known of the path, which need not be better
	}
	state, plan, why := ladder.NextUplink(u.state, o)
	was := u.paused()
	u.state, u.plan = state, plan
	if why != ladder.NoStep {
		p.room.metrics.upSteps[stepOf(why)].Add(1)
		u.urgent = u.urgent || why == ladder.Congestion || why == ladder.Queue || was
	}
	if was && !u.paused() {
		u.way.stood = true
	}
	u.way.lowOnly = plan.Low && !plan.High
}

// paused says whether he is to send nothing for a moment.
func (u *uplink) paused() bool { return u.plan.MaxBitrate > 0 && !u.plan.High && !u.plan.Low }

// presses says whether the publisher's path is to be judged at once: its queue
// grows, or a pause in which it empties may be over.
func (l *link) presses() bool {
	u := &l.peer.uplink
	return (u.paused() || u.way.over()) && !l.peer.sfu.cfg.ladderOff()
}

// quiet says whether nothing has come of a microphone that is on for silentUs,
// though the client is there and was asked for something. While pairs carry a
// room's voice that is so too: only signaling and the client know.
func (l *link) quiet(now int64) bool {
	p := l.peer
	if p.muted || l.watch.lost || now-l.watch.connectedAt < silentUs || now-p.unmutedAt < silentUs || !p.uplink.plan.High && !p.uplink.plan.Low {
		return false
	}
	for _, in := range l.in {
		if in.track != nil && in.track.relayed && now-in.last < silentUs {
			return false
		}
	}
	return true
}

// microphone is the stream of the client's voice, the one heard latest of two
// layers; nil when nothing has come for a second.
func (l *link) microphone(now int64) (best *inbound) {
	for _, in := range l.in {
		if in.track == nil || !in.track.relayed || now-in.last > 1_000_000 {
			continue
		}
		if best == nil || best.track.low && !in.track.low {
			best = in
		}
	}
	return best
}

// bareLoss is the share lost on the way to a listener who cannot be sent
// redundancy, if it is worth the publishers' own and he has a use for that.
func (l *link) bareLoss() float64 {
	if len(l.slots) == 0 || l.slots[0].redPT != 0 || !l.slots[0].fec || l.judge.seen.Loss < bareLoss {
		return 0
	}
	return l.judge.seen.Loss
}

// bareLoss is from what loss on in-band FEC (RFC 6716 section 2.1.7) is worth
// what it takes of the bitrate.
const bareLoss = 0.03

// mostTold is the largest share that publishers are told of others' losses:
// encoders make no more of FEC beyond it, but estimators send less. One listener
// who claims to lose everything does no more than that.
const mostTold = 0.22

// lossTold is the share lost, of 256, that a publisher is told, of whose own
// packets so much was.
func (r *room) lossTold(own uint8) uint8 { return max(own, uint8(min(r.bareLoss, mostTold)*256)) }
