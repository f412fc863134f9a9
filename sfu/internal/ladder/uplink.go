package ladder

import "time"

// UplinkObservation is what is known of a publisher's way to the server.
type UplinkObservation struct {
	At    time.Duration // of a clock that never goes back
	Loss  float64       // share over the last 2 s or so, before repair
	Burst float64       // mean run of lost packets, at least 1; 0 unknown
	Queue time.Duration // one-way delay over its least that stands, 0 unknown
	RTT   time.Duration // 0 unknown
	// Overuse says that more is sent than the way carries; Grown is the queue of
	// that at the moment, and EstimateBps what the way carries (0 unknown).
	Overuse     bool
	Grown       time.Duration
	EstimateBps int
	Idle        time.Duration // since a packet came
	// WantHigh and WantLow say whether somebody wants the layer.
	WantHigh, WantLow bool
	// WantThin says whether somebody's path needs the low layer thin.
	WantThin bool
}

// UplinkPlan is what a publisher should send.
type UplinkPlan struct {
	MaxBitrate int // of the best layer that is sent, bit/s
	LowBitrate int // of the low one, bit/s
	// High and Low are the layers that are sent: none during a pause.
	High, Low  bool
	Redundancy int // earlier frames in each packet, 0 to 3, where he can
	FrameMs    int // 20, 40, 60 or 120, where he can
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
	found   int // bit/s that the way carried when it was found full, 0 unknown
	tooMuch int // the step that it was found full at
	bps     int // the estimate while nothing was overused
	downAt  time.Duration
	undo    undo
	rest    rest
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
	{12_000, 120, true},
}

// packetBits are those of a packet's headers on the wire: IPv4, UDP, RTP with its
// extensions, and the tag of SRTP. At 20 ms they are more than half of what a thin
// way carries.
const packetBits = 72 * 8

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
	if s.plan = s.make(o); s.rest.on {
		s.plan.High, s.plan.Low = false, false
	}
	if !o.Overuse {
		s.bps = o.EstimateBps
	}
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
	o.Grown = min(max(o.Grown, 0), time.Minute)
	o.RTT = min(max(o.RTT, 0), time.Minute)
	o.EstimateBps = min(max(o.EstimateBps, 0), maxBps)
	o.Idle = min(max(o.Idle, 0), maxWaiting)
	return o
}

// cost is what a plan takes on the wire, in bit/s, while he talks.
func (p UplinkPlan) cost() int {
	bps, headers := 0, packetBits*1000/p.FrameMs
	if p.High {
		bps += p.MaxBitrate*(1+p.Redundancy) + headers
	}
	if p.Low {
		bps += p.LowBitrate*(1+p.Redundancy) + headers
	}
	return bps
}

// move goes down when the way is full and up after a quiet while; steps that
// change nothing for this publisher are passed over.
func (s *UplinkState) move(o UplinkObservation) Reason {
	if s.takenBack(o) {
		return Recovered
	}
	if s.rest.on {
		return s.rested(o)
	}
	heavy := o.Loss >= heavyLoss && (s.losses.worse == 0 || o.At-s.losses.worse >= worseFor)
	switch {
	case o.At < s.settled:
		return NoStep
	case o.Overuse || o.Queue >= uplinkFull || heavy:
		return s.fall(o, heavy)
	case s.step == 0:
		if o.At-s.clear >= clearFor {
			s.wait, s.found = uplinkWait, 0
		}
	case o.Queue < uplinkEmpty && o.Loss < lossThree && o.At >= s.upAfter && s.mayFit(o):
		if s.upAt > 0 && o.At-s.upAt >= uplinkFails {
			s.wait = max(s.wait/2, uplinkWait)
			if s.make(o).cost() > s.found {
				s.found = 0 // it carries more by now
			}
		}
		s.by(o, -1)
		s.upAt, s.upAfter = o.At, o.At+uplinkWait
		return Recovered
	}
	return NoStep
}

// fall goes down: to what the way is known to carry, or by one.
func (s *UplinkState) fall(o UplinkObservation, heavy bool) Reason {
	if s.upAt > 0 && o.At-s.upAt < uplinkFails {
		s.wait = min(2*s.wait, mostWait)
		s.upAt = 0
	}
	s.clear, s.downAt = o.At, o.At
	s.upAfter = o.At + s.wait
	s.settled = o.At + min(o.RTT, time.Second) + min(o.Queue, time.Second) + time.Second
	why, sent, was := Congestion, s.make(o).cost(), s.step
	if heavy {
		s.losses.worse, why = o.At, Loss
	}
	s.undo = undo{}
	if o.Overuse && o.EstimateBps < s.bps-s.bps/10 {
		s.undo = undo{step: s.step, bps: s.bps, found: s.found}
	}
	s.by(o, 1)
	switch {
	case o.Overuse && o.EstimateBps > 0:
		found := s.found
		s.found, s.tooMuch = int(float64(o.EstimateBps)/backedOff), was
		for s.step < len(uplinkSteps)-1 && s.make(o).cost() > o.EstimateBps {
			s.step++
		}
		if s.pause(o, sent) {
			s.rest.step, s.rest.found = was, found
			why = Queue
		}
	case o.Queue >= uplinkDeep:
		s.by(o, 1)
	}
	return why
}

// mayFit says whether the next step up fits what the way carried when it was found
// full. After a while it may have become another.
func (s *UplinkState) mayFit(o UplinkObservation) bool {
	if o.Overuse {
		return false
	}
	next := *s
	next.by(o, -1)
	return s.found == 0 || next.step > s.tooMuch && next.make(o).cost() <= s.found-s.found/20 || o.At-max(s.downAt, s.upAt) >= max(s.wait, daresIn)
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
	if s.step >= len(uplinkSteps)-2 {
		p.Redundancy = 0
	}
	return p
}
