package client

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// layersOf writes layers as one word.
func layersOf(w wire.UplinkQuality) string {
	var s []string
	for _, l := range w.Layers {
		s = append(s, string(l))
	}
	return strings.Join(s, "+")
}

func TestTheWordIsBounded(t *testing.T) {
	high, low := wire.LayerHigh, wire.LayerLow
	before := wire.UplinkQuality{MaxBitrate: 32000, Layers: []wire.Layer{high}, Redundancy: 1, FrameMs: 40, LossPct: 3}
	for _, c := range []struct {
		name   string
		said   wire.UplinkQuality
		one    bool // no low layer
		want   wire.UplinkQuality
		layers string
	}{
		{"sense", wire.UplinkQuality{MaxBitrate: 24000, Layers: []wire.Layer{low, high}, Redundancy: 2, FrameMs: 60, LossPct: 12.5}, false,
			wire.UplinkQuality{MaxBitrate: 24000, Redundancy: 2, FrameMs: 60, LossPct: 12.5}, "high+low"},
		{"too little", wire.UplinkQuality{MaxBitrate: 1, Redundancy: -1, FrameMs: 1, LossPct: -1}, false,
			wire.UplinkQuality{MaxBitrate: 6000, Redundancy: 1, FrameMs: 10, LossPct: 3}, "high"},
		{"less than nothing", wire.UplinkQuality{MaxBitrate: math.MinInt, Redundancy: math.MinInt, FrameMs: math.MinInt, LossPct: -math.MaxFloat64}, false,
			before, "high"},
		{"too much", wire.UplinkQuality{MaxBitrate: math.MaxInt, Redundancy: math.MaxInt, FrameMs: math.MaxInt, LossPct: math.MaxFloat64}, false,
			wire.UplinkQuality{MaxBitrate: 510000, Redundancy: 3, FrameMs: 120, LossPct: 100}, "high"},
		{"a length that Opus has not", wire.UplinkQuality{Redundancy: 1, FrameMs: 59, LossPct: 3}, false,
			wire.UplinkQuality{MaxBitrate: 32000, Redundancy: 1, FrameMs: 40, LossPct: 3}, "high"},
		{"nobody listens", wire.UplinkQuality{Layers: []wire.Layer{}}, false,
			wire.UplinkQuality{MaxBitrate: 32000, FrameMs: 40}, ""},
		{"layers that nobody knows", wire.UplinkQuality{Layers: []wire.Layer{"ultra", ""}}, false,
			wire.UplinkQuality{MaxBitrate: 32000, FrameMs: 40}, "high"},
		{"a layer many times, among others", wire.UplinkQuality{Layers: slices.Repeat([]wire.Layer{"ultra", low}, 1000)}, false,
			wire.UplinkQuality{MaxBitrate: 32000, FrameMs: 40}, "low"},
		{"a low layer of who has none", wire.UplinkQuality{Layers: []wire.Layer{low}}, true,
			wire.UplinkQuality{MaxBitrate: 32000, FrameMs: 40}, "high"},
	} {
		got := bounded(c.said, before, !c.one)
		if n := got.LowMaxBitrate; n != 16000 {
			t.Errorf("%s: the low layer in %d bit/s, of which nothing was said", c.name, n)
		}
		if got.MaxBitrate != c.want.MaxBitrate || got.Redundancy != c.want.Redundancy || got.FrameMs != c.want.FrameMs ||
			got.LossPct != c.want.LossPct || layersOf(got) != c.layers {
			t.Errorf("%s: %+v, want %+v with %q", c.name, got, c.want, c.layers)
		}
	}
}

func TestTheLowLayersBitrate(t *testing.T) {
	for said, want := range map[int]int{12000: 12000, 0: 16000, -1: 16000, 1: 6000, math.MaxInt: 510000} {
		w := bounded(wire.UplinkQuality{LowMaxBitrate: 12000}, unsaid, true)
		if w = bounded(wire.UplinkQuality{LowMaxBitrate: said}, w, true); w.LowMaxBitrate != want {
			t.Errorf("%d for %d", w.LowMaxBitrate, said)
		}
	}
}

func TestParkedTimeStandsStill(t *testing.T) {
	const d = 20 * time.Millisecond
	at := time.Unix(1000, 0)
	var l layer
	first := l.next(at, d)
	l.recent.add(first.Timestamp, spoken)
	l.park(true, at.Add(d))
	l.park(true, at.Add(time.Second)) // said again
	at = at.Add(10*time.Second + d)
	l.park(false, at)
	l.park(false, at.Add(d))
	second := l.next(at, d)
	if n := second.Timestamp - first.Timestamp; n != 960 || !second.Marker || second.SequenceNumber != first.SequenceNumber+1 {
		t.Errorf("%d on, marker %v", n, second.Marker)
	}
	if b := l.recent.pack(nil, 111, second.Timestamp, spoken, 3); len(b) != 0 {
		t.Error("what was said before is repeated after")
	}
	// Silence is none of it, before and after.
	l.park(true, at.Add(d+time.Second))
	l.park(false, at.Add(d+5*time.Second))
	third := l.next(at.Add(d+7*time.Second), d)
	if n := third.Timestamp - second.Timestamp; n != 960+3*opusRate || !third.Marker {
		t.Errorf("%d on, marker %v", n, third.Marker)
	}
	if fourth := l.next(at.Add(2*d+7*time.Second), d); fourth.Timestamp-third.Timestamp != 960 || fourth.Marker {
		t.Errorf("and then %d on, marker %v", fourth.Timestamp-third.Timestamp, fourth.Marker)
	}
}
