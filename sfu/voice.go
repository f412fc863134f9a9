package sfu

// loudest is the loudest level that selection believes, in -dBov: speech with
// gain control on seldom passes it. Who claims more is no louder for it, so
// that nobody whose own speech is within louder of it loses a slot to a claim.
const loudest = 15

// believed says how loud a packet is for selection (-dBov, 127: silent) and
// whether it is speech. The level is the sender's own word and the payload his
// deed: both must speak. So a client that claims to shout while it sends
// silence has no slot; one that really sends packets of speech and claims to
// shout has one slot like everybody, whatever it says and however many streams
// it sends, and takes it from others only by the rules for somebody louder.
func believed(level uint8, hasLevel bool, payload []byte) (loudness uint8, voice bool) {
	if len(payload) <= dtxBytes {
		return 127, false
	}
	if !hasLevel {
		return unknownLevel, true
	}
	loudness = max(level&0x7f, loudest)
	return loudness, loudness <= voiceLevel
}
