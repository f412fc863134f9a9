package ladder

import (
	"math"
	"testing"
	"time"
)

func TestQuality(t *testing.T) {
	ok := Plan{Layer: High, Distance: 1, FrameMs: 20, Slots: 4}
	low, red, alone := ok, ok, ok
	low.Layer, red.Redundancy, alone.Slots = Low, 2, 1
	paused := ok
	paused.PauseUntil = time.Second
	for name, c := range map[string]struct {
		p    Plan
		o    Observation
		want string
	}{
		"nothing wrong":        {ok, Observation{Talkers: 2}, good},
		"a little loss":        {ok, Observation{Loss: 0.008}, good},
		"loss":                 {ok, Observation{Loss: 0.04}, fair},
		"much loss":            {ok, Observation{Loss: 0.1}, poor},
		"repaired":             {red, Observation{Loss: 0.1}, fair},
		"not enough":           {red, Observation{Loss: 0.5}, poor},
		"low":                  {low, Observation{}, fair},
		"the loudest alone":    {alone, Observation{Talkers: 2}, poor},
		"one slot, one talker": {alone, Observation{Talkers: 1}, good},
		"a pause":              {paused, Observation{}, poor},
		"a queue":              {ok, Observation{Queue: 200 * time.Millisecond}, fair},
		"a long one":           {ok, Observation{Queue: time.Second}, poor},
		"concealed":            {red, Observation{Loss: 0.1, Concealed: 0.2, HasConcealed: true}, poor},
		"gone":                 {ok, Observation{Deaf: time.Minute}, lost},
		"all lost":             {ok, Observation{Loss: 1}, lost},
		"no number":            {ok, Observation{Loss: math.NaN(), Burst: math.Inf(1), Concealed: math.NaN()}, good},
	} {
		if got := Quality(c.p, c.o); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
