package sfu

// delay follows the one-way delay of a publisher's stream over its least of
// late: RTP time tells when a packet was made, the clock here when it came. The
// difference of the two clocks falls out.
type delay struct {
	last         int64 // the latest packet, microseconds
	transit      int64 // of it
	least, older int64 // of the present and the last leastForUs
	since        int64
	shortest     int64 // of the present standsForUs
	shortSince   int64
	queue        int64 // microseconds that the last standsForUs stood over the least
	bursts       runs
}

const (
	// leastForUs is how long a least delay counts, and once more.
	leastForUs = 15_000_000
	// standsForUs is how long a delay must stand to be a queue's: what a busy
	// device or a radio holds up comes all at once afterwards.
	standsForUs = 400_000
	// restartUs is a pause after which, and a step at which, the RTP clock is
	// taken to have stood still: a parked sender's does.
	restartUs = 1_000_000
)

// arrived notes a packet that took transit microseconds on two clocks, after
// lost others.
func (d *delay) arrived(now, transit int64, lost int) {
	step := transit - d.transit
	if d.last == 0 || now-d.last > restartUs || step > restartUs || step < -restartUs {
		*d = delay{least: transit, older: transit, since: now, shortest: transit, shortSince: now, bursts: d.bursts}
	}
	if now-d.since > leastForUs {
		d.older, d.least, d.since = d.least, transit, now
	}
	d.least = min(d.least, transit)
	d.last, d.transit = now, transit
	if now-d.shortSince > standsForUs {
		d.queue = d.shortest - min(d.least, d.older)
		d.shortest, d.shortSince = transit, now
	}
	d.shortest = min(d.shortest, transit)
	if lost > 0 {
		d.bursts.add(lost)
	}
}
