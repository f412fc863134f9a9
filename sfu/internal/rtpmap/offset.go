package rtpmap

// Offset is one listener's view of a slot's Timeline: the same stream under
// his own sequence numbers and timestamps, without the packets he was not
// sent. Seed makes its start unpredictable.
type Offset struct {
	seq    uint16
	ts     uint32
	floor  uint16
	last   uint16
	joined bool
}

// Seed sets where this listener's stream starts.
func (o *Offset) Seed(seq uint16, ts uint32) { o.last, o.ts = seq, ts }

// Break says that a packet was held back from this listener on purpose: the
// next one follows without a gap in his sequence numbers, which would look
// like loss, while the timestamps go on with the slot's.
func (o *Offset) Break() { o.joined = false }

// Map gives the slot's packet (seq, ts) its numbers for this listener. ok is
// false for a late packet from before the latest break: its number may have
// been given to another packet, and an SRTP nonce must not be used twice.
func (o *Offset) Map(seq uint16, ts uint32) (outSeq uint16, outTS uint32, ok bool) {
	if !o.joined {
		o.joined = true
		o.floor = seq
		o.seq = o.last + 1 - seq
	} else if int16(seq-o.floor) < 0 {
		return 0, 0, false
	}
	outSeq = seq + o.seq
	if int16(outSeq-o.last) > 0 {
		o.last = outSeq
		// The floor follows at a distance, so that it never falls half a
		// cycle behind and makes newer packets look late.
		if int16(seq-o.floor) > 1<<13 {
			o.floor = seq - 1<<12
		}
	}
	return outSeq, ts + o.ts, true
}

// Time is the listener's RTP time for the slot's.
func (o *Offset) Time(ts uint32) uint32 { return ts + o.ts }
