package client

import (
	"testing"
	"time"

	"github.com/pion/rtp"
)

func TestTimestampsFollowTheClockAfterAPause(t *testing.T) {
	var u layer
	at := time.Unix(1000, 0)
	const d = 20 * time.Millisecond
	first := u.next(at, d)
	second := u.next(at.Add(35*time.Millisecond), d) // late, but no pause
	if !first.Marker || second.Marker || second.Timestamp-first.Timestamp != 960 {
		t.Errorf("late packet: %v, %v", first, second)
	}
	third := u.next(at.Add(5*time.Second), d)
	if !third.Marker || third.Timestamp-first.Timestamp != 5*opusRate || third.SequenceNumber != first.SequenceNumber+2 {
		t.Errorf("after a pause: %d on, seq %d on", third.Timestamp-first.Timestamp, third.SequenceNumber-first.SequenceNumber)
	}
	fourth := u.next(at.Add(5*time.Second+d), 60*time.Millisecond)
	fifth := u.next(at.Add(5*time.Second+4*d), d)
	if fifth.Timestamp-fourth.Timestamp != 2880 {
		t.Errorf("60 ms are %d", fifth.Timestamp-fourth.Timestamp)
	}
}

func TestSlotMeterCountsLossAndLateness(t *testing.T) {
	var m slotMeter
	for _, seq := range []uint16{65534, 65535, 2, 1, 3} {
		m.take(&rtp.Header{SequenceNumber: seq}, 10)
	}
	if m.packets.Load() != 5 || m.lost.Load() != 2 || m.late.Load() != 1 || m.bytes.Load() != 50 {
		t.Errorf("%d packets, %d lost, %d late", m.packets.Load(), m.lost.Load(), m.late.Load())
	}
}
