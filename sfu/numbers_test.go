package sfu

import (
	"encoding/binary"
	"testing"

	"github.com/pion/rtp"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// hearing relays packets to one listener and reads the sequence numbers that
// leave, from the headers, which SRTP leaves in the clear.
type hearing struct {
	t       *testing.T
	r       *room
	talker  *Peer
	in      *inbound
	h       *rtp.Header
	payload []byte
	w       *transport.Batch
	n       int
}

func newHearing(t *testing.T, slots int) *hearing {
	x := &hearing{t: t, w: transport.NullBatch()}
	x.r, x.talker = sinkRoomOf(t, 1, slots)
	x.in, x.h, x.payload = voiceOf(t)
	return x
}

// talk relays n packets and returns the number of the last that was sent; it
// is false when none was.
func (x *hearing) talk(n int) (seq uint16, sent bool) {
	for range n {
		x.h.SequenceNumber, x.h.Timestamp = uint16(x.n), uint32(x.n)*960
		x.r.relay(int64(x.n)*20_000, x.talker, x.in, x.h, x.payload, x.w)
		x.n++
		for _, b := range x.w.Drain() {
			seq, sent = binary.BigEndian.Uint16(b[2:]), true
		}
	}
	return seq, sent
}

// follows checks that the packet after a pause follows the one before it.
func (x *hearing) follows(what string, before uint16) {
	x.t.Helper()
	if seq, sent := x.talk(1); !sent || seq != before+1 {
		x.t.Errorf("%s: number %d (sent: %v) after %d", what, seq, sent, before)
	}
}

// Whatever keeps a listener from being sent packets, his numbers stand still
// meanwhile: a gap would look like loss, and one of half the numbers' range to
// SRTP like a step back, to nonces that were used.
func TestNumbersStandStillForWhoIsNotSent(t *testing.T) {
	for _, slots := range []int{2, 3} { // 3 in the room: a listener with his own choice
		x := newHearing(t, slots)
		p := x.r.peers[1]
		if narrow := p.active.narrow != nil; narrow != (slots == 3) {
			t.Fatalf("with %d slots he chooses for himself: %v", slots, narrow)
		}
		before, _ := x.talk(20)
		back := p.active.session.Cut()
		if _, sent := x.talk(40_000); sent {
			t.Error("sent without a path")
		}
		back()
		x.follows("no path", before)

		before, _ = x.talk(20)
		p.SetDeafened(true)
		x.talk(500)
		p.SetDeafened(false)
		x.follows("deafened", before)

		before, _ = x.talk(20)
		p.Ignore([]uint32{x.talker.csrc})
		x.talk(100)
		p.Ignore(nil)
		x.follows("ignored him", before)
	}
}
