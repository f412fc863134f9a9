package sfu

import (
	"testing"

	"github.com/boltorezka/boltorezka/sfu/internal/ladder"
)

// The largest packets that publishers may send leave no room for earlier frames
// nor for each other: what a listener is sent stays as small as they are.
func TestLargePacketsStaySmall(t *testing.T) {
	for _, c := range []struct {
		name string
		plan ladder.Plan
	}{
		{"redundant", ladder.Plan{Redundancy: 3, Distance: 1}},
		{"joined", ladder.Plan{FrameMs: 60}},
		{"joined, as many as there are", ladder.Plan{FrameMs: 120, Redundancy: 2, Distance: 1}},
		{"both", ladder.Plan{FrameMs: 40, Redundancy: 3, Distance: 1}},
	} {
		for _, size := range []int{400, 600, 1000, maxPayload} {
			x := newDuet(t)
			x.plan(c.plan)
			for n := range 60 {
				x.h.SequenceNumber, x.h.Timestamp = uint16(n), uint32(n)*960
				payload := make([]byte, size)
				payload[0] = 0x78
				x.r.voice(int64(n)*20_000+1_000_000, x.talker, x.in[0], x.h, payload, x.w)
				x.drain()
			}
			frames := 0
			for i := range x.sent {
				p := &x.sent[i]
				if len(p.Payload) > maxPayload {
					t.Fatalf("%s, %d: packet %d has %d bytes", c.name, size, i, len(p.Payload))
				}
				if i > 0 && p.SequenceNumber != x.sent[i-1].SequenceNumber+1 {
					t.Fatalf("%s, %d: a gap after packet %d", c.name, size, i)
				}
				frames++
			}
			if size > maxPayload/2 && frames < 57 {
				t.Errorf("%s, %d: %d of 60 packets were sent", c.name, size, frames)
			}
		}
	}
}
