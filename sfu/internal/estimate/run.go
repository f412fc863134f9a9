package estimate

// run is a row of packets each of which took longer than the one before: a
// queue that grows by the packet. It sees an overload of a third and more
// within a few packets. A stall that ends (Wi-Fi) is one leap and then a fall,
// not a row.
type run struct {
	from    int64 // arrival of the first that took longer
	last    int64
	riseUs  float32
	largest float32 // step
	bytes   int32   // after the first
	first   int32   // its bytes
	steps   int32
}

const (
	runRiseUs  = 45_000 // least rise that counts
	runJitters = 6      // and so many times the usual step
	runSteps   = 2
	stepUs     = 2_000 // begins a row; arrivals are told in quarters of a millisecond

	// What is enough of a rise when the packet after it should have been told
	// of for so long.
	lateRiseUs, lateUs = 25_000, 50_000
	// oneStepUs is the longest single step that can be a packet's own time on a
	// path that is too thin: 180 bytes at 20 kbit/s. Longer, it stood still.
	oneStepUs = 75_000
)

func (r *run) add(p Packet, step int64) {
	v := float32(step)
	if r.steps > 0 && v >= -r.riseUs/4 && r.riseUs+v >= float32(p.Arrived-r.from)/8 && r.bytes < 1<<28 {
		r.riseUs += v
		r.largest = max(r.largest, v)
		r.bytes += int32(p.Size)
		r.steps++
		r.last = p.Arrived
		return
	}
	*r = run{}
	if v >= stepUs {
		*r = run{from: p.Arrived, last: p.Arrived, riseUs: v, largest: v, first: int32(p.Size), steps: 1}
	}
}

// overuse says whether the row is one, where packets usually differ by
// jitterUs, and the packet after the row is late by lateByUs.
func (r *run) overuse(jitterUs, lateByUs float32) bool {
	least := float32(runRiseUs)
	if lateByUs >= lateUs {
		least = lateRiseUs
		enough := max(least, 2*runJitters*jitterUs)
		if r.largest <= oneStepUs && r.riseUs >= enough {
			return true
		}
		// A path that became longer makes one step, of any size.
		if r.steps > runSteps && r.riseUs-r.largest >= max(enough, runRiseUs) {
			return true
		}
	}
	return r.steps >= runSteps &&
		r.riseUs >= max(least, runJitters*jitterUs) &&
		r.largest <= 0.7*r.riseUs &&
		r.riseUs >= float32(r.last-r.from)/4
}

// bitrate is what arrived within the row: what the path carries, since it
// always had something to send.
func (r *run) bitrate() (float64, bool) {
	took := r.last - r.from
	switch {
	case r.riseUs < lateRiseUs:
		return 0, false
	case r.steps >= runSteps && took > 0:
		return bitrate(int64(r.bytes), took), true
	}
	return bitrate(int64(r.first), int64(r.riseUs)), true
}

// bitrate is bytes in microseconds as bit/s, within the bounds.
func bitrate(bytes, us int64) float64 {
	return min(max(float64(bytes)*8e6/float64(us), minBitrate), maxBitrate)
}
