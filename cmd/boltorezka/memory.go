package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// gcPercent is how much garbage there may be before it is collected, of what
	// is in use; Go's own default is 100. Little of what the server does in
	// steady state makes garbage, so that memory costs next to no time.
	gcPercent = 50
	// freeLeast is the least free memory that is worth giving back, in bytes,
	// and trimEvery the least time between two times.
	freeLeast = 16 << 20
	trimEvery = 10 * time.Second
)

// tuneMemory sets the collector for a server that shares its machine, unless
// the operator has set it (GOGC).
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

// giveBack returns memory to the system that was needed for a while, as by a
// room that all joined at once, and that was collected. Go does it over many
// minutes. (What a password's hash took is garbage that nothing collects before
// long; package auth sees to it.)
func giveBack(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	samples := []metrics.Sample{{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			metrics.Read(samples)
			free, used := samples[0].Value.Uint64(), samples[1].Value.Uint64()
			if free >= freeLeast && free > used/2 && now.Sub(last) >= trimEvery {
				debug.FreeOSMemory()
				last = now
			}
		}
	}
}
