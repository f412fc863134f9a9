package loadtest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// VoiceSeries is the reports of several shapes, run one after another.
type VoiceSeries struct {
	Summary `json:"-"`
	Runs    []*VoiceReport `json:"runs"`
}

// In returns the configuration of a run in a shape.
func (c VoiceConfig) In(s Shape) VoiceConfig {
	c.Shape, c.Rooms, c.Participants, c.Talkers, c.Speech, c.Churn = s.Name, s.Rooms, s.Rooms*s.People, s.Talkers, s.Speech, s.Churn
	if c.Full > c.Participants {
		c.Full = c.Participants
	}
	return c
}

// VoiceShapes runs the voice scenario in each of the shapes. All are checked
// before the first begins. When one fails, the reports of those before it come
// with the error.
func VoiceShapes(ctx context.Context, cfg VoiceConfig, shapes []Shape) (*VoiceSeries, error) {
	s := &VoiceSeries{Summary: begin("voice")}
	cfg.prepare()
	for _, shape := range shapes {
		c := cfg.In(shape)
		if err := c.check(); err != nil {
			return nil, err
		}
	}
	acc, err := openAccounts(ctx, &cfg.Target)
	if err != nil {
		return nil, err
	}
	defer acc.close()
	for i, shape := range shapes {
		cfg.Log("shape %s (%d of %d)", shape.Name, i+1, len(shapes))
		rep, err := runVoice(ctx, cfg.In(shape), acc)
		if err != nil {
			return s, fmt.Errorf("loadtest: shape %s: %w", shape.Name, err)
		}
		s.Runs = append(s.Runs, rep)
	}
	return s, nil
}

// MarshalJSON writes the runs with the series' verdicts on goals.
func (s *VoiceSeries) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"scenario": s.Scenario, "startedAt": s.StartedAt, "goals": s.Goals, "runs": s.Runs})
}

func (s *VoiceSeries) figures() map[string]float64 { return nil }

// judge has every run reach every goal.
func (s *VoiceSeries) judge(goals []Goal) bool {
	all := true
	s.Goals = nil
	for _, r := range s.Runs {
		all = Judge(r, goals) && all
		for _, v := range r.Goals {
			v.Goal = r.Shape + " " + v.Goal
			s.Goals = append(s.Goals, v)
		}
	}
	return all
}

// rows are a table of the runs: what has tabs in it has more columns.
func (s *VoiceSeries) rows() []row {
	head := []string{"delivered/s", "lost", "dup", "wrong", "p50 ms", "p99 ms", "join p95 ms", "first audio p95 ms", "us/packet", "user", "system", "ms/join", "RSS KiB each", "heap KiB each", "late sends", "load tester us"}
	rows := []row{{"shape", strings.Join(head, "\t")}}
	for _, r := range s.Runs {
		lost := fmt.Sprint(r.Lost)
		switch {
		case r.Selected && r.Speech:
			lost += fmt.Sprintf(" (voice %.1f%%)", r.VoicePct)
		case r.Selected:
			lost += fmt.Sprintf(" (loudest %.2f%%)", r.LoudestPct)
		}
		cell := []string{
			fmt.Sprintf("%.0f", r.DeliveredPPS), lost, fmt.Sprint(r.Duplicates), fmt.Sprint(r.WrongCSRC),
			fmt.Sprintf("%.2f", r.Latency.P50), fmt.Sprintf("%.2f", r.Latency.P99), fmt.Sprintf("%.0f", r.Join.P95), fmt.Sprintf("%.0f", r.FirstAudio.P95),
		}
		if v := r.Server; v != nil {
			cell = append(cell, fmt.Sprintf("%.2f", v.CPUUs), fmt.Sprintf("%.2f", v.UserUs), fmt.Sprintf("%.2f", v.SystemUs), fmt.Sprintf("%.2f", r.JoinCPU), fmt.Sprintf("%.0f", v.KiBPerPerson))
		} else {
			cell = append(cell, "", "", "", "", "")
		}
		heap := ""
		if r.Inner != nil {
			heap = fmt.Sprintf("%.0f", r.Inner.KiBPerPerson)
		}
		cell = append(cell, heap, fmt.Sprint(r.LateSends), fmt.Sprintf("%.2f", r.GeneratorUs))
		rows = append(rows, row{r.Shape, strings.Join(cell, "\t")})
	}
	for _, v := range s.Goals {
		if !v.Met {
			rows = append(rows, row{"goal", v.String()})
		}
	}
	return rows
}
