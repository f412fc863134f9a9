package ladder

import "time"

// UplinkObservation is what is known of a publisher's way to the server.
type UplinkObservation struct {
	At    time.Duration // of a clock that never goes back
	Loss  float64       // share over the last 2 s or so, before repair
	Burst float64       // mean run of lost packets, at least 1; 0 unknown
	Queue time.Duration // one-way delay over its least, 0 unknown
	RTT   time.Duration // 0 unknown
	// WantHigh and WantLow say whether somebody wants the layer.
	WantHigh, WantLow bool
	// WantThin says whether somebody's path needs the low layer thin.
	WantThin bool
}

// UplinkPlan is what a publisher should send.
type UplinkPlan struct {
	MaxBitrate int // of the best layer that is sent, bit/s
	LowBitrate int // of the low one, bit/s
	High, Low  bool
	Redundancy int // earlier frames in each packet, 0 to 3, where he can
	FrameMs    int // 20, 40 or 60, where he can
}

// UplinkState is what must be remembered of a publisher between two
// observations. The zero value is one nothing is known of.
type UplinkState struct {
	begun   bool
	at      time.Duration
	step    int
	settled time.Duration
	upAt    time.Duration
	upAfter time.Duration
	clear   time.Duration
	wait    time.Duration
	thin    bool          // the low layer is
	thinAt  time.Duration // when somebody last needed that
	plan    UplinkPlan
	losses  losses
}

// uplinkSteps are what is sent on a way of each width, best first. From alone
// on only one layer is: the low one, if it is wanted.
var uplinkSteps = [...]struct {
	bitrate, frameMs int
	alone            bool
}{
	{48_000, 20, false},
	{32_000, 20, false},
	{24_000, 20, true},
	{16_000, 20, true},
	{16_000, 40, true},
	{12_000, 60, true},
}

const (
	// The low layer's, bit/s: as a rule, and for the longest packets.
	lowBitrate, thinBitrate = 16_000, 12_000
	// thinFor is how long the low layer stays thin when nobody needs that any
	// more: who has stepped up may have to step down again.
	thinFor = 8 * time.Second

	uplinkFull  = 100 * time.Millisecond // a queue that is too long
	uplinkDeep  = 300 * time.Millisecond // one that asks for two steps
	uplinkEmpty = 40 * time.Millisecond
	uplinkWait  = 5 * time.Second
	uplinkFails = 8 * time.Second // a queue so soon after a step up is its fault
)

// NextUplink is what a publisher should send after an observation, and why it
// changed: NoStep while it is as before.
func NextUplink(s UplinkState, o UplinkObservation) (UplinkState, UplinkPlan, Reason) {
	o = o.bounded()
	o.At = max(o.At, s.at)
	s.at = o.At
	first := !s.begun
	if first {
		s = UplinkState{begun: true, at: o.At, wait: uplinkWait, clear: o.At}
		s.losses.clean, s.losses.wait = o.At, cleanFor
		s.plan = s.make(o)
	}
	if o.WantThin {
		s.thinAt = o.At
	}
	s.thin = o.WantThin || s.thin && o.At-s.thinAt < thinFor
	before := s.plan
	s.losses.note(Observation{At: o.At, Loss: o.Loss, Burst: o.Burst}, s.plan.Redundancy)
	why := s.move(o)
	s.plan = s.make(o)
	switch {
	case s.plan == before:
		return s, s.plan, NoStep
	case why != NoStep:
	case s.plan.Redundancy > before.Redundancy:
		why = s.losses.why()
	case s.plan.Redundancy < before.Redundancy:
		why = Clean
	default:
		why = Layers
	}
	return s, s.plan, why
}

func (o UplinkObservation) bounded() UplinkObservation {
	o.At = min(max(o.At, 0), maxTime)
	o.Loss, o.Burst = share(o.Loss), run(o.Burst)
	o.Queue = min(max(o.Queue, 0), time.Minute)
	o.RTT = min(max(o.RTT, 0), time.Minute)
	return o
}

// move goes down when the way is full and up after a quiet while; steps that
// change nothing for this publisher are passed over.
func (s *UplinkState) move(o UplinkObservation) Reason {
	heavy := o.Loss >= heavyLoss && (s.losses.worse == 0 || o.At-s.losses.worse >= worseFor)
	switch {
	case o.At < s.settled:
		return NoStep
	case o.Queue >= uplinkFull || heavy:
		if s.upAt > 0 && o.At-s.upAt < uplinkFails {
			s.wait = min(2*s.wait, mostWait)
			s.upAt = 0
		}
		s.clear = o.At
		s.upAfter = o.At + s.wait
		s.settled = o.At + min(o.RTT, time.Second) + min(o.Queue, time.Second) + time.Second
		why := Congestion
		if heavy {
			s.losses.worse, why = o.At, Loss
		}
		s.by(o, 1)
		if o.Queue >= uplinkDeep {
			s.by(o, 1)
		}
		return why
	case s.step == 0:
		if o.At-s.clear >= clearFor {
			s.wait = uplinkWait
		}
	case o.Queue < uplinkEmpty && o.Loss < lossThree && o.At >= s.upAfter:
		if s.upAt > 0 && o.At-s.upAt >= uplinkFails {
			s.wait = max(s.wait/2, uplinkWait)
		}
		s.by(o, -1)
		s.upAt, s.upAfter = o.At, o.At+uplinkWait
		return Recovered
	}
	return NoStep
}

// by goes on to the next step that makes a difference.
func (s *UplinkState) by(o UplinkObservation, d int) {
	was := s.make(o)
	for at := s.step + d; at >= 0 && at < len(uplinkSteps); at += d {
		s.step = at
		if s.make(o) != was {
			return
		}
	}
}

// make is the plan at the present step.
func (s *UplinkState) make(o UplinkObservation) UplinkPlan {
	at := uplinkSteps[s.step]
	p := UplinkPlan{MaxBitrate: at.bitrate, LowBitrate: min(at.bitrate, lowBitrate), FrameMs: at.frameMs, High: o.WantHigh, Low: o.WantLow, Redundancy: s.losses.need}
	if s.thin {
		p.LowBitrate = thinBitrate
	}
	switch {
	case !p.High && !p.Low:
		p.High = true // so that a first syllable is heard
	case p.High && p.Low && at.alone:
		p.High = false
	}
	if !p.High {
		p.MaxBitrate = min(p.MaxBitrate, p.LowBitrate)
	}
	// Redundancy repeats whole frames: it takes its room from them, and there
	// is none on a thin way.
	switch {
	case s.step >= 3:
		p.Redundancy = min(p.Redundancy, 1)
	case p.Redundancy == 3:
		p.MaxBitrate = min(p.MaxBitrate, 24_000)
	case p.Redundancy == 2:
		p.MaxBitrate = min(p.MaxBitrate, 32_000)
	}
	if s.step == len(uplinkSteps)-1 {
		p.Redundancy = 0
	}
	return p
}
