package sfu

import (
	"testing"

	"github.com/pion/rtp"

	"github.com/boltorezka/boltorezka/sfu/internal/ladder"
)

// Slots that come, go and stand elsewhere in a new offer of a listener, on
// whatever layer he is, leave no gap in any stream's numbers, and no number is
// given twice: it would be an SRTP nonce.
func TestSlotsMoveInANewOffer(t *testing.T) {
	for _, plan := range []ladder.Plan{{}, {Layer: ladder.Low}, {Layer: ladder.Low, FrameMs: 60}, {Redundancy: 2, Distance: 1}} {
		x := newDuet(t)
		last := map[uint32]rtp.Packet{}
		for i, mids := range []string{"012", "01", "10", "1", "0", "01", "20", "0", "02", "21", "12"} {
			sdp := testHead
			for _, m := range mids {
				sdp += testLine(string(m), "recvonly")
			}
			o, err := parseOffer(sdp)
			if err != nil {
				t.Fatal(err)
			}
			x.listener.configure(o, nil, 2)
			x.r.rebuild()
			x.plan(plan)
			before := len(x.sent)
			x.talk(61 + i)
			if len(x.sent) == before {
				t.Fatalf("%+v: nothing was sent to slots %s", plan, mids)
			}
		}
		for i, p := range x.sent {
			if was, ok := last[p.SSRC]; ok && p.SequenceNumber != was.SequenceNumber+1 {
				t.Fatalf("%+v: packet %d has number %d after %d", plan, i, p.SequenceNumber, was.SequenceNumber)
			}
			last[p.SSRC] = p
		}
	}
}

// A packet that cannot be sent again is not taken for the one that had its
// number when the numbers last came round.
func TestNumbersComeRound(t *testing.T) {
	x := newDuet(t)
	l := x.listener
	s := l.slots[0]
	s.nack = true
	k := packet{id: 1, low: true, end: payloadAt + 40}
	for range 2 {
		k.sendFrom(x.w.Plain[:], true, l, s, 7, 960, x.w)
		if p := s.recent[7]; !p.sent || p.seq != 7 {
			t.Fatal("not known")
		}
		k.sendFrom(x.w.Other[:], false, l, s, 7, 960, x.w)
		if s.recent[7].sent {
			t.Error("another packet would be sent under its number")
		}
	}
}

// Padding takes no number where the low layer leads either.
func TestPaddingOfALayerThatLeads(t *testing.T) {
	x := newDuet(t)
	x.talk(60)
	x.parked[0] = true
	x.talk(60)
	before := len(x.sent)
	x.r.padding(x.talker, x.in[1], uint16(x.n))
	x.n++
	x.talk(5)
	if len(x.sent) != before+5 || x.sent[before].SequenceNumber != x.sent[before-1].SequenceNumber+1 {
		t.Errorf("%d packets, the first has number %d after %d", len(x.sent)-before, x.sent[before].SequenceNumber, x.sent[before-1].SequenceNumber)
	}
}

// Who hears the loudest only is not left without when that is he himself, or
// somebody whom he ignores.
func TestTheLoudestIsSomebodyElse(t *testing.T) {
	x := newDuet(t)
	x.talk(60)
	x.plan(ladder.Plan{Slots: 1})
	me := x.listener.peer
	x.r.selector.slots[1].who = &me.speaker
	me.speaker.csrc, x.talker.speaker.rank = me.csrc, 1
	before := len(x.sent)
	x.talk(10)
	if n := len(x.sent) - before; n != 10 {
		t.Errorf("%d of 10 packets while he speaks himself", n)
	}
	third := &speaker{csrc: 77}
	x.r.selector.slots[1].who = third
	before = len(x.sent)
	x.talk(10)
	if n := len(x.sent) - before; n != 0 {
		t.Errorf("%d packets of who is not the loudest", n)
	}
	me.ignored = map[uint32]struct{}{77: {}}
	x.talk(10)
	if n := len(x.sent) - before; n != 10 {
		t.Errorf("%d of 10 packets while he ignores the loudest", n)
	}
}

// Packets that waited to be joined when their speaker stopped are not sent with
// what he says a minute later.
func TestStalePacketsAreNotJoined(t *testing.T) {
	for _, plan := range []ladder.Plan{{FrameMs: 60}, {}} {
		x := newDuet(t)
		x.plan(ladder.Plan{FrameMs: 60})
		x.talk(62)
		x.n += 25
		x.plan(plan)
		before := len(x.sent)
		x.talk(6)
		if n, _ := frames(t, &x.sent[before]); n[0] != 62+25 {
			t.Errorf("%+v: frame %d follows a pause", plan, n[0])
		}
		if x.sent[before].SequenceNumber != x.sent[before-1].SequenceNumber+1 {
			t.Errorf("%+v: a gap in the numbers", plan)
		}
	}
}

// A low layer is wanted of a deafened participant by others, whatever he was
// last on himself.
func TestLowLayerWantedOfADeafenedOne(t *testing.T) {
	x := newDuet(t)
	l := x.listener
	l.judge.plan.Layer = ladder.Low
	x.r.countLow(l)
	if use := x.r.lowUse(l); use.wanted || use.heard {
		t.Error("wanted by nobody else")
	}
	l.peer.SetDeafened(true)
	if use := x.r.lowUse(l); !use.wanted || !use.heard {
		t.Error("the one who wants it is somebody else")
	}
}

// What others want of a participant does not change with what he is sent.
func TestLowLayerWantedOfOneWhoChanges(t *testing.T) {
	x := newDuet(t)
	l := x.listener
	x.r.lowWanted = 1 // by a third
	x.r.countLow(l)
	l.judge.plan.Redundancy = 1
	if use := x.r.lowUse(l); !use.wanted || use.heard {
		t.Errorf("the use is %+v", use)
	}
}

// Low packets that had no slot, or were muted, are not lost to a listener who
// is on the low layer before and after them.
func TestLowPacketsHeldBackAreNotLost(t *testing.T) {
	for _, muted := range []bool{false, true} {
		x := newDuet(t)
		x.talk(60)
		x.plan(ladder.Plan{Layer: ladder.Low})
		x.talk(20)
		x.r.selector.release(&x.talker.speaker) // as after a long silence
		if muted {
			x.n += 40
			x.in[0].held, x.in[1].held = true, true
		} else {
			_ = x.h.SetExtension(1, []byte{silentLevel})
			x.talk(40)
			_ = x.h.SetExtension(1, []byte{20})
		}
		x.talk(40)
		for i := 1; i < len(x.sent); i++ {
			if x.sent[i].SequenceNumber != x.sent[i-1].SequenceNumber+1 {
				t.Fatalf("muted %v: packet %d has number %d after %d", muted, i, x.sent[i].SequenceNumber, x.sent[i-1].SequenceNumber)
			}
		}
		if _, low := frames(t, &x.sent[len(x.sent)-1]); !low || len(x.sent) < 118 {
			t.Errorf("muted %v: low at the end: %v, %d packets", muted, low, len(x.sent))
		}
	}
}
