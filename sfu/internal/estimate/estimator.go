package estimate

import "time"

// Packet is one packet that feedback tells of.
type Packet struct {
	// Sent and Arrived are microseconds of the sender's and the receiver's
	// clock; Arrived means nothing when the packet is lost.
	Sent, Arrived int64
	Size          int // bytes on the wire, with IP and UDP
	Lost          bool
}

const (
	// minBitrate and maxBitrate bound what is told, in bit/s.
	minBitrate, maxBitrate = 5_000, 20_000_000
	// maxSize bounds the bytes of a packet.
	maxSize = 1 << 16
	// maxLeapUs is how far the delay may leap between two packets; beyond it
	// the receiver's clock has, and everything measured with it is void.
	maxLeapUs = 10_000_000
	// nextUs is when a talker's next packet is sent at the soonest; it is later
	// where packets are long, as the pauses between them have shown of late.
	nextUs = 20_000
	// stretchUs ends a stretch of talk: nothing was sent for so long.
	stretchUs = 250_000
)

// Estimator is one path's estimate. The zero value is ready. It is for one
// caller at a time.
type Estimator struct {
	begun                 bool
	over                  bool
	lastSent, lastArrived int64
	base                  base
	lag                   base    // from when a packet was sent until it was told of
	queueUs               float32 // above the base, smoothed upward
	pauseUs               float32 // the longest between two packets of late, while talk went on
	run                   run
	trend                 trend
	leap                  leap
	rate                  rate
	loss                  loss
	aimd                  aimd
}

// Bitrate is what the path carries in bit/s, 0 while that is not known.
func (e *Estimator) Bitrate() int {
	v := e.aimd.target
	if e.loss.bound > 0 {
		v = min(v, e.loss.bound)
	}
	return int(v)
}

// State tells whether the path is being overused at the moment, and how long
// its queue is: the one-way delay above the least of the last half to full minute,
// less what came of a path that became longer.
func (e *Estimator) State() (overuse bool, queue time.Duration) {
	return e.over, time.Duration(max(e.queueUs-e.leap.weighedUs(), 0)) * time.Microsecond
}

// Resume says that the clock of Sent may have stood still, and the one of Arrived
// not: what the packets that are told of next took longer by is no queue. What is
// measured between packets begins anew with them, and what was found out stays.
func (e *Estimator) Resume() { e.begun, e.lag, e.over = false, base{}, false }

// Full tells whether the path was found full within the last two minutes, and
// nothing since tells that it carries more by now.
func (e *Estimator) Full() bool { return e.aimd.knee > 0 }

// Take reads the packets that one feedback tells of, those that arrived in the order
// they were sent; now is microseconds of the clock of Sent. Packets that were never
// sent must have been left out.
func (e *Estimator) Take(now int64, p []Packet) {
	for i := range p {
		q := p[i]
		q.Size = min(max(q.Size, 0), maxSize)
		e.loss.count(q.Lost)
		if !q.Lost {
			e.arrived(now, q)
		}
	}
	e.over = e.run.overuse(e.trend.jitterUs, e.late(now, p)) || e.trend.overuse(e.queueUs)
	received, known := e.rate.bitrate()
	if e.over {
		if r, ok := e.run.bitrate(); ok {
			received, known = r, true
		}
	}
	e.aimd.update(now, e.over, e.queueUs, received, known)
	e.loss.update(now, received, known, e.aimd.target)
}

// late is for how many microseconds the packet after the newest that was told of
// should have been, where talk goes on.
func (e *Estimator) late(now int64, told []Packet) float32 {
	for len(told) > 0 && told[len(told)-1].Lost {
		told = told[:len(told)-1]
	}
	if len(told) == 0 {
		return 0
	}
	lag := now - told[len(told)-1].Sent
	if e.lag.since == 0 {
		e.lag.reset(now, lag)
	}
	return float32(e.lag.over(now, lag)) - max(nextUs, e.pauseUs)
}

// arrived takes one packet that did.
func (e *Estimator) arrived(now int64, p Packet) {
	gap := p.Sent - e.lastSent
	if e.begun && gap < 0 {
		return // it was overtaken, or told of late: nothing to measure by
	}
	d := p.Arrived - p.Sent
	step := d - (e.lastArrived - e.lastSent)
	if !e.begun || step > maxLeapUs || step < -maxLeapUs || gap > 1<<40 {
		e.restart(now, p, d)
		return
	}
	if gap <= stretchUs {
		e.pauseUs = max(float32(gap), e.pauseUs*15/16)
	} else {
		e.rate = rate{}
		e.run = run{}
		e.trend.gap()
		e.leap = leap{}
	}
	drained := float32(gap) > e.queueUs+100_000
	if drained {
		// Whatever queue we made is gone: what is left is not ours, and may be
		// a new path with a longer delay.
		e.base.reset(now, d)
		e.queueUs = 0
	}
	weighed := e.leap.sent
	switch {
	case e.leap.add(p.Sent, d, step):
		// The path is longer: what queue there was before it is left of the delay.
		least := min(e.leap.early, e.leap.late)
		e.base.reset(now, least-int64(e.leap.queueUs))
		e.queueUs = float32(e.base.over(now, d))
		e.lag, e.leap = base{}, leap{}
	case weighed == 0 && e.leap.sent != 0:
		e.leap.queueUs = e.queueUs
		e.trend.gap() // a slope over it means nothing
	}
	over := e.base.over(now, d)
	if v := float32(over); v < e.queueUs {
		e.queueUs = v
	} else {
		e.queueUs += (v - e.queueUs) / 2 // one late packet is no queue yet
	}
	e.run.add(p, step)
	e.trend.add(p.Sent, float32(over))
	e.rate.add(p)
	if float32(over)-e.leap.weighedUs() < emptyUs && !drained {
		e.aimd.empty(p.Sent)
	}
	if e.aimd.faster(now, d, p.Size, e.queueUs) {
		e.aimd.forget()
	}
	e.lastSent, e.lastArrived = p.Sent, p.Arrived
}

// restart begins all that is measured between packets anew; what was found out
// before stays.
func (e *Estimator) restart(now int64, p Packet, d int64) {
	e.begun, e.lastSent, e.lastArrived = true, p.Sent, p.Arrived
	e.base = base{}
	e.base.reset(now, d)
	e.queueUs = 0
	e.run, e.rate = run{}, rate{}
	e.trend, e.leap = trend{jitterUs: e.trend.jitterUs}, leap{}
	e.aimd.leastUs = 0
	e.aimd.settled = 0
	e.run.add(p, 0)
	e.trend.add(p.Sent, 0)
	e.rate.add(p)
}

// base is the least one-way delay, in microseconds of two clocks.
type base struct {
	least, before int64 // of the present window and the one before
	since         int64
}

// baseForUs is how long a least delay counts, and once more: clocks drift apart.
const baseForUs = 30_000_000

func (b *base) reset(now, d int64) { b.least, b.before, b.since = d, d, now }

// over is how far d is above the least.
func (b *base) over(now, d int64) int64 {
	if age := now - b.since; age > baseForUs || age < 0 {
		b.before, b.least, b.since = b.least, d, now
	}
	b.least = min(b.least, d)
	v := d - min(b.least, b.before)
	return min(max(v, 0), maxLeapUs)
}
