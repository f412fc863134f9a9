package estimate

import "math/rand/v2"

// call is talkers heard over a bottleneck, with feedback each 100 ms; all in
// microseconds. It is stepped by 5 ms.
type call struct {
	e        Estimator
	now      int64
	rate     float64 // bit/s
	talkers  int
	every    int64 // between a talker's packets
	size     int
	loss     float64
	jitterUs int
	ordered  bool // jitter overtakes nothing
	latest   int64
	offsetUs int64 // of the receiver's clock
	delayUs  int64
	rand     *rand.Rand

	free    int64 // when the bottleneck is
	peakUs  int64 // its longest queue
	flight  []Packet
	arrived []Packet
	next    int64
	overs   int
}

func newCall(rate float64, talkers int) *call {
	return &call{rate: rate, talkers: talkers, every: 20_000, size: 183, delayUs: 20_000, now: 1_000_000_000, offsetUs: 77_000_000, rand: rand.New(rand.NewPCG(1, 2))}
}

func (c *call) send() {
	for i := range c.talkers {
		if (c.now+int64(i)*7_000)%c.every >= 5_000 {
			continue
		}
		p := Packet{Sent: c.now, Size: c.size}
		if c.rand.Float64() < c.loss {
			p.Lost = true
		} else {
			c.free = max(c.free, c.now) + int64(float64(c.size)*8e6/c.rate)
			c.peakUs = max(c.peakUs, c.free-c.now)
			jitter := int64(0)
			if c.jitterUs > 0 {
				jitter = int64(c.rand.IntN(c.jitterUs))
			}
			p.Arrived = (c.free + c.delayUs + jitter) / 250 * 250
			if c.ordered {
				p.Arrived = max(p.Arrived, c.latest)
			}
			c.latest = p.Arrived
		}
		c.flight = append(c.flight, p)
	}
}

// run goes on for so long and tells the estimator what arrives meanwhile.
func (c *call) run(seconds float64) {
	for end := c.now + int64(seconds*1e6); c.now < end; c.now += 5_000 {
		c.send()
		if c.now < c.next {
			continue
		}
		c.next = c.now + 100_000
		// What arrived by now less the way back; a hole only before what did.
		told := 0
		for i, p := range c.flight {
			if !p.Lost && p.Arrived+20_000 <= c.now {
				told = i + 1
			}
		}
		for _, p := range c.flight[:told] {
			if !p.Lost && p.Arrived+20_000 > c.now {
				p.Lost = true
			}
			p.Arrived += c.offsetUs
			c.arrived = append(c.arrived, p)
		}
		c.flight = c.flight[told:]
		if len(c.arrived) > 0 {
			c.e.Take(c.now, c.arrived)
			c.arrived = c.arrived[:0]
		}
		if over, _ := c.e.State(); over {
			c.overs++
		}
	}
}
