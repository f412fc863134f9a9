package sfu

import (
	"math/rand/v2"
	"testing"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtp"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// What others overtook is not lost, and runs of losses are told from it.
func TestOvertakenPacketsAreNotLost(t *testing.T) {
	for _, c := range []struct {
		name           string
		jitterUs       int
		lost           func(i int) bool
		loss0, loss1   float32
		burst0, burst1 float32
	}{
		{"jitter of 60 ms", 60_000, func(int) bool { return false }, 0, 0, 0, 0},
		{"runs of two among it", 60_000, func(i int) bool { return i%20 < 2 }, 0.05, 0.15, 1.9, 2.1},
		{"runs of three in order", 0, func(i int) bool { return i%30 < 3 }, 0.05, 0.15, 2.9, 3.1},
	} {
		d, j := &downlink{}, &judge{}
		recorder := twcc.NewRecorder(1)
		rng := rand.New(rand.NewPCG(1, 2))
		type way struct {
			at   int64
			wide uint16
		}
		var flying []way
		sent, again := 0, uint32(0)
		for now := int64(1_000_000); now < 11_000_000; now += 1000 {
			if now%10_000 == 0 {
				if !c.lost(sent) {
					flying = append(flying, way{now + 50_000 + int64(rng.IntN(c.jitterUs+1)), d.seq})
				}
				d.sent(now, 0, 150)
				sent++
			}
			for k := 0; k < len(flying); k++ {
				if flying[k].at <= now {
					recorder.Record(1, flying[k].wide, flying[k].at)
					flying = append(flying[:k], flying[k+1:]...)
					k--
				}
			}
			if now%100_000 != 0 || recorder.PacketsHeld() == 0 {
				continue
			}
			for _, p := range recorder.BuildFeedbackPacket() {
				b, err := p.Marshal()
				if err != nil {
					t.Fatal(err)
				}
				if err := d.take(now, b, j); err != nil {
					t.Fatal(err)
				}
			}
			again = max(again, d.lost)
		}
		over, queue := j.estimator.State()
		t.Logf("%s: loss %.3f, runs of %.1f, %d acked, at most %d taken for lost at a time; queue %v", c.name, d.lossAvg, j.bursts.mean, d.acked, again, queue)
		if d.lossAvg < c.loss0 || d.lossAvg > c.loss1 || j.bursts.mean < c.burst0 || j.bursts.mean > c.burst1 || over {
			t.Errorf("%s: loss %v, runs of %v, overused %v", c.name, d.lossAvg, j.bursts.mean, over)
		}
	}
}

// Who agreed to numbers and sends none hears that his packets come, some times a
// second, and nothing when none do.
func TestPacketsWithoutNumbersAreAcknowledged(t *testing.T) {
	for _, rsize := range []bool{true, false} {
		r, _ := sinkRoomOf(t, 1, 1)
		l, w := r.peers[1].active, transport.NullBatch()
		l.rsize = rsize
		in := &inbound{track: &track{relayed: true, twccID: 5}}
		acks := 0
		for now := int64(1_000_000); now < 3_000_000; now += 50_000 {
			if now < 2_000_000 {
				l.arrived(now, in, &rtp.Header{})
			}
			l.feedback(now, w)
			acks += len(w.Drain())
		}
		if acks < 5 || acks > 6 {
			t.Errorf("reduced size %v: %d acknowledgements of a second", rsize, acks)
		}
		in.track.twccID = 0 // who did not agree is used to none
		l.arrived(4_000_000, in, &rtp.Header{})
		if l.feedback(4_000_000, w); len(w.Drain()) != 0 {
			t.Error("acknowledged without an agreement")
		}
	}
}
