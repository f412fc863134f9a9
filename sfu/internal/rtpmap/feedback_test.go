package rtpmap

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"
)

// feedbackOf is what Pion's recorder says of packets with these arrivals, the
// wanted result beside it.
func feedbackOf(t testing.TB, r *rand.Rand, n int) (packets [][]byte, want []Arrival) {
	t.Helper()
	rec := twcc.NewRecorder(7)
	at, seq := int64(1_000_000), uint16(r.Uint32())
	for i := range n {
		if i > 0 && i < n-1 && r.IntN(5) == 0 {
			want = append(want, Arrival{Seq: seq})
		} else {
			rec.Record(9, seq, at)
			want = append(want, Arrival{Seq: seq, Arrived: true, At: at})
		}
		seq++
		at += 250 * int64(r.IntN(400)-20) // also a little back: reordered
	}
	for _, p := range rec.BuildFeedbackPacket() {
		b, err := rtcp.Marshal([]rtcp.Packet{p})
		if err != nil {
			t.Fatal(err)
		}
		packets = append(packets, b)
	}
	return packets, want
}

func TestFeedbackSaysWhatTheRecorderRecorded(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		packets, want := feedbackOf(t, r, 2+r.IntN(120))
		var got []Arrival
		for _, b := range packets {
			if err := EachArrival(b, func(a Arrival) { got = append(got, a) }); err != nil {
				t.Fatal(err)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("told of %d packets, want %d", len(got), len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("packet %d: %+v, want %+v", i, got[i], want[i])
			}
		}
	}
}

func TestFeedbackThatLies(t *testing.T) {
	packets, _ := feedbackOf(t, rand.New(rand.NewPCG(3, 4)), 40)
	whole := packets[0]
	for n := range len(whole) - 3 { // up to 3 bytes of padding may go
		err := EachArrival(whole[:n], func(Arrival) {})
		if err == nil && n < len(whole)-4 {
			t.Errorf("%d of %d bytes were taken", n, len(whole))
		}
	}
	many := bytes.Clone(whole)
	many[14], many[15] = 0xff, 0xff
	none := append(bytes.Clone(whole[:20]), 0, 0, 0, 0) // a run of no packets
	for _, b := range [][]byte{many, none} {
		if err := EachArrival(b, func(Arrival) {}); !errors.Is(err, ErrFeedback) {
			t.Errorf("got %v", err)
		}
	}
}

func FuzzFeedback(f *testing.F) {
	packets, _ := feedbackOf(f, rand.New(rand.NewPCG(5, 6)), 60)
	for _, b := range packets {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n := 0
		err := EachArrival(b, func(Arrival) { n++ })
		if n > maxFeedback {
			t.Fatalf("told of %d packets", n)
		}
		// What Pion reads we read, with as many packets. It does not look at
		// reserved symbols, and takes runs without end.
		var p rtcp.TransportLayerCC
		if err != nil || p.Unmarshal(b) != nil {
			return
		}
		if n != int(p.PacketStatusCount) {
			t.Fatalf("told of %d packets, the header says %d", n, p.PacketStatusCount)
		}
	})
}

func BenchmarkFeedback(b *testing.B) {
	packets, _ := feedbackOf(b, rand.New(rand.NewPCG(7, 8)), 30)
	b.ReportAllocs()
	for b.Loop() {
		_ = EachArrival(packets[0], func(Arrival) {})
	}
}
