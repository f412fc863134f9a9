package sfu

const (
	// pauseUs is the pause after which speech that stands out takes a slot,
	// clickPauseUs the one of who has made one short noise only, and holdUs the
	// one after which any sound does.
	pauseUs      = 200_000
	clickPauseUs = 60_000
	holdUs       = 500_000
	// expireUs is the pause after which a slot is nobody's: noise below
	// voiceLevel is not worth sending to a whole room.
	expireUs = 3_000_000
	// louder, in dB, for contendUs, displaces the quietest of a full set of
	// speakers, who has had his slot for tenureUs at least.
	louder    = 6
	contendUs = 200_000
	tenureUs  = 1_000_000
)

// selector gives a fixed number of slots to those who speak. It reads no clock
// and holds no lock.
//
// Any sound takes a free slot with its first packet, and has it until it has
// been silent for expireUs. When none is free, sound is of two kinds: speech,
// which stands out of its own microphone's noise (see speaker), and what does
// not vary. Whoever has no slot takes, in this order,
//
//   - the slot of who has paused longest: for pauseUs, when he speaks, or for
//     holdUs, when he makes any sound. What does not vary counts as a pause
//     for who speaks.
//   - from the stage, with his first packet of speech, the slot of the
//     quietest who is not on it.
//   - the slot of the quietest, when he has been louder by louder for
//     contendUs, and the other has had his slot for tenureUs. What does not
//     vary never does so to who speaks.
//
// A speaker on the stage loses his slot to those who are on it too, and to
// others only after holdUs of silence.
//
// So these hold, and the tests say so:
//
//   - While no more people than there are slots speak or are within pauseUs of
//     it, nobody loses a packet of speech, the first of an utterance included,
//     however many have spoken before and however noisy others' rooms are. (The
//     first words of somebody who has sent nothing before, not even silence,
//     take 20 to 60 ms to stand out; a changed slot may give up one frame: see
//     rtpmap.Timeline.)
//   - One more than there are slots displaces who has been silent longest.
//   - After tenureUs and contendUs nobody is forwarded who is quieter by louder
//     than one who is not, and people who are as loud as each other keep what
//     they have.
//   - A slot passes to a louder one at most once in tenureUs, and to anybody
//     else only in a pause.
//
// A slot is the room's: who is in one is not sent his own voice and hears one
// person less than there are slots. To give him another would take a slot
// more for everybody to encrypt, or lines that carry different people for
// different listeners, and it is only missed when more speak at once than
// there are slots, himself among them. Who listens only hears them all.
//
// go test ./sfu -run CrowdFigures -v prints how much of speech is lost and
// where, for conversations, crowds and noise.
type selector struct {
	slots []selected
	// version rises with every change, so that who shows slots knows.
	version uint64
}

type selected struct {
	who   *speaker // nil: free
	since int64
}

func newSelector(n int) selector { return selector{slots: make([]selected, n)} }

// slotOf is the slot of s, -1 without one.
func (x *selector) slotOf(s *speaker) int {
	for i := range x.slots {
		if x.slots[i].who == s {
			return i
		}
	}
	return -1
}

// pick returns the slot that a packet of s goes to, -1 for none. s has
// heard the packet already.
func (x *selector) pick(now int64, s *speaker, voice bool) int {
	if i := x.slotOf(s); i >= 0 {
		return i
	}
	if !voice {
		return -1
	}
	i := x.slotOf(nil)
	if i < 0 {
		i = x.paused(now, s)
	}
	if i < 0 && s.priority && !s.steady() {
		i = x.outranked()
	}
	if i < 0 {
		i = x.quieter(now, s)
	}
	if i >= 0 {
		x.slots[i] = selected{who: s, since: now}
		x.version++
	}
	return i
}

// paused is the slot of who has paused longest, if long enough for s.
func (x *selector) paused(now int64, s *speaker) int {
	best, bestLast := -1, int64(0) // of equals, the quietest
	for i := range x.slots {
		h := x.slots[i].who
		last, pause := h.lastVoice, int64(holdUs)
		if s.clear && (s.priority || !h.priority) {
			last, pause = h.lastClear, h.pause()
		}
		if now-last > pause && (best < 0 || last < bestLast || last == bestLast && h.loud > x.slots[best].who.loud) {
			best, bestLast = i, last
		}
	}
	return best
}

// quieter is the slot of the quietest, if s may have it.
func (x *selector) quieter(now int64, s *speaker) int {
	if now-s.spurtSince < contendUs {
		return -1
	}
	best := -1
	for i := range x.slots {
		h := x.slots[i].who
		switch {
		case now-x.slots[i].since < tenureUs,
			h.priority && !s.priority,
			!s.clear && now-h.lastClear <= holdUs:
		case best < 0 || h.loud > x.slots[best].who.loud:
			best = i
		}
	}
	if best >= 0 && x.slots[best].who.loud < s.loud+louder {
		return -1
	}
	return best
}

// release frees the slot of s at once: he left or is muted.
func (x *selector) release(s *speaker) {
	if i := x.slotOf(s); i >= 0 {
		x.slots[i] = selected{}
		x.version++
	}
}

// expire frees the slots of those who are silent for long.
func (x *selector) expire(now int64) {
	for i := range x.slots {
		if w := x.slots[i].who; w != nil && now-w.lastVoice > expireUs {
			x.slots[i] = selected{}
			x.version++
		}
	}
}

// rank orders those in slots for listeners who are sent fewer than there are:
// who is on the stage first, then who speaks, then who is louder.
func (x *selector) rank(now int64) {
	for i := range x.slots {
		s := x.slots[i].who
		if s == nil {
			continue
		}
		s.rank = 0
		for j := range x.slots {
			if o := x.slots[j].who; o != nil && o != s && o.before(now, s) {
				s.rank++
			}
		}
	}
}

// before says whether o is heard rather than s. Who is as loud as another keeps
// his place by being there longer, which the caller's order decides: a
// difference of rankDB is none.
func (o *speaker) before(now int64, s *speaker) bool {
	talks, other := now-o.lastVoice <= holdUs, now-s.lastVoice <= holdUs
	switch {
	case o.priority != s.priority:
		return o.priority
	case talks != other:
		return talks
	case o.loud+rankDB < s.loud:
		return true
	case s.loud+rankDB < o.loud:
		return false
	}
	return o.spurtSince < s.spurtSince || o.spurtSince == s.spurtSince && o.csrc < s.csrc
}

// rankDB is by how much somebody must be louder to be heard before another who
// has spoken for longer.
const rankDB = 6
