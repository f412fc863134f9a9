package loadtest

import "fmt"

// VoiceReport is what a run of the voice scenario measured, in its steady
// window where nothing else is said.
type VoiceReport struct {
	Summary
	Participants int `json:"participants"`
	Rooms        int `json:"rooms"`
	Talkers      int `json:"talkersPerRoom"`
	Slots        int `json:"slots"` // a listener's; with more talkers the rest counts as lost

	// FirstAudio is from voice.join to the first packet of voice, over all
	// joins that had a talker in the room; it waits for the talker's next
	// packet, up to 20 ms.
	FirstAudio Quantiles `json:"joinToFirstAudio"`
	// Latency is one way, from a talker's WriteOpus to a listener's OnAudio,
	// both ends' kernel work included.
	Latency Quantiles `json:"oneWayLatency"`

	Sent         uint64  `json:"packetsSent"`
	Expected     uint64  `json:"packetsExpected"` // each sent one, once for each other in its room
	Delivered    uint64  `json:"packetsDelivered"`
	DeliveredPPS float64 `json:"deliveredPerSec"`
	Lost         int64   `json:"packetsLost"`
	LostPct      float64 `json:"lostPct"`
	Duplicates   uint64  `json:"duplicates"`
	Foreign      uint64  `json:"foreign"`
	WrongCSRC    uint64  `json:"wrongCsrc"`
	Echoes       uint64  `json:"echoes"`
	SeqGaps      uint64  `json:"seqGaps"`
	Reordered    uint64  `json:"reordered"`
	TSBreaks     uint64  `json:"timestampBreaks"`
	Swaps        uint64  `json:"slotSwaps"`
	Silent       int     `json:"listenersThatHeardNothing"`
	Repairs      int     `json:"mediaRepairs"`
	LateSends    uint64  `json:"lateSends"` // left more than 5 ms late: the load tester was short of CPU
}

// account writes what the listeners met into the report, whose window is known.
func (r *run) account(rep *VoiceReport) {
	t := &r.all
	rep.FirstAudio, rep.Latency = t.firstAudio.quantiles(), t.latency.quantiles()
	rep.Delivered, rep.DeliveredPPS = t.delivered.Load(), round(float64(t.delivered.Load())/rep.WindowSec, 1)
	rep.Duplicates, rep.Foreign, rep.WrongCSRC, rep.Echoes = t.duplicates.Load(), t.foreign.Load(), t.wrongCSRC.Load(), t.echoes.Load()
	rep.SeqGaps, rep.Reordered, rep.TSBreaks, rep.Swaps = t.seqGaps.Load(), t.reordered.Load(), t.tsBreaks.Load(), t.swaps.Load()
	rep.LateSends = r.late.Load()
	size := make([]uint64, r.cfg.Rooms)
	for _, p := range r.people {
		size[p.room]++
		st := p.voice.Stats()
		rep.Slots = len(st.Slots)
		rep.Repairs += max(0, st.Session-1)
		select {
		case <-p.ear.heard:
		default:
			rep.Silent++
		}
	}
	for i := range size {
		sent := r.sentByRoom[i].Load()
		rep.Sent += sent
		rep.Expected += sent * (size[i] - 1)
	}
	rep.Lost = int64(rep.Expected) - int64(t.unique.Load())
	if rep.Expected > 0 {
		rep.LostPct = round(100*float64(rep.Lost)/float64(rep.Expected), 4)
	}
}

func (r *VoiceReport) rows() []row {
	note := ""
	if r.Talkers > r.Slots {
		note = fmt.Sprintf(", with what %d slots have no room for", r.Slots)
	}
	return append([]row{
		{"participants", fmt.Sprintf("%d in %d rooms, %d talking in each, %.1f s measured", r.Participants, r.Rooms, r.Talkers, r.WindowSec)},
		{"join to first audio", r.FirstAudio.String()},
		{"one-way latency", r.Latency.String()},
		{"delivered", fmt.Sprintf("%d packets, %.0f a second", r.Delivered, r.DeliveredPPS)},
		{"lost", fmt.Sprintf("%d of %d (%.3f%%)%s", r.Lost, r.Expected, r.LostPct, note)},
		{"faults", fmt.Sprintf("%d duplicates, %d wrong CSRC, %d echoes, %d foreign", r.Duplicates, r.WrongCSRC, r.Echoes, r.Foreign)},
		{"slots", fmt.Sprintf("%d sequence gaps, %d reordered, %d timestamp breaks, %d swaps", r.SeqGaps, r.Reordered, r.TSBreaks, r.Swaps)},
		{"heard nothing", fmt.Sprintf("%d participants; %d media repairs", r.Silent, r.Repairs)},
		{"late sends", fmt.Sprintf("%d packets", r.LateSends)},
	}, r.Summary.rows("participant", "delivered packet")...)
}

func (r *VoiceReport) figures() map[string]float64 {
	f := r.Summary.figures()
	r.Latency.figures(f)
	f["lost"], f["loss"], f["duplicates"], f["disorder"] = float64(r.Lost), r.LostPct, float64(r.Duplicates), float64(r.Reordered)
	f["foreign"], f["silent"], f["deliveries"], f["late"] = float64(r.Foreign), float64(r.Silent), r.DeliveredPPS, float64(r.LateSends)
	f["first-audio"] = r.FirstAudio.P95
	return f
}
