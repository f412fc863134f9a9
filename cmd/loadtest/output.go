package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/boltorezka/boltorezka/loadtest"
	"github.com/spf13/cobra"
)

var errMissed = errors.New("loadtest: a goal was missed")

// output is what all scenarios do with their report.
type output struct {
	scenario, json, html, slo string
	goals                     []loadtest.Goal
}

// flags adds the flags of the target and of the output to a scenario's own.
func (o *output) flags(cmd *cobra.Command, t *loadtest.Target) {
	f := cmd.Flags()
	f.StringVar(&t.URL, "url", "http://127.0.0.1:8080", "address of the server")
	f.IntVar(&t.ServerPID, "server-pid", 0, "the server's process, to measure its CPU and memory (Linux, same machine)")
	f.StringVar(&t.Ops, "ops", "http://127.0.0.1:9090", "the server's operator's listener, for its goroutines and heap; its absence is no fault unless this is given")
	f.StringVar(&t.User, "user", "", "an account that may make rooms and invites")
	f.StringVar(&t.Password, "password", "", "its password")
	f.StringVar(&t.Invite, "invite", "", "an invite for the clients")
	f.StringVar(&o.json, "json", "", "also write the report to this file, as JSON")
	f.StringVar(&o.html, "html", "", "also write the report to this file, as a page with plots")
	f.StringVar(&o.slo, "slo", "", "goals such as 'p99<25ms,lost=0'; exit status 2 when one is missed")
	cmd.Long += "\n\nFigures that --slo knows:\n" + figures(o.scenario) +
		"\nExit status: 0 all goals met, 2 one missed, 1 no whole run."
}

func figures(scenario string) string {
	all := loadtest.Figures(scenario)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "  %-13s%s\n", name, all[name])
	}
	return b.String()
}

// prepare reads the goals and says where the run is told of.
func (o *output) prepare(cmd *cobra.Command, t *loadtest.Target) error {
	t.OpsQuiet = !cmd.Flags().Changed("ops")
	var err error
	if o.goals, err = loadtest.ParseGoals(o.scenario, o.slo); err != nil {
		return err
	}
	console := &console{w: cmd.ErrOrStderr()}
	t.Log = console.log
	if f, ok := console.w.(*os.File); ok {
		if st, err := f.Stat(); err == nil && st.Mode()&os.ModeCharDevice != 0 {
			t.Progress = console.progress
		}
	}
	return nil
}

// write judges the report and writes it everywhere it is wanted.
func (o *output) write(cmd *cobra.Command, r loadtest.Report) error {
	met := loadtest.Judge(r, o.goals)
	if err := loadtest.WriteTable(cmd.OutOrStdout(), r); err != nil {
		return err
	}
	if o.json != "" {
		b, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.json, append(b, '\n'), 0o644); err != nil {
			return err
		}
	}
	if o.html != "" {
		var b bytes.Buffer
		if err := loadtest.WriteHTML(&b, r); err != nil {
			return err
		}
		if err := os.WriteFile(o.html, b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	if !met {
		return errMissed
	}
	return nil
}

// console writes lines, and one line over and over.
type console struct {
	mu   sync.Mutex
	w    io.Writer
	open bool // a line of progress is there
}

const clearLine = "\r\x1b[K"

func (c *console) log(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open {
		fmt.Fprint(c.w, clearLine)
		c.open = false
	}
	fmt.Fprintf(c.w, format+"\n", args...)
}

func (c *console) progress(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if line != "" || c.open {
		fmt.Fprint(c.w, clearLine+line)
	}
	c.open = line != ""
}
