package sfu

const (
	// voiceLevel is the quietest level that counts as speech, in -dBov (RFC
	// 6464 section 3). With gain control on, speech is at 15 to 50 and a quiet
	// room beyond 70.
	voiceLevel = 65
	// unknownLevel stands for speech of a client that sends no levels.
	unknownLevel = 30
	// dtxBytes is the longest payload that counts as silence where there is no
	// level: Opus codes silence in 1 to 8 bytes.
	dtxBytes = 10
	// holdUs is the pause after which a slot may go to somebody else.
	holdUs = 500_000
	// expireUs is the pause after which a slot is nobody's: noise below
	// voiceLevel is not worth sending to a whole room.
	expireUs = 3_000_000
	// louder, in dB, for contendUs, displaces the quietest of a full set of
	// speakers, who has had his slot for tenureUs at least.
	louder    = 6
	contendUs = 200_000
	tenureUs  = 1_000_000
	// spurtGapUs ends a spurt of speech; speakingUs is how long somebody is
	// shown as speaking after his last syllable.
	spurtGapUs = 200_000
	speakingUs = 300_000
)

// speaker is what selection knows of one participant.
type speaker struct {
	loud       float32 // smoothed level, -dBov: smaller is louder
	spurtSince int64   // beginning of the present spurt of speech
	lastVoice  int64
	heard      bool // has ever spoken
}

// observe takes the level of one packet.
func (s *speaker) observe(now int64, level uint8, voice bool) {
	if !s.heard || now-s.lastVoice > spurtGapUs {
		if voice {
			s.spurtSince, s.loud = now, float32(level)
		}
	}
	s.loud += (float32(level) - s.loud) / 8
	if voice {
		s.lastVoice, s.heard = now, true
	}
}

// speaking says whether the participant is shown as speaking.
func (s *speaker) speaking(now int64) bool { return s.heard && now-s.lastVoice < speakingUs }

// selector gives a fixed number of slots to those who speak. It reads no clock
// and holds no lock.
//
// A speaker gets a free slot on his first packet of speech, keeps it through
// pauses, and loses it to the next speaker only when he was silent for holdUs
// (the longest silent first), or when all slots are busy and somebody is
// clearly louder. Within as many speakers as there are slots nobody is ever cut.
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
// observed the packet already.
func (x *selector) pick(now int64, s *speaker, voice bool) int {
	if i := x.slotOf(s); i >= 0 {
		return i
	}
	if !voice {
		return -1
	}
	best := -1
	for i := range x.slots {
		who := x.slots[i].who
		if who == nil {
			x.assign(now, i, s)
			return i
		}
		if now-who.lastVoice > holdUs && (best < 0 || who.lastVoice < x.slots[best].who.lastVoice) {
			best = i
		}
	}
	if best < 0 && now-s.spurtSince >= contendUs {
		for i := range x.slots {
			if now-x.slots[i].since >= tenureUs && (best < 0 || x.slots[i].who.loud > x.slots[best].who.loud) {
				best = i
			}
		}
		if best >= 0 && x.slots[best].who.loud < s.loud+louder {
			best = -1
		}
	}
	if best >= 0 {
		x.assign(now, best, s)
	}
	return best
}

func (x *selector) assign(now int64, i int, s *speaker) {
	x.slots[i] = selected{who: s, since: now}
	x.version++
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
