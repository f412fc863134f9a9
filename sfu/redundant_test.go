package sfu_test

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// numbered is a frame of speech of 20 ms that is like no other.
func numbered(n int) []byte {
	b := bytes.Clone(speech)
	binary.BigEndian.PutUint32(b[1:], uint32(n))
	return b
}

func numberOf(frame []byte) int { return int(binary.BigEndian.Uint32(frame[1:])) }

// redundantly is RFC 2198's packet of a frame and the one before it, written
// out by hand.
func redundantly(before, frame []byte) []byte {
	b := []byte{0x80 | 111, 960 >> 6, 960<<2&0xff | byte(len(before)>>8), byte(len(before)), 111}
	return append(append(b, before...), frame...)
}

// wantFrames waits for n numbered frames of a speaker and fails the test unless
// they are all there, in order, and one stream in steps of 20 ms.
func wantFrames(t *testing.T, l *testPeer, csrc uint32, n int) {
	t.Helper()
	eventually(t, "all frames are heard", func() bool { return len(l.from(csrc)) >= n })
	heard := l.from(csrc)
	checkStream(t, heard)
	for i, k := range heard {
		if !bytes.Equal(k.Payload, numbered(i)) {
			t.Fatalf("packet %d is frame %d", i, numberOf(k.Payload))
		}
		if i > 0 && k.Timestamp-heard[i-1].Timestamp != 960 {
			t.Errorf("frame %d: a step of %d in time", i, k.Timestamp-heard[i-1].Timestamp)
		}
	}
}

// What is lost on the way from a publisher and comes with his next packet is
// heard in its place.
func TestLostFramesComeWithTheNextOnes(t *testing.T) {
	s := newSFU(t)
	a := rawJoin(t, s, "room", 11)
	l := join(t, s, "room", 22, joinOptions{})
	const n = 61 // the last one is not lost
	level := uint8(20)
	lost := uint64(0)
	start := time.Now()
	for i := range n {
		time.Sleep(time.Until(start.Add(time.Duration(i) * frame)))
		switch {
		case i == 0:
			a.rtp(&level, nil, numbered(0))
		case i%3 == 2:
			a.seq++
			a.ts += 960
			lost++
		default:
			a.rtp(&level, func(h *rtp.Header) { h.PayloadType = 63 }, redundantly(numbered(i-1), numbered(i)))
		}
	}
	wantFrames(t, l, 11, n)
	if m := s.Metrics(); m.Recovered != lost {
		t.Errorf("%d frames were recovered, want %d", m.Recovered, lost)
	}
}
