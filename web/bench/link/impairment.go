package main

import "fmt"

// impairment is what one direction of a link does to packets. The zero value
// does nothing.
type impairment struct {
	// Loss is the share of packets lost, 0 to 1.
	Loss float64 `json:"loss"`
	// Burst is the mean length of a run of losses (Gilbert-Elliott, everything
	// lost in the bad state); up to 1: each packet is lost or not for itself.
	Burst float64 `json:"burst"`
	// DelayMs is constant, JitterMs the most that is added to it, evenly
	// spread. Packets keep their order unless Reorder says otherwise.
	DelayMs  float64 `json:"delayMs"`
	JitterMs float64 `json:"jitterMs"`
	Reorder  bool    `json:"reorder"`
	// RateKbps is kbit/s with IP and UDP headers, 0: no limit. What would wait
	// longer than QueueMs for its turn is dropped; 0: a second.
	RateKbps float64 `json:"rateKbps"`
	QueueMs  float64 `json:"queueMs"`
	// Outage loses everything.
	Outage bool `json:"outage"`
}

const defaultQueueMs = 1000

func (i impairment) check() error {
	switch {
	case !(i.Loss >= 0 && i.Loss <= 1):
		return fmt.Errorf("loss %v: want 0 to 1", i.Loss)
	case !(i.Burst >= 0 && i.Burst <= 1000):
		return fmt.Errorf("burst %v: want 0 to 1000", i.Burst)
	case i.Burst > 1 && i.Loss/(1-i.Loss)/i.Burst > 1:
		return fmt.Errorf("loss %v does not come in runs of %v", i.Loss, i.Burst)
	case !(i.DelayMs >= 0 && i.DelayMs <= 10_000), !(i.JitterMs >= 0 && i.JitterMs <= 10_000), !(i.QueueMs >= 0 && i.QueueMs <= 60_000):
		return fmt.Errorf("a time is out of range: %+v", i)
	case !(i.RateKbps >= 0 && i.RateKbps <= 1e6):
		return fmt.Errorf("rate %v: want 0 to 1e6 kbit/s", i.RateKbps)
	}
	return nil
}
