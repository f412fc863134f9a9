package ladder

import "testing"

func TestRungs(t *testing.T) {
	type want struct {
		layer          Layer
		frameMs, slots int
	}
	for name, c := range map[string]struct {
		talkers int
		m       Means
		want    []want
	}{
		"one talker": {1, Means{Low: true, Join: true, Slots: 4}, []want{
			{High, 20, 4}, {Low, 20, 4}, {Low, 40, 4}, {Low, 60, 4}, {Low, 80, 4}, {Low, 120, 4}}},
		"two": {2, Means{Low: true, Join: true, Slots: 4}, []want{
			{High, 20, 4}, {Low, 20, 4}, {Low, 40, 4}, {Low, 60, 4}, {Low, 80, 4}, {Low, 120, 4},
			{Low, 20, 1}, {Low, 40, 1}, {Low, 60, 1}, {Low, 80, 1}, {Low, 120, 1}}},
		"more than slots": {9, Means{Low: true, Slots: 2}, []want{{High, 20, 2}, {Low, 20, 2}, {Low, 20, 1}}},
		"no low layer":    {2, Means{Join: true, Slots: 3}, []want{{High, 20, 3}, {High, 40, 3}, {High, 60, 3}, {High, 20, 1}, {High, 40, 1}, {High, 60, 1}}},
		"nothing":         {3, Means{Slots: 3}, []want{{High, 20, 3}, {High, 20, 2}, {High, 20, 1}}},
		"no slots":        {3, Means{}, []want{{High, 20, 0}}},
		"nobody talks":    {0, Means{Low: true, Slots: 4}, []want{{High, 20, 4}, {Low, 20, 4}}},
	} {
		if n := rungs(c.talkers, c.m); n != len(c.want) {
			t.Errorf("%s: %d rungs, want %d", name, n, len(c.want))
			continue
		}
		for i, w := range c.want {
			p := rung(Plan{Redundancy: 1}, i, c.talkers, c.m)
			if p.Layer != w.layer || p.FrameMs != w.frameMs || p.Slots != w.slots || p.Redundancy != 1 {
				t.Errorf("%s: rung %d is %+v, want %+v", name, i, p, w)
			}
			if got := index(p, c.talkers, c.m); got != i {
				t.Errorf("%s: rung %d is taken for %d", name, i, got)
			}
		}
	}
}

// TestRungsAreClose is that an estimate of 1.5 times what is sent reaches the
// next rung, or the one above it with redundancy as a probe.
func TestRungsAreClose(t *testing.T) {
	m := Means{RED: true, Low: true, Join: true, Slots: 8}
	for talkers := 1; talkers <= 8; talkers++ {
		for i := rungs(talkers, m) - 1; i > 0; i-- {
			p := rung(Plan{}, i, talkers, m)
			now := cost(p, talkers, m)
			best := 1 << 30
			for j := range i {
				best = min(best, cost(rung(p, j, talkers, m), talkers, m))
			}
			p.Redundancy = 1
			if probe := cost(p, talkers, m); float64(best) > 1.425*float64(now) && float64(best) > 1.425*float64(probe) {
				t.Errorf("%d talkers, rung %d: %d, the next %d, a probe %d", talkers, i, now, best, probe)
			}
		}
	}
}

func TestFit(t *testing.T) {
	for name, c := range map[string]struct {
		bps, redundancy, talkers int
		m                        Means
		want                     Plan
	}{
		"all":                          {147_000, 0, 2, all, Plan{FrameMs: 20, Slots: 4}},
		"low":                          {146_000 - 1, 0, 2, all, Plan{Layer: Low, FrameMs: 20, Slots: 4}},
		"longer":                       {89_000, 0, 2, all, Plan{Layer: Low, FrameMs: 40, Slots: 4}},
		"longest":                      {60_000, 0, 2, all, Plan{Layer: Low, FrameMs: 60, Slots: 4}},
		"thin":                         {45_000, 0, 2, all, Plan{Layer: Low, FrameMs: 80, Slots: 4}},
		"40 kbit/s":                    {33_000, 0, 2, all, Plan{Layer: Low, FrameMs: 120, Slots: 4}},
		"the loudest alone":            {27_000, 0, 2, all, Plan{Layer: Low, FrameMs: 60, Slots: 1}},
		"20 kbit/s":                    {17_000, 0, 2, all, Plan{Layer: Low, FrameMs: 120, Slots: 1}},
		"nothing fits":                 {5_000, 3, 2, all, Plan{Layer: Low, FrameMs: 120, Slots: 1}},
		"a low layer that is thick":    {45_000, 0, 2, Means{Low: true, Slots: 4}, Plan{Layer: Low, FrameMs: 20, Slots: 1}},
		"redundancy before the layer":  {147_000, 2, 2, all, Plan{Layer: Low, FrameMs: 20, Slots: 4, Redundancy: 1}},
		"and as much as fits":          {170_000, 3, 1, all, Plan{FrameMs: 20, Slots: 4, Redundancy: 3}},
		"no redundancy when none fits": {27_000, 3, 1, all, Plan{Layer: Low, FrameMs: 60, Slots: 4}},
	} {
		if got := fit(Plan{}, c.bps, c.redundancy, c.talkers, c.m); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestRepeatsFit is that what packets of each length repeat is within what RFC
// 2198 can say, on whatever rung and however rows of losses are.
func TestRepeatsFit(t *testing.T) {
	for talkers := 1; talkers <= 3; talkers++ {
		for i := range rungs(talkers, all) {
			for redundancy := range maxRedundancy + 1 {
				p := rung(Plan{Redundancy: redundancy}, i, talkers, all)
				p = (&losses{rows: 2 * longRows}).place(p)
				within(t, p, all)
				if p.Redundancy != min(redundancy, repeats(p.FrameMs)) {
					t.Errorf("%d earlier packets of %d, %+v", p.Redundancy, redundancy, p)
				}
			}
		}
	}
	if repeats(60) != 3 || repeats(80) != 3 || repeats(120) != 2 {
		t.Error("fewer or more than there is room for")
	}
}
