package loadtest

import "fmt"

// Deliveries is the account of messages: those that were due in the window,
// each known by its content (room, number, sender), at every client of its
// room, the sender included.
type Deliveries struct {
	// Latency is from when a message was due to each client that got it as an
	// event; a load tester or a socket that held it up counts. Ack is to the ack.
	Latency Quantiles `json:"latency"`
	Ack     Quantiles `json:"ack"`

	Sent  uint64 `json:"sent"`
	Acked uint64 `json:"acked"`
	// AckedPPS is acks that came in the window, a second.
	AckedPPS float64 `json:"ackedPerSec"`
	Unacked  uint64  `json:"unacked"`  // no ack until the end of the run
	Nacked   uint64  `json:"nacked"`   // of the whole run
	Unsent   uint64  `json:"unsent"`   // never left: its client had too many waiting
	Expected uint64  `json:"expected"` // each acked one, once for each client of its room
	// Delivered counts chat.message events that came in the window.
	Delivered    uint64  `json:"delivered"`
	DeliveredPPS float64 `json:"deliveredPerSec"`
	// Lost were acked, and neither an event nor history told of them;
	// Recovered came only by history.
	Lost      int64  `json:"lost"`
	Recovered uint64 `json:"recovered"`
	// Duplicates came twice as an event to one client, other than to a sender
	// that had sent again. StoredTwice have two places in the room's order.
	Duplicates  uint64 `json:"duplicates"`
	StoredTwice uint64 `json:"storedTwice"`
	// Disorder counts events whose roomSeq did not rise at a client, and
	// messages of one sender that have changed places in the room. Conflicts are
	// places in the order that are not the same message for everybody.
	Disorder  uint64 `json:"disorder"`
	Conflicts uint64 `json:"conflicts"`
	// Gaps counts roomSeqs that a client's events skipped while it was connected.
	Gaps uint64 `json:"gaps"`
	// LateSends left the load tester more than 5 ms after they were due.
	LateSends uint64 `json:"lateSends"`
}

func (d *Deliveries) rows() []row {
	return []row{
		{"send to delivery", d.Latency.String()},
		{"send to ack", d.Ack.String()},
		{"messages", fmt.Sprintf("%d sent, %d acked (%.0f a second), %d unacked, %d refused; %d left late, %d not at all", d.Sent, d.Acked, d.AckedPPS, d.Unacked, d.Nacked, d.LateSends, d.Unsent)},
		{"delivered", fmt.Sprintf("%d events, %.0f a second", d.Delivered, d.DeliveredPPS)},
		{"lost", fmt.Sprintf("%d of %d; %d more came only by history", d.Lost, d.Expected, d.Recovered)},
		{"faults", fmt.Sprintf("%d duplicates, %d stored twice, %d out of order, %d conflicts of order, %d gaps", d.Duplicates, d.StoredTwice, d.Disorder, d.Conflicts, d.Gaps)},
	}
}

func (d *Deliveries) figures(f map[string]float64) {
	f["lost"], f["recovered"], f["unacked"], f["nacked"] = float64(d.Lost), float64(d.Recovered), float64(d.Unacked), float64(d.Nacked)
	f["duplicates"], f["disorder"] = float64(d.Duplicates+d.StoredTwice), float64(d.Disorder+d.Conflicts)
	f["gaps"], f["late"] = float64(d.Gaps), float64(d.LateSends+d.Unsent)
	f["deliveries"], f["acked"], f["ack"] = d.DeliveredPPS, d.AckedPPS, d.Ack.P99
	d.Latency.figures(f)
}
