package sfu

import (
	"testing"
	"time"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"
)

// A server that stood still for some seconds has a clock without them, and its
// listeners have one with them: what that makes of the delay is no queue, at no
// time.
func TestStallIsNoQueue(t *testing.T) {
	l := &link{down: &downlink{}}
	var stalls uint32
	var skipped int64
	now := int64(10_000_000)
	rec := twcc.NewRecorder(1)
	for i := range 400 {
		if i == 200 {
			skipped = 2_000_000
			stalls++
		}
		number := l.down.seq
		l.down.sent(now, stalls, 150)
		rec.Record(1, number, now+skipped+20_000)
		if i%5 == 4 {
			for _, p := range rec.BuildFeedbackPacket() {
				b, err := rtcp.Marshal([]rtcp.Packet{p})
				if err != nil {
					t.Fatal(err)
				}
				if err := l.down.take(now, b, &l.judge); err != nil {
					t.Fatal(err)
				}
			}
			if over, queue := l.queue(now); over || queue > 20*time.Millisecond {
				t.Fatalf("after %d packets: overuse %v, a queue of %v", i+1, over, queue)
			}
		}
		now += 20_000
	}
}
