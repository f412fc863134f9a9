package rtpmap

// OpusDuration is how long an Opus packet plays, in ticks of 48 kHz, from its
// first bytes (RFC 6716 section 3.1). It is 0 for an empty packet or one whose
// framing is impossible (no frames, or over 120 ms).
func OpusDuration(p []byte) uint32 {
	if len(p) == 0 {
		return 0
	}
	var frame uint32
	config := p[0] >> 3
	switch {
	case config < 12: // SILK: 10, 20, 40, 60 ms
		frame = [...]uint32{480, 960, 1920, 2880}[config&3]
	case config < 16: // hybrid: 10, 20 ms
		frame = [...]uint32{480, 960}[config&1]
	default: // CELT: 2.5, 5, 10, 20 ms
		frame = 120 << (config & 3)
	}
	switch p[0] & 3 {
	case 0:
		return frame
	case 1, 2:
		return 2 * frame
	}
	if len(p) < 2 {
		return 0
	}
	if d := frame * uint32(p[1]&0x3f); d <= 120*ticksPerMs {
		return d
	}
	return 0
}
