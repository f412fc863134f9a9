package rtpmap

// ClockRate is the RTP clock of Opus in Hz (RFC 7587 section 4.1).
const ClockRate = 48000

const (
	ticksPerMs  = ClockRate / 1000
	defaultDur  = 20 * ticksPerMs
	leadWindow  = 64
	maxSeqJump  = 1000             // a longer jump is a new stream, not loss
	freezeGapUs = 1_000_000        // only after such a silence is the clock compared: a shorter one may be a stall, whose packets then come all at once
	freezeDrift = 100 * ticksPerMs // a larger difference: the sender's clock stood still
	maxTSBack   = 30 * ClockRate   // a packet that is older than this is of a new stream
	// maxAhead is how far the stream's time may be ahead of its pace: what a
	// path that stalled for two seconds brings at once. A step, or a sum of
	// steps, beyond it is no voice that anybody can have spoken.
	maxAhead = 2 * ClockRate
	// restAhead is how far ahead a segment begins at most, but for what was sent
	// before it. What speakers' jitter adds from one to the next stays far below.
	restAhead = maxAhead / 4
	// turnSlack is how much of maxAhead another participant finds at least.
	turnSlack = 200 * ticksPerMs
	// paceShare is the part of the wall clock by which the pace follows the
	// stream, of pauses up to paceUs: 5 ms a second, more than sound cards' clocks
	// and the changes of speakers make, and less than a listener's jitter buffer
	// has trouble with.
	paceShare = 200
	paceUs    = 1_000_000
)

// Timeline is the outgoing time of one slot of a room. It takes the packets of
// whoever speaks in the slot and gives each the sequence number and timestamp
// that continue the one stream listeners receive.
//
// Within one speaker the mapping is linear: his gaps, losses and reordering
// are his listeners' too. Another speaker begins where wall clock says: at the
// largest lead that the stream had on the wall clock of late (its packets with
// the least delay), never before the end of what was sent, and at the cost of
// at most one of his frames. That is the rule that measured 3 to 7 ms of
// concealment a change, where continuing naively measured 8 to 110.
//
// However a speaker's timestamps jump, the stream's time stays within maxAhead
// of its pace, which is the lead on the wall clock that it began with and
// follows the stream slowly. Beyond it his packets begin anew where wall clock
// says, and those that come faster than time passes are not sent.
//
// The zero Timeline is ready; Seed makes its start unpredictable.
type Timeline struct {
	src     uint32
	started bool
	broken  bool // packets were held back on purpose
	gaveUp  bool // one frame was given up at the change that is going on

	seqOff uint16
	tsOff  uint32
	floor  uint16 // first source sequence number of this segment
	topSeq uint16 // largest source sequence number of this segment
	sent   uint64 // which of it and the 63 before it were, the largest at bit 0

	lastSeq uint16
	lastTS  uint32
	lastDur uint32
	lastAt  int64 // microseconds

	leads  [leadWindow]int32
	leadN  int
	leadAt int
	excess int64
	pace   int32 // lead on the wall clock, see maxAhead
	paceAt int64
	holder uint32
	turn   bool // the holder is another one than of the latest packet
}

// Seed sets where the stream starts; RFC 3550 section 5.1 wants both random.
func (t *Timeline) Seed(seq uint16, ts uint32) { t.lastSeq, t.lastTS = seq, ts }

// Source is whose packets the timeline carries now, 0 before the first.
func (t *Timeline) Source() uint32 { return t.src }

// Break says that packets of the present source were held back on purpose
// (muted, silent): the next one begins a new segment, so that its sequence
// number follows without a gap, which would look like loss.
func (t *Timeline) Break() { t.broken = true }

// Turn says whose packets come now: of one participant, who may have several
// sources. Another one is not held back by how far ahead of its pace the one
// before has left the stream.
func (t *Timeline) Turn(holder uint32) {
	if holder != t.holder {
		t.holder, t.turn = holder, true
	}
}

// Map gives the packet (seq, ts) of source src, which arrived at now
// (microseconds of a monotonic clock) and lasts dur ticks, its place in the
// outgoing stream. ok is false for a packet that must not be sent: one from
// before the latest change, the frame given up at one, one that comes after 64
// later ones, or a number that came already.
//
// No outgoing sequence number is given twice: it would reuse an SRTP nonce.
// SRTP's replay protection alone does not see to that: it knows indices of 48
// bits, and 0, 65535, 0 are three different ones of a stream that just began
// (RFC 3711 section 3.3.1).
func (t *Timeline) Map(now int64, src uint32, seq uint16, ts, dur uint32) (outSeq uint16, outTS uint32, ok bool) {
	if dur == 0 {
		dur = defaultDur
	}
	if !t.started || t.broken || src != t.src || t.jumped(now, seq, ts) {
		if !t.change(now, src, seq, ts) {
			return 0, 0, false
		}
	} else if int16(seq-t.floor) < 0 || !t.first(seq) {
		return 0, 0, false
	}
	outSeq, outTS = seq+t.seqOff, ts+t.tsOff
	if int16(seq-t.topSeq) >= 0 {
		t.topSeq = seq
		// The floor follows at a distance: left behind by half a cycle it
		// would make every newer packet look late.
		if int16(seq-t.floor) > 1<<13 {
			t.floor = seq - 1<<12
		}
		lead := int32(outTS - wall(now))
		t.follow(now, lead)
		t.lastSeq, t.lastTS, t.lastDur, t.lastAt = outSeq, outTS, dur, now
		t.leads[t.leadAt] = lead
		t.leadAt = (t.leadAt + 1) % leadWindow
		t.leadN = min(t.leadN+1, leadWindow)
	}
	return outSeq, outTS, true
}

// first says whether a packet of the present segment comes for the first time,
// and notes it.
func (t *Timeline) first(seq uint16) bool {
	if d := int16(seq - t.topSeq); d > 0 {
		t.sent = t.sent<<d | 1
		return true
	}
	bit := uint64(1) << (t.topSeq - seq) // 0 beyond 63
	if bit == 0 || t.sent&bit != 0 {
		return false
	}
	t.sent |= bit
	return true
}

// At is the stream's RTP time at now, for sender reports (RFC 3550 section
// 6.4.1); ok is false before the first packet.
func (t *Timeline) At(now int64) (ts uint32, ok bool) {
	if !t.started {
		return 0, false
	}
	return wall(now) + uint32(t.lead()), true
}

// Place is the outgoing timestamp of the instant ts of the present source's
// clock; ok is false when src is another one or its packets were held back.
func (t *Timeline) Place(src, ts uint32) (outTS uint32, ok bool) {
	return ts + t.tsOff, t.started && !t.broken && src == t.src
}

// Skip takes a packet that is not to be sent out of the numbers: what follows it
// leaves no gap. It does nothing unless the packet follows the latest one of the
// present source. What is older can then be sent no more, as its numbers would
// be others'.
func (t *Timeline) Skip(src uint32, seq uint16) {
	if !t.started || t.broken || src != t.src || seq != t.topSeq+1 {
		return
	}
	t.topSeq, t.floor, t.sent = seq, seq+1, 1
	t.seqOff--
}

// Follow gives a packet of dur ticks the place right after the latest one, for
// what the server itself says in a slot; ok is false before the first packet.
// What comes next of any source begins a new segment.
func (t *Timeline) Follow(now int64, dur uint32) (outSeq uint16, outTS uint32, ok bool) {
	if !t.started {
		return 0, 0, false
	}
	t.lastSeq, t.lastTS, t.lastDur, t.lastAt = t.lastSeq+1, t.lastTS+t.lastDur, dur, now
	t.broken = true
	return t.lastSeq, t.lastTS, true
}

// Since is how long ago the latest packet was, in microseconds.
func (t *Timeline) Since(now int64) int64 { return now - t.lastAt }

// jumped says whether a packet of the same speaker no longer fits the mapping:
// his sequence numbers leapt, or his clock stood still (a parked sender's RTP
// time freezes) or leapt.
func (t *Timeline) jumped(now int64, seq uint16, ts uint32) bool {
	d := int16(seq - t.topSeq)
	if d > maxSeqJump || d < -maxSeqJump {
		return true
	}
	elapsed := now - t.lastAt
	step := int64(int32(ts + t.tsOff - t.lastTS))
	if step < -maxTSBack || step < 0 && d > 0 || t.ahead(now, ts+t.tsOff) > maxAhead {
		return true
	}
	if elapsed < freezeGapUs || d < 0 {
		return false
	}
	drift := step - elapsed*ticksPerMs/1000
	return drift > freezeDrift || drift < -freezeDrift
}

// change begins a segment of src with the packet (seq, ts), or gives this
// packet up.
func (t *Timeline) change(now int64, src uint32, seq uint16, ts uint32) bool {
	next := t.lastTS
	if t.started {
		floor := t.lastTS + t.lastDur
		next = wall(now) + uint32(t.lead()) - uint32(t.excess)
		if a := t.ahead(now, next); a > restAhead {
			next -= uint32(a)
			if src != t.src {
				next += restAhead // less of a step, as no stall explains the lead
			}
		}
		if push := int32(floor - next); push > 0 {
			if uint32(push) >= t.lastDur && !t.gaveUp || !t.turn && t.ahead(now, floor) > maxAhead {
				t.gaveUp = true
				return false
			}
			next = floor
			t.excess = int64(push)
		} else {
			t.excess = 0
		}
	}
	switch {
	case !t.started:
		t.pace, t.paceAt = int32(next-wall(now)), now
	case t.turn:
		t.pace += max(0, t.ahead(now, next)+turnSlack-maxAhead)
	}
	t.src, t.started, t.broken, t.gaveUp, t.turn = src, true, false, false, false
	t.floor, t.topSeq, t.sent = seq, seq, 1
	t.seqOff = t.lastSeq + 1 - seq
	t.tsOff = next - ts
	t.leadN, t.leadAt = 0, 0
	return true
}

// ahead is how far an outgoing timestamp is ahead of the stream's pace, in ticks.
func (t *Timeline) ahead(now int64, outTS uint32) int32 { return int32(outTS-wall(now)) - t.pace }

// follow moves the pace towards the lead of a packet.
func (t *Timeline) follow(now int64, lead int32) {
	if most := int32(min(now-t.paceAt, paceUs) * ticksPerMs / 1000 / paceShare); most > 0 {
		t.pace += max(-most, min(lead-t.pace, most))
		t.paceAt = now
	}
}

// lead is the largest lead on the wall clock among the latest packets.
func (t *Timeline) lead() int32 {
	if t.leadN == 0 {
		return int32(t.lastTS - wall(t.lastAt))
	}
	best := t.leads[0]
	for _, v := range t.leads[1:t.leadN] {
		if v-best > 0 { // wraps as RTP time does
			best = v
		}
	}
	return best
}

// wall is a clock reading in RTP ticks.
func wall(us int64) uint32 { return uint32(us * ticksPerMs / 1000) }
