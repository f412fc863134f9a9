package ladder

import (
	"math"
	"time"
)

// Layer is which of a talker's encodings a listener is sent.
type Layer uint8

// The layers.
const (
	High Layer = iota
	Low
	None // nothing, for a moment
)

// String is the layer's name in the contract.
func (l Layer) String() string {
	switch l {
	case High:
		return "high"
	case Low:
		return "low"
	}
	return "none"
}

// Means are what a listener negotiated and what there is for him.
type Means struct {
	RED, NACK, FEC bool
	Low            bool // the talkers he hears can send the low layer
	Join           bool // his codec takes Opus frames joined into one packet (RFC 6716 code 3)
	Told           bool // of when each packet arrives, by transport-wide feedback
	Slots          int  // the most he has
}

// Observation is what is known of a listener's path at a moment.
type Observation struct {
	At           time.Duration // of a clock that never goes back
	Talkers      int           // who would be heard with all slots
	SentBps      int
	EstimateBps  int // 0 unknown
	Overuse      bool
	LowParked    bool // it takes lowComesIn until the low layer is sent
	Full         bool // it was found full, and nothing tells that it carries more by now
	Queue        time.Duration
	Loss         float64       // share over the last 2 s or so, before repair
	Burst        float64       // mean run of lost packets, at least 1; 0 unknown
	RTT          time.Duration // 0 unknown
	Concealed    float64       // share, by the client's own report
	HasConcealed bool          // there is a fresh one
	Deaf         time.Duration // since anything was heard of this listener
}

// Plan is what a listener is sent.
type Plan struct {
	Layer Layer // once PauseUntil has passed; never None
	// Redundancy is how many earlier frames each packet repeats, 0 to 3; where
	// frames are joined, what is repeated is the whole of an earlier packet.
	Redundancy int
	// Distance is how many packets lie between a packet and the latest frame it
	// repeats: 1 is the one just before; the others are the ones before that.
	Distance   int
	NACK       bool // answer it
	FrameMs    int  // 20, 40, 60, 80 or 120 of audio in a packet
	Slots      int  // how many talkers he hears at a time
	PauseUntil time.Duration
}

// At is the layer that is sent at the moment: None during a pause.
func (p Plan) At(now time.Duration) Layer {
	if now < p.PauseUntil {
		return None
	}
	return p.Layer
}

// Thin says whether the plan needs the low layer at the lower of its bitrates.
func (p Plan) Thin() bool { return p.Layer == Low && p.FrameMs >= thinFrom }

// same says whether nothing changed but a pause that is over.
func (p Plan) same(q Plan) bool {
	p.PauseUntil, q.PauseUntil = 0, 0
	return p == q
}

// Reason is why a step was taken, a metric label and the reason of voice.quality.
type Reason string

// The reasons. None of them is also what is told before the first step.
const (
	NoStep     Reason = ""           // the plan is as before
	Loss       Reason = "loss"       // redundancy is raised, or the layer lowered for heavy loss
	Burst      Reason = "burst"      // the same, because packets are lost in rows
	Clean      Reason = "clean"      // redundancy is lowered
	Congestion Reason = "congestion" // more was sent than the path carries
	Queue      Reason = "queue"      // the same, and the queue is let empty by a pause
	Talkers    Reason = "talkers"    // more talk at once than the path is known to carry
	Deaf       Reason = "deaf"       // nothing comes back
	Heard      Reason = "heard"      // something does again
	Recovered  Reason = "recovered"  // a step up
	Probe      Reason = "probe"      // redundancy to find out whether the next step up fits, and its end when not
	RoundTrip  Reason = "round-trip" // NACK begins or ends
	Negotiated Reason = "means"      // what there is for the listener has changed
	Layers     Reason = "layers"     // of an uplink: somebody wants another layer
	// FEC and Bare are told once when loss asks for redundancy and the listener
	// cannot take it: the publishers' in-band FEC must do, or nothing does. The
	// plan stays as it was.
	FEC  Reason = "fec"
	Bare Reason = "bare"
)

// Reasons are all that are told, for the labels of a metric.
var Reasons = [...]Reason{Loss, Burst, Clean, Congestion, Queue, Talkers, Deaf, Heard, Recovered, Probe, RoundTrip, Negotiated, FEC, Bare, Layers}

const (
	maxRedundancy = 3
	maxSlots      = 64
	maxBps        = 1 << 30
	maxWaiting    = 24 * time.Hour
	maxTime       = 1 << 62 // leaves room for what is added to it
)

// bounded is o without what nobody can have observed.
func (o Observation) bounded() Observation {
	o.At = min(max(o.At, 0), maxTime)
	o.Talkers = min(max(o.Talkers, 0), maxSlots)
	o.SentBps = min(max(o.SentBps, 0), maxBps)
	o.EstimateBps = min(max(o.EstimateBps, 0), maxBps)
	o.Queue = min(max(o.Queue, 0), time.Minute)
	o.RTT = min(max(o.RTT, 0), time.Minute)
	o.Deaf = min(max(o.Deaf, 0), maxWaiting)
	o.Loss, o.Burst = share(o.Loss), run(o.Burst)
	o.Concealed = share(o.Concealed)
	return o
}

// share is a figure between 0 and 1; what is no number is 0.
func share(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return min(max(v, 0), 1)
}

// run is a mean run of lost packets.
func run(v float64) float64 {
	if math.IsNaN(v) || v < 1 {
		return 1
	}
	return min(v, 1000)
}

func (m Means) bounded() Means {
	m.Slots = min(max(m.Slots, 0), maxSlots)
	return m
}
