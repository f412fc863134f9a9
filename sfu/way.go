package sfu

import (
	"time"

	"github.com/pion/rtp"

	"github.com/boltorezka/boltorezka/sfu/internal/estimate"
	"github.com/boltorezka/boltorezka/sfu/internal/rtpmap"
)

// way is a publisher's path here, by when the packets of his microphone were made
// and when they came: RTP time tells the one and the clock here the other, and the
// difference of the two clocks falls out.
type way struct {
	estimator estimate.Estimator
	stream    uint32 // whose packets it is told of: those of the best layer that comes
	ts        uint32
	sent      int64 // of ts, in ticks
	last      int64 // when the latest came, microseconds
	others    int   // bytes of other streams since then
	stood     bool  // the clock of RTP time may have stood still
	lowOnly   bool  // the high layer is not asked for
	overs     int   // packets in a row that told of overuse

	shortest, since int64 // the queue's least in the present standsForUs
	queue           int64 // microseconds that stood over the last of them
}

const (
	// standsForUs is how long a delay must stand to be a queue's: what a busy
	// device or a radio holds up comes all at once afterwards.
	standsForUs = 400_000
	// restartUs is a pause after which the RTP clock is taken to have stood still:
	// a parked sender's does.
	restartUs = 1_000_000
	// surelyOver is after how many packets in a row that tell of it a way is full:
	// the first may be late by chance, and the next comes soon. It does not where
	// overMuch times what the way carries is sent.
	surelyOver = 2
	overMuch   = 3
	// leastQueue is the least that another overload has come to by then; jitter
	// looks like one with less.
	leastQueue = 50 * time.Millisecond
)

// made is told of a packet of the microphone, of so many bytes on the wire, whose
// last sample was taken at ts.
func (y *way) made(now int64, in *inbound, ts uint32, size int) {
	if in.id != y.stream {
		wait := int64(restartUs)
		if y.lowOnly {
			wait = stretchUs
		}
		if in.track.low && y.stream != 0 && now-y.last <= wait {
			y.others += size
			return
		}
		y.stream, y.stood = in.id, true
	}
	if y.stood || now-y.last > restartUs {
		y.estimator.Resume()
		y.stood, y.sent, y.overs = false, now*rtpmap.ClockRate/1_000_000, 0
		y.shortest, y.since, y.queue = 0, now, 0
	} else {
		y.sent += int64(int32(ts - y.ts))
	}
	step := int64(int32(ts - y.ts))
	size, y.others = size+y.others, 0
	y.ts, y.last = ts, now
	one := [1]estimate.Packet{{Sent: y.sent * 1_000_000 / rtpmap.ClockRate, Arrived: now, Size: size}}
	y.estimator.Take(now, one[:])
	over, queue := y.estimator.State()
	switch {
	case !over:
		y.overs = 0
	case step > 0 && int64(size)*8*rtpmap.ClockRate > overMuch*step*int64(y.estimator.Bitrate()):
		y.overs = surelyOver
	case queue < leastQueue:
		y.overs = 0
	default:
		y.overs++
	}
	if now-y.since > standsForUs {
		y.queue = y.shortest
		y.shortest, y.since = queue.Microseconds(), now
	}
	y.shortest = min(y.shortest, queue.Microseconds())
}

// over says that more is sent than the way carries.
func (y *way) over() bool { return y.overs >= surelyOver }

// grown is the queue by the latest packet.
func (y *way) grown() time.Duration {
	_, queue := y.estimator.State()
	return queue
}

// made follows the way of a packet of the microphone; payload is what it carries,
// and size what it took on the wire.
func (l *link) made(now int64, in *inbound, h *rtp.Header, payload []byte, size int) {
	y := &l.peer.uplink.way
	switch {
	case in.track == nil || !in.track.relayed:
		return
	case l.peer.muted:
		y.stood = true
		return
	}
	if h.PayloadType == in.track.redPT && in.track.redPT != 0 {
		var none [maxEarlier]rtpmap.Block
		_, primary, err := rtpmap.ReadRED(payload, in.track.opusPT, none[:0])
		if err != nil {
			return
		}
		payload = primary
	}
	y.made(now, in, h.Timestamp+rtpmap.OpusDuration(payload), size)
}

// heard says whether what is known of the way is of now.
func (y *way) heard(now int64) bool { return y.last != 0 && now-y.last <= standsForUs }
