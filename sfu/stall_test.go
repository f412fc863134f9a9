package sfu

import (
	"testing"
	"time"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"
)

// A server that stood still for some seconds has a clock without them, and its
// listeners have one with them: what that makes of the delay is no queue.
func TestStallIsNoQueue(t *testing.T) {
	for _, counted := range []bool{true, false} {
		l := &link{down: &downlink{}}
		var stalls uint32
		var skipped int64
		now := int64(10_000_000)
		rec := twcc.NewRecorder(1)
		for i := range 400 {
			if i == 200 {
				skipped = 2_000_000
				if counted {
					stalls++
				}
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
			}
			now += 20_000
		}
		if _, queue := l.queue(now); (queue > 20*time.Millisecond) == counted {
			t.Errorf("stall counted: %v, and a queue of %v", counted, queue)
		}
	}
}
