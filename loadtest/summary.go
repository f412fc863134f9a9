package loadtest

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"
)

// Report is what a run of any scenario measured. As JSON it has the scenario's
// own figures beside those of Summary.
type Report interface {
	summary() *Summary
	// rows are the report for a person, a line each.
	rows() []row
	// figures are what goals can be set for, by the names in Figures.
	figures() map[string]float64
}

type row struct{ name, text string }

// Summary is what the reports of all scenarios have in common.
type Summary struct {
	Scenario  string    `json:"scenario"`
	StartedAt time.Time `json:"startedAt"`
	WindowSec float64   `json:"windowSec"`
	// LoadAverage is the machine's over the last minute, at the end.
	LoadAverage float64 `json:"loadAverage"`
	// Generator is the share of one core that the load tester itself took,
	// GeneratorKiB its memory and GeneratorGoroutines its goroutines a client.
	Generator           float64       `json:"generatorCores"`
	GeneratorKiB        float64       `json:"generatorKiBPerClient,omitempty"`
	GeneratorGoroutines float64       `json:"generatorGoroutinesPerClient,omitempty"`
	Server              *ServerReport `json:"server,omitempty"`
	Inner               *InnerReport  `json:"serverInner,omitempty"`
	// Goals are the verdicts on the goals that were set.
	Goals     []Verdict `json:"goals,omitempty"`
	Timeline  []Second  `json:"timeline"`
	Histogram []Bar     `json:"histogram"`
}

func begin(scenario string) Summary { return Summary{Scenario: scenario, StartedAt: time.Now().UTC()} }

func (s *Summary) summary() *Summary { return s }

func (s *Summary) figures() map[string]float64 {
	f := map[string]float64{"generator": s.Generator}
	if in := s.Inner; in != nil {
		f["goroutines"], f["heap-kib"] = in.Goroutines, in.KiBPerPerson
	}
	if r := s.Server; r != nil {
		f["cpu"], f["cpu-us"], f["rss"], f["kib"] = r.Cores, r.CPUUs, r.RSSMB, r.KiBPerPerson
	}
	return f
}

func (s *Summary) rows(client, delivery string) []row {
	rows := []row{{"load tester", fmt.Sprintf("%.2f cores, %.1f KiB and %.2f goroutines a %s; load average %.2f", s.Generator, s.GeneratorKiB, s.GeneratorGoroutines, client, s.LoadAverage)}}
	if r := s.Server; r != nil {
		text := fmt.Sprintf("%.3f cores", r.Cores)
		if r.CPUUs > 0 {
			text += fmt.Sprintf("; %.2f us a %s (user %.2f, system %.2f: with the receivers' kernel work)", r.CPUUs, delivery, r.UserUs, r.SystemUs)
		}
		rows = append(rows, row{"server CPU", text},
			row{"server memory", fmt.Sprintf("%.1f MB, %.1f after the joins, %.1f before them: %.1f KiB a %s; %d threads", r.RSSMB, r.JoinedRSSMB, r.IdleRSSMB, r.KiBPerPerson, client, r.Threads)})
	}
	if in := s.Inner; in != nil {
		rows = append(rows, row{"server inside", fmt.Sprintf("%.0f goroutines, %.0f before the joins; heap %.1f MB, %.1f before: with stacks %.1f KiB a %s", in.Goroutines, in.GoroutinesBefore, in.HeapMB, in.HeapBeforeMB, in.KiBPerPerson, client)})
	}
	for _, v := range s.Goals {
		rows = append(rows, row{"goal", v.String()})
	}
	return rows
}

// WriteTable writes a report for a person.
func WriteTable(w io.Writer, r Report) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range r.rows() {
		fmt.Fprintf(t, "%s\t%s\n", row.name, row.text)
	}
	return t.Flush()
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
	JoinedRSSMB   float64 `json:"rssAfterJoinsMB"`
	RSSMB         float64 `json:"rssAtEndMB"`
	KiBPerPerson  float64 `json:"rssGrowthKiBPerParticipant"`
	Threads       int     `json:"threads"`
	CPUClockTicks string  `json:"cpuResolution"`
}

// InnerReport is what the server told its operator, before the joins and when
// they had settled.
type InnerReport struct {
	GoroutinesBefore float64 `json:"goroutinesBeforeJoins"`
	Goroutines       float64 `json:"goroutines"`
	HeapBeforeMB     float64 `json:"heapInUseBeforeJoinsMB"`
	HeapMB           float64 `json:"heapInUseMB"`
	KiBPerPerson     float64 `json:"heapAndStackGrowthKiBPerParticipant"`
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
		IdleRSSMB: round(float64(idle.rssBytes)/mb, 1), JoinedRSSMB: round(float64(a.rssBytes)/mb, 1), RSSMB: round(float64(b.rssBytes)/mb, 1),
		KiBPerPerson:  round(float64(b.rssBytes-idle.rssBytes)/1024/float64(people), 1),
		Threads:       b.threads,
		CPUClockTicks: clockTick.String(),
	}
}

func round(v float64, digits int) float64 {
	p := math.Pow(10, float64(digits))
	return math.Round(v*p) / p
}
