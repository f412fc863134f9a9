package loadtest

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

// Target is the server under load, who may use it, and where a run tells how
// it goes on.
type Target struct {
	// URL is the server's address.
	URL string
	// User and Password, or Invite, are for servers that want them.
	User, Password, Invite string
	// ServerPID is the server's process, 0 when its cost is not wanted.
	ServerPID int
	// Ops is the address of the operator's listener, whose /metrics say how many
	// goroutines the server has; empty: that is not wanted. OpsQuiet says
	// nothing when it is not there.
	Ops      string
	OpsQuiet bool
	// Log tells what happened, a line at a time; nil says nothing.
	Log func(format string, args ...any)
	// Progress is given the present state about once a second, each line in
	// place of the one before; nil says nothing.
	Progress func(line string)

	opsTold bool // that it is not there
}

func (t *Target) prepare() {
	if t.Log == nil {
		t.Log = func(string, ...any) {}
	}
	if t.Progress == nil {
		t.Progress = func(string) {}
	}
}

func (t *Target) usage() (usage, error) {
	if t.ServerPID == 0 {
		return usage{}, nil
	}
	return processUsage(t.ServerPID)
}

// checkDuration and checkRate refuse what would not be a bounded run.
func checkDuration(name string, d, least time.Duration) error {
	if d < least || d > time.Hour {
		return fmt.Errorf("loadtest: %s %s: want %s to 1h", name, d, least)
	}
	return nil
}

func checkCount(name string, n, least, most int) error {
	if n < least || n > most {
		return fmt.Errorf("loadtest: %d %s: want %d to %d", n, name, least, most)
	}
	return nil
}

// costs reads what the server and the load tester use: before anybody comes,
// and at both ends of the window.
type costs struct {
	target             *Target
	empty, from, to    reading
	clients, delivered int
}

type reading struct {
	at           time.Time
	server, self usage
	goroutines   int
	inner        inner
}

func (c *costs) read(r *reading) error {
	var err error
	if r.server, err = c.target.usage(); err != nil {
		return err
	}
	r.self, _ = processUsage(os.Getpid()) // zero where there is no /proc
	r.goroutines = runtime.NumGoroutine()
	r.inner = c.target.inner()
	r.at = time.Now()
	return nil
}

// fill writes the costs into a report.
func (c *costs) fill(s *Summary) {
	d := c.to.at.Sub(c.from.at)
	s.WindowSec = round(d.Seconds(), 3)
	s.LoadAverage = loadAverage()
	s.Generator = cpuShare(c.from.self, c.to.self, d)
	if c.clients > 0 {
		s.GeneratorKiB = round(float64(c.from.self.rssBytes-c.empty.self.rssBytes)/1024/float64(c.clients), 1)
		s.GeneratorGoroutines = round(float64(c.from.goroutines-c.empty.goroutines)/float64(c.clients), 2)
	}
	if c.target.ServerPID != 0 {
		s.Server = serverReport(c.empty.server, c.from.server, c.to.server, d, uint64(c.delivered), c.clients)
	}
	if from, to := c.empty.inner, c.from.inner; from.known && to.known {
		s.Inner = &InnerReport{
			GoroutinesBefore: from.goroutines, Goroutines: to.goroutines,
			HeapBeforeMB: round(from.heapBytes/(1<<20), 1), HeapMB: round(to.heapBytes/(1<<20), 1),
			KiBPerPerson: round((to.heapBytes+to.stackBytes-from.heapBytes-from.stackBytes)/1024/float64(max(1, c.clients)), 1),
		}
	}
}
