package estimate

// run is a row of packets each of which took longer than the one before: a
// queue that grows by the packet. It sees an overload of a third and more
// within a few packets. A stall that ends (Wi-Fi) is one leap and then a fall,
// not a row.
type run struct {
	from    int64 // arrival of the packet that it began with
	last    int64
	riseUs  float32
	largest float32 // step
	bytes   int32   // after the first packet
	steps   int32
}

const (
	runRiseUs  = 45_000 // least rise that counts
	runJitters = 6      // and so many times the usual step
	runSteps   = 2
)

func (r *run) add(p Packet, step int64) {
	v := float32(step)
	steep := r.riseUs+v >= float32(p.Arrived-r.from)/8
	if r.from == 0 && r.steps == 0 || !steep || v < -r.riseUs/4 || r.bytes > 1<<28 {
		*r = run{from: p.Arrived, last: p.Arrived}
		return
	}
	r.riseUs += v
	r.largest = max(r.largest, v)
	r.bytes += int32(p.Size)
	r.steps++
	r.last = p.Arrived
}

// overuse says whether the row is one, where packets usually differ by jitterUs.
func (r *run) overuse(jitterUs float32) bool {
	took := float32(r.last - r.from)
	return r.steps >= runSteps &&
		r.riseUs >= max(runRiseUs, runJitters*jitterUs) &&
		r.largest <= 0.7*r.riseUs &&
		r.riseUs >= took/4
}

// bitrate is what arrived within the row: what the path carries, since it
// always had something to send.
func (r *run) bitrate() (float64, bool) {
	took := r.last - r.from
	if r.steps < runSteps || took < 10_000 || r.riseUs < runRiseUs {
		return 0, false
	}
	return bitrate(int64(r.bytes), took), true
}

// bitrate is bytes in microseconds as bit/s, within the bounds.
func bitrate(bytes, us int64) float64 {
	return min(max(float64(bytes)*8e6/float64(us), minBitrate), maxBitrate)
}
