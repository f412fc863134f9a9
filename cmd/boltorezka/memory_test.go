package main

import "testing"

func TestWhenMemoryIsGivenBack(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct {
		name                   string
		free, used, live, rate uint64
		want                   bool
	}{
		{"an idle server", mb / 4, 5 * mb, 5*mb - mb/8, 10_000, false},
		{"a crowd has left", 30 * mb, 6 * mb, 6 * mb, 10_000, true},
		{"voice goes on", mb, 24 * mb, 17 * mb, mb, true},
		{"little to be had", mb, 18 * mb, 17 * mb, mb, false},
		{"a chat under load", 30 * mb, 40 * mb, 20 * mb, 100 * mb, false},
		{"a large server", 60 * mb, 300 * mb, 200 * mb, mb, false},
		{"less is in use than was live", 10 * mb, 6 * mb, 20 * mb, mb, true},
	} {
		if got := worthTrimming(c.free, c.used, c.live, c.rate); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if tr := newTrimmer(); tr.due(tr.last) { // reads what there is: an unknown name would panic
		t.Error("trims twice at a time")
	}
	if pace(100<<20) != usual || pace(1<<20) != sparing {
		t.Error("the collector's pace is the same for a chat under load and for voice")
	}
}
