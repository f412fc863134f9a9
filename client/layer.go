package client

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pion/rtp"
)

// opusRate is the RTP clock of Opus (RFC 7587 section 4.1).
const opusRate = 48000

// drift is how far a writer's packets may be from the wall clock before the
// timestamps follow the clock again, as after a pause.
const drift = 200 * time.Millisecond

// layer numbers what is sent of one encoding of the microphone: sequence
// numbers and timestamps go on through repairs of the path.
type layer struct {
	mu     sync.Mutex // also keeps two writers' packets in order
	begun  bool
	seq    uint16
	ts     uint32
	due    time.Time // when the next packet would continue the last without a pause
	parked bool      // nobody wants it
	since  time.Time // when it was parked
	marked bool      // the next packet begins a talkspurt whatever the clock says
	recent recent
	red    []byte // room for a redundant payload
}

// next makes the header of a packet written now: after a pause the timestamp
// follows the clock and the marker says that a talkspurt begins (RFC 3551
// section 4.1). mu is held.
func (l *layer) next(now time.Time, d time.Duration) rtp.Header {
	h := rtp.Header{Version: 2, Marker: l.marked}
	l.marked = false
	if !l.begun {
		l.begun = true
		l.seq, l.ts = uint16(rand.Uint32()), rand.Uint32()
		l.due = now
		h.Marker = true
	}
	if off := now.Sub(l.due); off > drift {
		l.ts += uint32(off.Milliseconds()) * (opusRate / 1000)
		l.due = l.due.Add(off.Truncate(time.Millisecond))
		h.Marker = true
	}
	h.SequenceNumber, h.Timestamp = l.seq, l.ts
	l.seq++
	l.ts += uint32(d.Seconds()*opusRate + 0.5)
	l.due = l.due.Add(d)
	return h
}

// park stops the layer at a moment, or lets it go on. Its RTP time stands still
// meanwhile, as a browser's does between replaceTrack(null) and the track's
// return: the server then meets one kind of client. What was said before is
// not repeated after.
func (l *layer) park(parked bool, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case parked && !l.parked:
		l.since = now
	case !parked && l.parked:
		l.due = l.due.Add(now.Sub(l.since))
		l.marked = true
		l.recent.forget()
	}
	l.parked = parked
}
