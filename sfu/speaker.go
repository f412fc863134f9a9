package sfu

const (
	// voiceLevel is the quietest level that counts as sound, in -dBov (RFC
	// 6464 section 3). With gain control on, speech is at 15 to 50 and a quiet
	// room beyond 70.
	voiceLevel = 65
	// unknownLevel stands for speech of a client that sends no levels, and
	// silentLevel for what is no sound at all.
	unknownLevel = 30
	silentLevel  = 127
	// loudest is the loudest level that is believed: speech with gain control
	// on seldom passes it. Who claims more is no louder for it, so that nobody
	// whose own speech is near it loses a slot to a claim.
	loudest = 15
	// dtxBytes is the longest payload that counts as silence, whatever level
	// it claims: Opus codes silence in 1 to 8 bytes.
	dtxBytes = 10
	// standsOut is by how many dB speech is louder than the quietest packet of
	// its microphone within the last floorUs to twice that. Between syllables
	// and words speech falls by 15 and more; the hum of a fan or a street does
	// not vary by 9.
	standsOut = 9
	floorUs   = 1_500_000
	// parkedUs is the pause between packets that counts as silence: even under
	// DTX Opus sends one every 400 ms.
	parkedUs = 1_000_000
	// spurtGapUs ends a spurt of speech; speakingUs is how long somebody is
	// shown as speaking after his last syllable.
	spurtGapUs = 200_000
	speakingUs = 300_000
	// loudFrames is over how many packets loudness is smoothed.
	loudFrames = 16
)

// speaker is what selection knows of one participant.
type speaker struct {
	csrc       uint32   // his
	priority   bool     // he is on the stage
	rank       int      // how many in slots are heard before him, by those who hear few
	heard      bool     // has ever made a sound
	clear      bool     // his present packet stands out of his noise
	known      bool     // his noise has been listened to for floorUs
	begun      bool     // has ever sent a packet, or been silenced
	floor      [2]uint8 // the quietest level of the present floorUs and the last
	loud       float32  // smoothed level of his sound, -dBov: smaller is louder
	floorSince int64
	spurtSince int64 // beginning of the present spurt of sound
	lastPacket int64
	lastVoice  int64 // his last sound
	clearSince int64 // beginning of the present spurt of what stood out
	lastClear  int64 // his last sound that stood out
}

// hear takes one packet, whose payload is size bytes long, and says whether it
// is sound. The level is the sender's own word and the payload his deed: both
// must speak.
func (s *speaker) hear(now int64, level uint8, hasLevel bool, size int) (voice bool) {
	level = believed(level, hasLevel, size)
	voice = level <= voiceLevel
	quietest := s.quietest(now, level)
	s.clear = voice && int(level)+standsOut <= int(quietest)
	if !voice {
		return false
	}
	if !s.heard || now-s.lastVoice > spurtGapUs {
		s.spurtSince, s.loud = now, float32(level)
	}
	s.loud += (float32(level) - s.loud) / loudFrames
	s.lastVoice, s.heard = now, true
	if s.clear {
		if now-s.lastClear > spurtGapUs {
			s.clearSince = now
		}
		s.lastClear = now
	}
	return true
}

// believed is the level that a packet is taken to have.
func believed(level uint8, hasLevel bool, size int) uint8 {
	if size <= dtxBytes {
		level = silentLevel
	} else if !hasLevel {
		level = unknownLevel
	}
	return max(level, loudest)
}

// standsOut says whether a packet is speech, as hear would, and notes nothing.
func (s *speaker) standsOut(level uint8, hasLevel bool, size int) bool {
	level = believed(level, hasLevel, size)
	return level <= voiceLevel && int(level)+standsOut <= int(max(s.floor[0], s.floor[1]))
}

// quietest is the quietest that his microphone gave of late, with the present
// packet.
func (s *speaker) quietest(now int64, level uint8) uint8 {
	switch {
	case !s.begun:
		s.begun, s.floorSince, s.floor = true, now, [2]uint8{level, level}
	case s.lastPacket != 0 && now-s.lastPacket > parkedUs:
		s.floorSince, s.floor = now, [2]uint8{silentLevel, silentLevel}
	case now-s.floorSince > floorUs:
		s.floorSince, s.floor, s.known = now, [2]uint8{level, s.floor[0]}, true
	default:
		s.floor[0] = max(s.floor[0], level)
	}
	s.lastPacket = now
	return max(s.floor[0], s.floor[1])
}

// hush forgets his sound: he is muted. What he says next comes out of silence.
func (s *speaker) hush() {
	*s = speaker{csrc: s.csrc, priority: s.priority, begun: true, floor: [2]uint8{silentLevel, silentLevel}}
}

// steady says that all he sends is noise that does not vary.
func (s *speaker) steady() bool { return s.known && !s.clear }

// pause is the pause in his speech after which others who speak may have his
// slot: pauseUs, and less after a click or a cough.
func (s *speaker) pause() int64 { return min(pauseUs, clickPauseUs+2*(s.lastClear-s.clearSince)) }

// speaking says whether the participant is shown as speaking.
func (s *speaker) speaking(now int64) bool { return s.heard && now-s.lastVoice < speakingUs }
