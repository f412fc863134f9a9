package sfu_test

import (
	"testing"
	"time"

	"github.com/pion/rtp"
)

// pad sends a packet of padding only (RFC 3550 section 5.1), as browsers do to
// probe their uplink: it has a number of the stream and the time of the latest
// frame.
func (p *rawPeer) pad(ssrc uint32, size int) {
	p.t.Helper()
	b, err := (&rtp.Header{Version: 2, PayloadType: 111, SSRC: ssrc, SequenceNumber: p.seq, Timestamp: p.ts - 960}).Marshal()
	if err != nil {
		p.t.Fatal(err)
	}
	p.seq++
	b[0] |= 1 << 5
	b = append(b, make([]byte, size)...)
	b[len(b)-1] = byte(size)
	p.plain(b)
}

// Packets of padding leave no gaps in what listeners are sent.
func TestPaddingLeavesNoGaps(t *testing.T) {
	s := newSFU(t)
	a := rawJoin(t, s, "room", 11)
	l := join(t, s, "room", 22, joinOptions{})
	const n = 50
	level := uint8(20)
	padded := uint64(2)
	a.pad(rawMic, 200) // before any voice
	a.pad(rawMic, 1)
	start := time.Now()
	for i := range n {
		time.Sleep(time.Until(start.Add(time.Duration(i) * frame)))
		a.rtp(&level, nil, numbered(i))
		for range i % 3 {
			a.pad(rawMic, 1+i*5)
			padded++
		}
	}
	wantFrames(t, l, 11, n)
	eventually(t, "the padding is counted", func() bool { return s.Metrics().Dropped["padding"] == padded })
	if n := s.Metrics().Dropped["malformed"]; n != 0 {
		t.Errorf("%d packets count as malformed", n)
	}
}

// Nor do they in the low layer while that is all that comes, though it was the
// lesser of two before.
func TestPaddingOfALowLayerLeavesNoGaps(t *testing.T) {
	s := newSFU(t)
	a := rawJoin(t, s, "room", 11)
	l := join(t, s, "room", 22, joinOptions{})
	level := uint8(20)
	low := func(h *rtp.Header) { h.SSRC = rawLow }
	seq := map[bool]uint16{false: 100, true: a.seq}
	send := func(i int, isLow bool) {
		a.seq, a.ts = seq[isLow], uint32(960*i)
		change := low
		if !isLow {
			change = nil
		}
		a.rtp(&level, change, numbered(i))
		if isLow && i%2 == 0 {
			a.pad(rawLow, 100)
		}
		seq[isLow] = a.seq
	}
	const both, alone = 20, 75
	start := time.Now()
	for i := range both + alone {
		time.Sleep(time.Until(start.Add(time.Duration(i) * frame)))
		if i < both {
			send(i, false)
		}
		send(i, true)
	}
	last := func() int {
		heard := l.from(11)
		if len(heard) == 0 {
			return -1
		}
		return numberOf(heard[len(heard)-1].Payload)
	}
	eventually(t, "the low layer is heard", func() bool { return last() == both+alone-1 })
	checkStream(t, l.from(11))
}
