package loadtest

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"
)

// VoiceReport is what a run of the voice scenario measured, in its steady
// window where nothing else is said.
type VoiceReport struct {
	Participants int     `json:"participants"`
	Rooms        int     `json:"rooms"`
	Talkers      int     `json:"talkersPerRoom"`
	Slots        int     `json:"slots"` // a listener's; with more talkers the rest counts as lost
	WindowSec    float64 `json:"windowSec"`

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

	// Generator is the share of one core that the load tester itself took.
	Generator float64       `json:"generatorCores"`
	Server    *ServerReport `json:"server,omitempty"`
}

// ServerReport is what the server's process used, by its own accounting. On
// loopback the kernel does a receiver's work within the sender's system call,
// so SystemUs has the load tester's receiving in it; UserUs has not.
type ServerReport struct {
	Cores         float64 `json:"cores"`
	CPUUs         float64 `json:"cpuUsPerDelivered"`
	UserUs        float64 `json:"userUsPerDelivered"`
	SystemUs      float64 `json:"systemUsPerDelivered"`
	IdleRSSMB     float64 `json:"rssBeforeJoinsMB"`
	RSSMB         float64 `json:"rssAtEndMB"`
	KiBPerPerson  float64 `json:"rssGrowthKiBPerParticipant"`
	Threads       int     `json:"threads"`
	CPUClockTicks string  `json:"cpuResolution"`
}

func (r *run) report(d time.Duration) *VoiceReport {
	t := &r.all
	rep := &VoiceReport{
		Participants: r.cfg.Participants, Rooms: r.cfg.Rooms, Talkers: r.cfg.Talkers, WindowSec: round(d.Seconds(), 3),
		FirstAudio: t.firstAudio.quantiles(), Latency: t.latency.quantiles(),
		Delivered: t.delivered.Load(), DeliveredPPS: round(float64(t.delivered.Load())/d.Seconds(), 1),
		Duplicates: t.duplicates.Load(), Foreign: t.foreign.Load(), WrongCSRC: t.wrongCSRC.Load(), Echoes: t.echoes.Load(),
		SeqGaps: t.seqGaps.Load(), Reordered: t.reordered.Load(), TSBreaks: t.tsBreaks.Load(), Swaps: t.swaps.Load(),
		LateSends: r.late.Load(),
	}
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
	return rep
}

func cpuShare(a, b usage, d time.Duration) float64 {
	return round((b.user+b.system-a.user-a.system).Seconds()/d.Seconds(), 3)
}

func serverReport(idle, a, b usage, d time.Duration, delivered uint64, people int) *ServerReport {
	per := func(d time.Duration) float64 {
		if delivered == 0 {
			return 0
		}
		return round(float64(d.Microseconds())/float64(delivered), 2)
	}
	const mb = 1 << 20
	return &ServerReport{
		Cores: cpuShare(a, b, d),
		CPUUs: per(b.user + b.system - a.user - a.system), UserUs: per(b.user - a.user), SystemUs: per(b.system - a.system),
		IdleRSSMB: round(float64(idle.rssBytes)/mb, 1), RSSMB: round(float64(b.rssBytes)/mb, 1),
		KiBPerPerson:  round(float64(b.rssBytes-idle.rssBytes)/1024/float64(people), 1),
		Threads:       b.threads,
		CPUClockTicks: clockTick.String(),
	}
}

func round(v float64, digits int) float64 {
	p := math.Pow(10, float64(digits))
	return math.Round(v*p) / p
}

// Table writes the report for a person.
func (r *VoiceReport) Table(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, name+"\t"+format+"\n", args...) }
	q := func(q Quantiles) string {
		return fmt.Sprintf("p50 %.2f  p95 %.2f  p99 %.2f  max %.2f ms  (%d)", q.P50, q.P95, q.P99, q.Max, q.Count)
	}
	row("participants", "%d in %d rooms, %d talking in each, %.1f s measured", r.Participants, r.Rooms, r.Talkers, r.WindowSec)
	row("join to first audio", "%s", q(r.FirstAudio))
	row("one-way latency", "%s", q(r.Latency))
	row("delivered", "%d packets, %.0f a second", r.Delivered, r.DeliveredPPS)
	note := ""
	if r.Talkers > r.Slots {
		note = fmt.Sprintf(", with what %d slots have no room for", r.Slots)
	}
	row("lost", "%d of %d (%.3f%%)%s", r.Lost, r.Expected, r.LostPct, note)
	row("faults", "%d duplicates, %d wrong CSRC, %d echoes, %d foreign", r.Duplicates, r.WrongCSRC, r.Echoes, r.Foreign)
	row("slots", "%d sequence gaps, %d reordered, %d timestamp breaks, %d swaps", r.SeqGaps, r.Reordered, r.TSBreaks, r.Swaps)
	row("heard nothing", "%d participants; %d media repairs", r.Silent, r.Repairs)
	row("load tester", "%.2f cores, %d packets left late", r.Generator, r.LateSends)
	if s := r.Server; s != nil {
		row("server CPU", "%.2f cores; %.2f us a delivered packet (user %.2f, system %.2f: with the receivers' kernel work)", s.Cores, s.CPUUs, s.UserUs, s.SystemUs)
		row("server memory", "%.1f MB, %.1f before the joins: %.1f KiB a participant; %d threads", s.RSSMB, s.IdleRSSMB, s.KiBPerPerson, s.Threads)
	}
	return t.Flush()
}
