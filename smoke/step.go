package smoke

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// State is what became of a step.
type State string

// The states.
const (
	OK      State = "ok"
	Failed  State = "failed"
	Skipped State = "skipped" // not tried; Detail says why
)

// Step is one step of the check.
type Step struct {
	Name  string `json:"name"`
	State State  `json:"state"`
	// Ms is how long it took.
	Ms float64 `json:"ms"`
	// Detail is what was seen; Error is what went wrong.
	Detail string `json:"detail,omitempty"`
	Error  string `json:"error,omitempty"`
}

// Report is what became of all steps.
type Report struct {
	URL     string  `json:"url"`
	Version string  `json:"version,omitempty"` // the server's
	OK      bool    `json:"ok"`
	Ms      float64 `json:"ms"`
	Steps   []Step  `json:"steps"`
}

// Write writes the report for people.
func (r Report) Write(w io.Writer) error {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	failed := 0
	for _, s := range r.Steps {
		text := s.Detail
		if s.State == Failed {
			failed++
			text = strings.ReplaceAll(s.Error, "\n", "; ")
		}
		fmt.Fprintf(table, "%s\t%s\t%.0f ms\t%s\n", s.State, s.Name, s.Ms, text)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	end := fmt.Sprintf("%s is well", r.URL)
	if failed > 0 {
		end = fmt.Sprintf("%s is not well: %d of %d steps failed", r.URL, failed, len(r.Steps))
	}
	fmt.Fprintf(&b, "\n%s (%s)\n", end, time.Duration(r.Ms*float64(time.Millisecond)).Round(10*time.Millisecond))
	_, err := io.WriteString(w, b.String())
	return err
}

// skip is the error of a step that cannot be tried here, which is no failure.
type skip string

func (s skip) Error() string { return string(s) }
