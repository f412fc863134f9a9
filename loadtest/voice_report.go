package loadtest

import (
	"fmt"

	"github.com/boltorezka/boltorezka/loadtest/internal/light"
)

// VoiceReport is what a run of the voice scenario measured, in its steady
// window where nothing else is said.
type VoiceReport struct {
	Summary
	Shape        string  `json:"shape,omitempty"`
	Participants int     `json:"participants"`
	Rooms        int     `json:"rooms"`
	Talkers      int     `json:"talkersPerRoom"`
	Speech       bool    `json:"speech,omitempty"`
	Churn        bool    `json:"churn,omitempty"`
	Full         int     `json:"fullClients"`
	Layers       bool    `json:"layers,omitempty"`
	JoinEveryMs  float64 `json:"joinEveryMs"`
	Slots        int     `json:"slots"` // a listener's
	// Selected says that there may be more voices than slots: the server has to
	// choose, and what it does not choose is not lost.
	Selected bool `json:"selected,omitempty"`

	// Join is from voice.join to the media path, FirstAudio from voice.join to
	// the first packet of voice, over all joins that had a talker in the room;
	// it waits for the talker's next packet, up to 20 ms.
	Join       Quantiles `json:"join"`
	FirstAudio Quantiles `json:"joinToFirstAudio"`
	// Onset is from when a talk spurt's first packet was sent to when a listener
	// got its first packet of that spurt; Clipped counts the spurts whose first
	// packet it did not get.
	Onset   Quantiles `json:"onsetToFirstPacket"`
	Clipped uint64    `json:"clippedOnsets"`
	// Latency is one way, from when a talker sends to when the kernel has it for
	// the listener. LatencyFull is that of full clients beside light ones: to
	// their OnAudio.
	Latency     Quantiles `json:"oneWayLatency"`
	LatencyFull Quantiles `json:"oneWayLatencyOfFullClients"`

	Sent         uint64  `json:"packetsSent"`
	Expected     uint64  `json:"packetsExpected"` // each sent one, once for each other in its room
	Delivered    uint64  `json:"packetsDelivered"`
	DeliveredPPS float64 `json:"deliveredPerSec"`
	// Lost are the expected ones that did not come. With Churn it counts those
	// that are missing between the first and the last of a talker that a
	// listener heard; when Selected, sequence numbers missing in slots.
	Lost    int64   `json:"packetsLost"`
	LostPct float64 `json:"lostPct"`
	// When Selected: the percentages of all packets, of those with voice in them,
	// and, with talkers of different loudness, of those of the loudest that a
	// listener has slots for, that were forwarded.
	ForwardedPct float64 `json:"forwardedPct,omitempty"`
	VoicePct     float64 `json:"voiceForwardedPct,omitempty"`
	LoudestPct   float64 `json:"loudestForwardedPct,omitempty"`

	Duplicates uint64       `json:"duplicates"`
	Foreign    uint64       `json:"foreign"`
	WrongCSRC  uint64       `json:"wrongCsrc"`
	Echoes     uint64       `json:"echoes"`
	SeqGaps    uint64       `json:"seqGaps"`
	Reordered  uint64       `json:"reordered"`
	TSBreaks   uint64       `json:"timestampBreaks"`
	Swaps      uint64       `json:"slotSwaps"`
	Silent     int          `json:"listenersThatHeardNothing"`
	Repairs    int          `json:"mediaRepairs"`
	Deaths     int          `json:"mediaDeaths"` // sessions that ended by themselves
	Retried    uint64       `json:"joinsTriedAgain"`
	Rejoins    uint64       `json:"rejoins,omitempty"`
	Failed     uint64       `json:"failedRejoins,omitempty"`
	LateSends  uint64       `json:"lateSends"` // left more than 5 ms late: the load tester was short of CPU
	Light      *light.Stats `json:"lightClients,omitempty"`

	// JoinCPU is the server's CPU a join in ms, less what relaying cost it
	// meanwhile; with its process only.
	JoinCPU     float64 `json:"serverCpuMsPerJoin,omitempty"`
	GeneratorUs float64 `json:"generatorUsPerDelivered"`
}

// account writes what the listeners met into the report, whose window is known.
func (r *run) account(rep *VoiceReport) {
	t := &r.all
	for _, p := range r.people {
		repairs, dead, slots := p.state()
		rep.Repairs += repairs
		rep.Slots = max(rep.Slots, slots)
		if dead != nil {
			rep.Deaths++
			r.cfg.Log("participant %d: %v", p.number, dead)
		}
		p.ear.leave()
		if !p.ear.heard && r.others(p) > 0 {
			rep.Silent++
		}
	}
	rep.Selected = r.cfg.Speech || r.ranked(rep.Slots)
	rep.Join, rep.FirstAudio, rep.Onset = t.join.quantiles(), t.firstAudio.quantiles(), t.onset.quantiles()
	rep.Latency, rep.LatencyFull = t.latency.quantiles(), t.latencyFull.quantiles()
	rep.Delivered, rep.DeliveredPPS = t.delivered.Load(), round(float64(t.delivered.Load())/rep.WindowSec, 1)
	rep.Duplicates, rep.Foreign, rep.WrongCSRC, rep.Echoes = t.duplicates.Load(), t.foreign.Load(), t.wrongCSRC.Load(), t.echoes.Load()
	rep.SeqGaps, rep.Reordered, rep.TSBreaks, rep.Swaps = t.seqGaps.Load(), t.reordered.Load(), t.tsBreaks.Load(), t.swaps.Load()
	rep.Clipped, rep.LateSends = t.clipped.Load(), r.pacer.late.Load()
	rep.Retried = r.retried.Load()
	rep.Rejoins, rep.Failed = r.churned.back.Load(), r.churned.failed.Load()
	if r.engine != nil {
		s := r.engine.Stats()
		rep.Light = &s
	}
	r.accountLoss(rep)
	r.accountCosts(rep)
}

// others counts the talkers that a participant is to hear.
func (r *run) others(p *participant) int {
	if p.talker != nil {
		return r.cfg.Talkers - 1
	}
	return r.cfg.Talkers
}

func (r *run) accountLoss(rep *VoiceReport) {
	t := &r.all
	var voiced, loudest uint64
	size := make([]uint64, r.cfg.Rooms)
	for _, p := range r.people {
		size[p.room]++
	}
	for _, p := range r.people {
		if p.talker == nil {
			continue
		}
		n := p.talker.sent.Load()
		rep.Sent += n
		rep.Expected += n * (size[p.room] - 1)
		voiced += p.talker.voiced.Load() * (size[p.room] - 1)
		place := p.number / r.cfg.Rooms
		for i := p.room; i < len(r.people); i += r.cfg.Rooms {
			if l := r.people[i].ear; i != p.number && l.promises(place) {
				loudest += n
			}
		}
	}
	percent := func(part, of uint64, digits int) float64 {
		if of == 0 {
			return 0
		}
		return round(100*float64(part)/float64(of), digits)
	}
	switch {
	case rep.Churn:
		rep.Expected = t.unique.Load() + t.holes.Load()
		rep.Lost = int64(t.holes.Load())
	case rep.Selected:
		rep.ForwardedPct, rep.VoicePct = percent(t.unique.Load(), rep.Expected, 2), percent(t.voice.Load(), voiced, 2)
		rep.LoudestPct = percent(t.promised.Load(), loudest, 2)
		rep.Lost = int64(t.seqGaps.Load())
	default:
		rep.Lost = int64(rep.Expected) - int64(t.unique.Load())
	}
	if rep.Expected > 0 {
		rep.LostPct = round(100*float64(rep.Lost)/float64(rep.Expected), 4)
	}
}

func (r *run) accountCosts(rep *VoiceReport) {
	if rep.Delivered > 0 {
		rep.GeneratorUs = round(rep.Generator*rep.WindowSec*1e6/float64(rep.Delivered), 2)
	}
	if rep.Server == nil || len(r.people) == 0 {
		return
	}
	a, b := r.joins.from.server, r.joins.to.server
	cpu := (b.user+b.system-a.user-a.system).Seconds()*1e3 - float64(r.joins.delivered)*rep.Server.CPUUs/1e3
	rep.JoinCPU = round(max(0, cpu)/float64(len(r.people)), 2)
}

func (r *VoiceReport) loss() string {
	if !r.Selected {
		return fmt.Sprintf("%d of %d (%.3f%%)", r.Lost, r.Expected, r.LostPct)
	}
	s := fmt.Sprintf("%d sequence numbers; forwarded %.1f%% of all", r.Lost, r.ForwardedPct)
	if r.Speech {
		return s + fmt.Sprintf(" and %.2f%% of voice", r.VoicePct)
	}
	return s + fmt.Sprintf(" and %.2f%% of the %d loudest", r.LoudestPct, r.Slots)
}

func (r *VoiceReport) overflows() uint64 {
	if r.Light == nil {
		return 0
	}
	return r.Light.Overflowed
}

func (r *VoiceReport) rows() []row {
	talk := "talking in each"
	if r.Speech {
		talk = "in conversation in each"
	}
	rows := []row{
		{"participants", fmt.Sprintf("%d in %d rooms, %d %s, %d full clients, %d slots, %.1f s measured", r.Participants, r.Rooms, r.Talkers, talk, r.Full, r.Slots, r.WindowSec)},
		{"join", r.Join.String()},
		{"one-way latency", r.Latency.String()},
	}
	if r.FirstAudio.Count > 0 {
		rows = append(rows, row{"join to first audio", r.FirstAudio.String()})
	}
	if r.LatencyFull.Count > 0 {
		rows = append(rows, row{"of full clients", r.LatencyFull.String()})
	}
	if r.Onset.Count > 0 {
		rows = append(rows, row{"onset to first packet", fmt.Sprintf("%s; %d clipped", r.Onset, r.Clipped)})
	}
	rows = append(rows, []row{
		{"delivered", fmt.Sprintf("%d packets, %.0f a second", r.Delivered, r.DeliveredPPS)},
		{"lost", r.loss()},
		{"faults", fmt.Sprintf("%d duplicates, %d wrong CSRC, %d echoes, %d foreign", r.Duplicates, r.WrongCSRC, r.Echoes, r.Foreign)},
		{"slots", fmt.Sprintf("%d sequence gaps, %d reordered, %d timestamp breaks, %d swaps", r.SeqGaps, r.Reordered, r.TSBreaks, r.Swaps)},
		{"heard nothing", fmt.Sprintf("%d participants; %d joins tried again, %d media repairs, %d deaths", r.Silent, r.Retried, r.Repairs, r.Deaths)},
	}...)
	if r.Churn {
		rows = append(rows, row{"left and came back", fmt.Sprintf("%d times, %d in vain", r.Rejoins, r.Failed)})
	}
	if s := r.Light; s != nil {
		rows = append(rows, row{"RTCP", fmt.Sprintf("%d receiver, %d sender reports and %d feedbacks sent; %d reports, %d feedbacks, %d NACKs received", s.Reports, s.SenderReports, s.Feedback, s.HeardReports, s.HeardFeedback, s.NACKs)})
	}
	rows = append(rows, row{"load tester's faults", fmt.Sprintf("%d packets sent late, %d that its sockets had no room for; %.2f us of its CPU a delivered packet", r.LateSends, r.overflows(), r.GeneratorUs)})
	if r.Server != nil {
		rows = append(rows, row{"server CPU a join", fmt.Sprintf("%.2f ms", r.JoinCPU)})
	}
	return append(rows, r.Summary.rows("participant", "delivered packet")...)
}

func (r *VoiceReport) figures() map[string]float64 {
	f := r.Summary.figures()
	r.Latency.figures(f)
	f["lost"], f["loss"], f["duplicates"], f["disorder"] = float64(r.Lost), r.LostPct, float64(r.Duplicates), float64(r.Reordered)
	f["foreign"], f["silent"], f["deliveries"], f["late"] = float64(r.Foreign), float64(r.Silent), r.DeliveredPPS, float64(r.LateSends)
	f["first-audio"], f["join"], f["join-max"], f["onset"] = r.FirstAudio.P95, r.Join.P95, r.Join.Max, r.Onset.P95
	f["clipped"], f["wrong"], f["echoes"], f["breaks"] = float64(r.Clipped), float64(r.WrongCSRC), float64(r.Echoes), float64(r.TSBreaks)
	f["retried"] = float64(r.Retried)
	f["repairs"], f["deaths"], f["failed"], f["swaps"] = float64(r.Repairs), float64(r.Deaths), float64(r.Failed), float64(r.Swaps)
	f["generator-us"], f["overflows"] = r.GeneratorUs, float64(r.overflows())
	if r.Selected {
		f["forwarded"], f["voice"] = r.ForwardedPct, r.VoicePct
		if !r.Speech {
			f["loudest"] = r.LoudestPct
		}
	}
	if r.Server != nil {
		f["join-cpu"] = r.JoinCPU
	}
	return f
}
