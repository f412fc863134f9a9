package signaling

import (
	"slices"
	"strings"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Reasons that voice.topology gives.
const (
	reasonSmallRoom = "smallRoom"
	reasonAllReady  = "allReady"
	reasonTimeout   = "timeout"
	reasonFailed    = "callFailed"
	reasonJoined    = "participantJoined"
	reasonLeft      = "participantLeft"
	reasonMediaLost = "mediaLost"
	reasonPolicy    = "policy"
)

// After a failure the same people wait firstBackoff, then backoffGrowth times
// as long each time, up to maxBackoff, until none has failed for forgetAfter.
const (
	firstBackoff  = 30 * time.Second
	backoffGrowth = 4
	maxBackoff    = 30 * time.Minute
	forgetAfter   = time.Hour
	maxFailures   = 16 // sets of people remembered
)

// topologyStep is what a room tells its participants.
type topologyStep struct {
	topology wire.Topology
	phase    wire.TopologyPhase
	epoch    uint32
	reason   string
}

type stage int

const (
	onSFU stage = iota
	preparing
	onP2P
)

// topology decides how one room's voice is carried. It has no goroutine, no
// clock and no socket: its owner tells it what happened and when, and sends
// the steps that it returns. The SFU is always up beneath, so that every step
// but a commit to P2P may come at any time.
type topology struct {
	max             int // people that may talk directly; below 2: none
	settle, timeout time.Duration

	policy  wire.TopologyPolicy
	people  map[string]*talker
	stage   stage
	epoch   uint32 // of the last change
	counter uint32 // the last number given out
	// at is when to act: to prepare (on the SFU) or to give up (preparing);
	// zero for never.
	at       time.Time
	failures map[string]failure
}

// talker is one participant.
type talker struct {
	p2p       bool // he can do pairs and lets others see his address
	connected bool // his SFU session is up
	ready     bool // his pairs of this epoch are connected
}

type failure struct {
	count int
	last  time.Time
	until time.Time
}

func newTopology(cfg VoiceConfig, policy wire.TopologyPolicy) *topology {
	return &topology{
		max: cfg.P2PMax, settle: cfg.P2PSettle, timeout: cfg.P2PTimeout,
		policy: policy, people: make(map[string]*talker), failures: make(map[string]failure),
	}
}

// current is the topology that is in force.
func (t *topology) current() wire.Topology {
	if t.stage == onP2P {
		return wire.TopologyP2P
	}
	return wire.TopologySFU
}

// number gives out the room's next number: epochs of SFU sessions and of
// changes come from one counter, so that none is ever mistaken for another.
func (t *topology) number() uint32 {
	t.counter++
	return t.counter
}

// join adds a participant. What it returns is sent before he is announced.
func (t *topology) join(id string, p2p bool, now time.Time) []topologyStep {
	steps := t.fallBack(reasonJoined)
	t.people[id] = &talker{p2p: p2p}
	t.rearm(now)
	return steps
}

// leave removes a participant.
func (t *topology) leave(id string, now time.Time) []topologyStep {
	if t.people[id] == nil {
		return nil
	}
	steps := t.fallBack(reasonLeft)
	delete(t.people, id)
	t.rearm(now)
	return steps
}

// connected tells of a participant's SFU session. Losing it does not end a
// call that runs on pairs; it stops one from being prepared, since the way
// back would not be there.
func (t *topology) connected(id string, up bool, now time.Time) []topologyStep {
	p := t.people[id]
	if p == nil || p.connected == up {
		return nil
	}
	p.connected = up
	var steps []topologyStep
	if !up && t.stage == preparing {
		steps = t.fallBack(reasonMediaLost)
	}
	t.rearm(now)
	return steps
}

// ready tells that all pairs of a participant are connected; stale: not of
// the change that is in force.
func (t *topology) ready(id string, epoch uint32) (steps []topologyStep, stale bool) {
	p := t.people[id]
	if p == nil || t.stale(epoch) {
		return nil, true
	}
	if t.stage == onP2P {
		return nil, false
	}
	p.ready = true
	for _, p := range t.people {
		if !p.ready {
			return nil, false
		}
	}
	t.stage, t.at = onP2P, time.Time{}
	return []topologyStep{{wire.TopologyP2P, wire.PhaseCommit, t.epoch, reasonAllReady}}, false
}

// stale says whether epoch is not that of the change to pairs in force.
func (t *topology) stale(epoch uint32) bool { return epoch != t.epoch || t.stage == onSFU }

// failed tells that a pair of the change in force cannot connect or has lost
// its media.
func (t *topology) failed(now time.Time) []topologyStep {
	t.remember(now)
	steps := t.fallBack(reasonFailed)
	t.rearm(now)
	return steps
}

// setPolicy takes a change of the room's policy. Who lets a room be direct wants
// it tried, whatever failed before.
func (t *topology) setPolicy(p wire.TopologyPolicy, now time.Time) []topologyStep {
	if t.policy == p {
		return nil
	}
	t.policy = p
	clear(t.failures)
	var steps []topologyStep
	if !t.eligible() {
		steps = t.fallBack(reasonPolicy)
	}
	t.rearm(now)
	return steps
}

// due acts on time. It is right to call it too often.
func (t *topology) due(now time.Time) []topologyStep {
	if t.at.IsZero() || now.Before(t.at) {
		return nil
	}
	if t.stage == preparing {
		t.remember(now)
		steps := t.fallBack(reasonTimeout)
		t.rearm(now)
		return steps
	}
	t.stage, t.epoch, t.at = preparing, t.number(), now.Add(t.timeout)
	for _, p := range t.people {
		p.ready = false
	}
	return []topologyStep{{wire.TopologyP2P, wire.PhasePrepare, t.epoch, reasonSmallRoom}}
}

// fallBack goes to the SFU from wherever the room is. Leaving a committed P2P
// is a change with an epoch of its own; giving up one that was only prepared
// is not.
func (t *topology) fallBack(reason string) []topologyStep {
	was := t.stage
	t.stage = onSFU
	switch was {
	case preparing:
		return []topologyStep{{wire.TopologySFU, wire.PhaseAbort, t.epoch, reason}}
	case onP2P:
		t.epoch = t.number()
		return []topologyStep{{wire.TopologySFU, wire.PhaseCommit, t.epoch, reason}}
	}
	return nil
}

// eligible says whether these people may talk directly.
func (t *topology) eligible() bool {
	if t.policy != wire.PolicyAuto || len(t.people) < 2 || len(t.people) > t.max {
		return false
	}
	for _, p := range t.people {
		if !p.p2p || !p.connected {
			return false
		}
	}
	return true
}

// rearm sets when pairs are tried next. It leaves the deadline of a
// preparation alone.
func (t *topology) rearm(now time.Time) {
	if t.stage != onSFU {
		return
	}
	t.at = time.Time{}
	if !t.eligible() {
		return
	}
	t.at = now.Add(t.settle)
	if f, ok := t.failures[t.key()]; ok && f.until.After(t.at) {
		t.at = f.until
	}
}

// remember counts a failure of the people who are there.
func (t *topology) remember(now time.Time) {
	k := t.key()
	f := t.failures[k]
	if now.Sub(f.last) > forgetAfter {
		f.count = 0
	}
	delay := firstBackoff
	for i := 0; i < f.count && delay < maxBackoff; i++ {
		delay *= backoffGrowth
	}
	f.count++
	f.last, f.until = now, now.Add(min(delay, maxBackoff))
	t.failures[k] = f
	if len(t.failures) <= maxFailures {
		return
	}
	oldest := k
	for k, f := range t.failures {
		if f.last.Before(t.failures[oldest].last) {
			oldest = k
		}
	}
	delete(t.failures, oldest)
}

// key names the set of people who are there.
func (t *topology) key() string {
	ids := make([]string, 0, len(t.people))
	for id := range t.people {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}
