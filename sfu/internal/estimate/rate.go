package estimate

// rate is what arrives within a stretch of talk, over its last quarter to
// three quarters of a second.
type rate struct {
	now, before bucket
	arrived     int64 // of the latest packet
	sent        int64
}

// bucket counts what came after the packet that it began with.
type bucket struct {
	arrived, sent int64
	bytes         int32
	packets       int32
}

const (
	bucketUs   = 300_000
	minSpanUs  = 200_000
	minPackets = 4
)

func (r *rate) add(p Packet) {
	if r.now == (bucket{}) {
		r.now = bucket{arrived: p.Arrived, sent: p.Sent}
		r.before = bucket{}
	} else {
		r.now.bytes = min(r.now.bytes+int32(p.Size), 1<<28)
		r.now.packets = min(r.now.packets+1, 1<<20)
	}
	r.arrived, r.sent = max(r.arrived, p.Arrived), p.Sent
	if r.before == (bucket{}) && r.now.packets == 0 {
		r.arrived = p.Arrived
	}
	if r.arrived-r.now.arrived >= bucketUs && r.sent-r.now.sent >= bucketUs/4 {
		r.before = r.now
		r.now = bucket{arrived: r.arrived, sent: r.sent}
	}
}

// bitrate is the rate in bit/s. Arrivals can be told closer together than they
// were sent, by a queue that empties or by somebody who lies: no more can have
// been received than was sent.
func (r *rate) bitrate() (float64, bool) {
	from, bytes, packets := r.now, int64(r.now.bytes), r.now.packets
	if r.before != (bucket{}) {
		from, bytes, packets = r.before, bytes+int64(r.before.bytes), packets+r.before.packets
	}
	span := max(r.arrived-from.arrived, r.sent-from.sent)
	if packets < minPackets || span < minSpanUs {
		return 0, false
	}
	return bitrate(bytes, span), true
}
