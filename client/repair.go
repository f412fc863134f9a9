package client

import (
	"slices"
	"time"
)

// TypeRepair is the Type of events about steps of mending the media path. They
// are in Events when a step is over; their Payload is a *VoiceRepair.
const TypeRepair = "repair"

// RepairStep is a step of mending the media path.
type RepairStep string

// The steps, in the order in which they are taken.
const (
	// RepairICERestart keeps keys and streams and looks for another way.
	RepairICERestart RepairStep = "ice_restart"
	// RepairNewPeerConnection replaces the PeerConnection in the same voice session.
	RepairNewPeerConnection RepairStep = "new_peer_connection"
	// RepairRejoin is a new voice session.
	RepairRejoin RepairStep = "rejoin"
)

var repairSteps = []RepairStep{RepairICERestart, RepairNewPeerConnection, RepairRejoin}

// RepairCause is why the media path is mended.
type RepairCause string

// The causes.
const (
	RepairBlocked      RepairCause = "blocked"      // the first path did not come up
	RepairDisconnected RepairCause = "disconnected" // connectivity checks go unanswered
	RepairFailed       RepairCause = "failed"       // the PeerConnection has given up
	RepairSilent       RepairCause = "silent"       // somebody speaks and nothing arrives
	RepairUnheard      RepairCause = "unheard"      // we speak and the server hears nothing
	RepairRefused      RepairCause = "refused"      // the server does not know the session
)

// VoiceRepair is one step and what came of it.
type VoiceRepair struct {
	Step  RepairStep
	Cause RepairCause
	// OK says whether the path was whole after it, before the next step was due.
	OK   bool
	Took time.Duration
}

const (
	// firstTime is how long the first path may take to come up.
	firstTime = 8 * time.Second
	// blip is how long a lost path may take to come back by itself.
	blip = 500 * time.Millisecond
	// pollOnline is the wait between looks whether the server can be told.
	pollOnline = time.Second
	// roundTrips is how many of them each step is given more.
	roundTrips = 4
	// longestStep bounds what steps are given as they are in vain again and again.
	longestStep = 30 * time.Second
	// before is how soon after a step what arrives was on its way already.
	before = 300 * time.Millisecond
	// verdict is how long after a path is connected it shows that it carries
	// sound, and deafVerdict that the server does not hear it: of a new
	// PeerConnection it says so after 3 s.
	verdict, deafVerdict = 2 * time.Second, 5 * time.Second
	// probation is how long a path that carried nothing is not believed to be
	// whole: if it happens again, the next step is taken and not the first.
	probation = 10 * time.Second
	// maxTries is how many steps are tried without any path, some ninety seconds'
	// worth, before the session ends with ErrNoMedia.
	maxTries = 6
)

// stepTime is what each step is given before the next one.
var stepTime = map[RepairStep]time.Duration{
	RepairICERestart: 2 * time.Second, RepairNewPeerConnection: 5 * time.Second, RepairRejoin: 8 * time.Second,
}

// mender does what a repair decides.
type mender interface {
	reachable() bool          // the server can be told
	restartable() bool        // there is something that ICE can be restarted on
	expecting() bool          // somebody should be heard now
	roundTrip() time.Duration // to the server and back
	begin(RepairStep)
	mended()
	report(VoiceRepair)
	giveUp()
}

// repair brings a dead media path back: by an ICE restart, then a new
// PeerConnection, then a new voice session, and on from the second at longer
// and longer intervals. It ends the session when there is no path for long, but
// never one that is connected. It belongs to the session's loop.
type repair struct {
	by    mender
	timer *time.Timer   // the loop calls expire
	pace  time.Duration // stretches the steps; 1

	armed  bool
	cause  RepairCause // what the timer was set for
	next   int         // of repairSteps
	inVain int         // times that all of them were
	tries  int         // steps since there was a path
	active bool
	step   *VoiceRepair // under way
	at     time.Time    // its beginning
	ended  time.Time    // of the latest repair of a path that carried nothing

	up      bool // the path is connected,
	silent  bool // and carries nothing to us,
	unheard bool // or nothing from us
}

func newRepair(by mender, pace int) *repair {
	r := &repair{by: by, timer: time.NewTimer(time.Hour), pace: time.Duration(max(pace, 1))}
	r.timer.Stop()
	return r
}

// began is told of a new path, which may be a step of a repair.
func (r *repair) began() {
	r.up = false
	if r.step != nil {
		return
	}
	r.next = 1 // there is nothing to restart yet
	r.active = true
	r.wait(firstTime*r.pace, RepairBlocked)
}

// connected is told that the path is up, which does not mend one that is up and
// carries nothing.
func (r *repair) connected() {
	r.up, r.tries = true, 0
	switch {
	case r.step != nil && r.unheard && r.step.Step != RepairICERestart:
		r.wait(deafVerdict*r.pace, r.step.Cause)
	case r.step != nil && (r.silent || r.unheard):
		r.wait(verdict*r.pace, r.step.Cause)
	default:
		r.settle()
	}
}

// disconnected is told that checks go unanswered.
func (r *repair) disconnected() {
	r.up = false
	if !r.armed {
		r.wait(blip, RepairDisconnected)
	}
}

// failed is told that the PeerConnection is of no more use.
func (r *repair) failed() {
	r.up = false
	if r.step == nil || r.step.Step == RepairICERestart {
		r.escalate(RepairFailed)
	}
}

// stalled is told that nothing arrives on a path that says it is connected.
func (r *repair) stalled() {
	if !r.armed {
		r.silent = true
		r.escalate(RepairSilent)
	}
}

// flowing is told that something arrives.
func (r *repair) flowing() {
	if !r.up || !r.silent && r.step == nil || r.step != nil && time.Since(r.at) < before {
		return
	}
	r.silent = false
	if !r.unheard {
		r.settle()
	}
}

// heard is told whether the server hears us when we speak.
func (r *repair) heard(ok bool) {
	switch {
	case !ok:
		r.unheard = true
		if !r.armed {
			r.escalate(RepairUnheard)
		}
	case r.unheard:
		r.unheard = false
		if r.up && !r.silent {
			r.settle()
		}
	}
}

// forgotten is told that the server does not know the voice session.
func (r *repair) forgotten() {
	r.next = len(repairSteps) - 1
	r.escalate(RepairRefused)
}

// postponed is told that the server cannot let us in now.
func (r *repair) postponed() {
	r.next = len(repairSteps) - 1
	r.wait(stepTime[RepairRejoin]*r.pace, RepairRefused)
}

// again is told that the server can be told things once more, in the same
// session. What it was told of a step may never have come there.
func (r *repair) again() {
	switch {
	case r.step != nil:
		r.next = slices.Index(repairSteps, r.step.Step)
		r.take(r.step.Cause)
	case !r.up:
		r.escalate(RepairDisconnected)
	}
}

// expire is told that the timer has.
func (r *repair) expire() {
	r.armed = false
	if r.up && r.silent && !r.by.expecting() {
		r.silent = false // nobody speaks any more, and nothing says that it is dead
	}
	if r.up && !r.silent && !r.unheard {
		r.settle()
		return
	}
	r.escalate(r.cause)
}

// escalate goes on to the next step, once the server can be told.
func (r *repair) escalate(cause RepairCause) {
	if !r.by.reachable() {
		r.wait(pollOnline, cause)
		return
	}
	r.done(false)
	if !r.active {
		r.active = true
		if time.Since(r.ended) > probation || !r.silent && !r.unheard {
			r.next, r.inVain = 0, 0
		}
	}
	r.take(cause)
}

func (r *repair) take(cause RepairCause) {
	if !r.up {
		if r.tries++; r.tries > maxTries {
			r.stop()
			r.by.giveUp()
			return
		}
	}
	if r.next == 0 && !r.by.restartable() {
		r.next = 1
	}
	step := repairSteps[r.next]
	given := min((stepTime[step]*r.pace+roundTrips*r.by.roundTrip())<<min(r.inVain, 8), longestStep*r.pace)
	if r.next++; r.next == len(repairSteps) {
		r.next = 1
		r.inVain++
	}
	if step != RepairICERestart {
		r.up = false
	}
	if r.step == nil {
		r.step, r.at = &VoiceRepair{Step: step, Cause: cause}, time.Now()
	}
	r.step.Step = step // what is taken again may be another
	r.wait(given, cause)
	r.by.begin(step)
}

// settle is called when the path is whole.
func (r *repair) settle() {
	r.stop()
	if r.step != nil && (r.step.Cause == RepairSilent || r.step.Cause == RepairUnheard) {
		r.ended = time.Now()
	}
	r.done(true)
	r.active, r.silent, r.unheard = false, false, false
	r.by.mended()
}

// done reports the step under way.
func (r *repair) done(ok bool) {
	if r.step == nil {
		return
	}
	s := *r.step
	r.step = nil
	s.OK, s.Took = ok, time.Since(r.at)
	r.by.report(s)
}

func (r *repair) wait(d time.Duration, cause RepairCause) {
	r.armed, r.cause = true, cause
	r.timer.Reset(d)
}

func (r *repair) stop() {
	r.armed = false
	r.timer.Stop()
}
