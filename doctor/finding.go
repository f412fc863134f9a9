package doctor

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// State is how grave a finding is.
type State string

// The states.
const (
	OK      State = "ok"
	Warning State = "warning" // works, but not for everybody or not for long
	Problem State = "problem" // something does not work
	Skipped State = "skipped" // not looked at; What says why
)

// Finding is what one check has found.
type Finding struct {
	// Check names what was looked at, such as ports.media.
	Check string `json:"check"`
	State State  `json:"state"`
	// What is so, in one sentence.
	What string `json:"what"`
	// Why it matters and what to Do are empty where all is well.
	Why string `json:"why,omitempty"`
	Do  string `json:"do,omitempty"`
}

// Report is the findings of all checks.
type Report struct {
	Version string `json:"version"`
	// Running says that a server answered at the operator's listener.
	Running  bool      `json:"running"`
	Findings []Finding `json:"findings"`
}

// Count is how many findings have a state.
func (r Report) Count(s State) (n int) {
	for _, f := range r.Findings {
		if f.State == s {
			n++
		}
	}
	return n
}

// Write writes the report for people.
func (r Report) Write(w io.Writer) error {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	for _, f := range r.Findings {
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.State, f.Check, f.What)
		if f.Why != "" {
			fmt.Fprintf(table, "\t\t  why: %s\n", f.Why)
		}
		if f.Do != "" {
			fmt.Fprintf(table, "\t\t  do:  %s\n", f.Do)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(&b, "\n%s\n", r.summary())
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Report) summary() string {
	problems, warnings := r.Count(Problem), r.Count(Warning)
	switch {
	case problems+warnings == 0:
		return "All is well."
	case problems == 0:
		return fmt.Sprintf("No problem; %s.", counted(warnings, "warning"))
	}
	return fmt.Sprintf("%s, %s.", counted(problems, "problem"), counted(warnings, "warning"))
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Short forms for checks.
func fine(check, format string, a ...any) Finding {
	return Finding{Check: check, State: OK, What: fmt.Sprintf(format, a...)}
}

func skipped(check, format string, a ...any) Finding {
	return Finding{Check: check, State: Skipped, What: fmt.Sprintf(format, a...)}
}
