package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// trimEvery is the least time between two collections for memory's sake.
	trimEvery = 5 * time.Second
	// trimLeast is what one must bring, in bytes, and trimMost how much may be
	// in use: looking through more costs more than memory is worth.
	trimLeast = 512 << 10
	trimMost  = 128 << 20
	// calm is the rate of allocation, in bytes a second, up to which the server
	// has nothing better to do. A chat under load is far above it; voice
	// allocates next to nothing.
	calm = 4 << 20
	// brisk is the rate up to which the collector runs at sparing: what a crowd
	// that joins leaves behind is scattered over all that the heap had grown to,
	// and can be given back only where nothing else lies.
	brisk   = 16 << 20
	sparing = 40  // percent, as GOGC
	usual   = 100 // its default
)

// trimmer gives memory back to the system while little happens: what a room
// that all joined at once has left behind, and garbage that the collector
// would let lie until there is as much again as is in use.
type trimmer struct {
	samples []metrics.Sample
	last    time.Time
	allocs  uint64 // of the server's life
	rate    uint64 // in the last second
	percent int    // that the collector was set to
}

func newTrimmer() *trimmer {
	return &trimmer{samples: []metrics.Sample{
		{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/gc/heap/live:bytes"}, {Name: "/gc/heap/allocs:bytes"},
	}}
}

// due says whether to trim; it is called once a second.
func (t *trimmer) due(now time.Time) bool {
	metrics.Read(t.samples)
	free, used := t.samples[0].Value.Uint64(), t.samples[1].Value.Uint64()
	live, allocs := t.samples[2].Value.Uint64(), t.samples[3].Value.Uint64()
	t.rate, t.allocs = allocs-t.allocs, allocs
	return now.Sub(t.last) >= trimEvery && worthTrimming(free, used, live, t.rate)
}

// worthTrimming says whether a collection brings enough: free bytes that the
// system could have, used ones of which live were so at the last collection,
// while rate bytes a second are allocated.
func worthTrimming(free, used, live, rate uint64) bool {
	gain := free + used - min(live, used)
	return rate <= calm && live <= trimMost && gain >= max(trimLeast, live/8)
}

// pace is how far the heap may grow over what is in use, in percent, at a rate
// of allocation.
func pace(rate uint64) int {
	if rate > brisk {
		return usual
	}
	return sparing
}

// giveBack trims until ctx ends.
func giveBack(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	t := newTrimmer()
	// Who has set GOGC wants it so.
	_, set := os.LookupEnv("GOGC")
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if t.due(now) {
				debug.FreeOSMemory()
				t.last = now
			}
			if percent := pace(t.rate); !set && percent != t.percent {
				t.percent = percent
				debug.SetGCPercent(percent)
			}
		}
	}
}
