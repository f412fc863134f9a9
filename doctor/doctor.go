package doctor

import (
	"context"
	"time"

	"github.com/boltorezka/boltorezka/configs"
	"github.com/boltorezka/boltorezka/turn"
)

// Options say what is to be looked at.
type Options struct {
	// Version is this program's.
	Version string
	// Source names where the settings come from, for people.
	Source string
	// Load reads the settings; strange are variables that look like settings
	// and are none.
	Load func() (cfg configs.Config, strange []string, err error)
	// Start opens the sockets of media and TURN as a start of the server would.
	Start func(configs.Config) (*Parts, error)
}

// Parts are the media and TURN sockets of a server.
type Parts struct {
	// Candidates are the addresses that clients are told to send voice to.
	Candidates []string
	// TURN issues a credential of the built-in server for a client that reaches
	// it by host, good until Close; nil: it is off.
	TURN func(ctx context.Context, host string) ([]turn.ICEServer, error)
	// Close ends what was opened or issued.
	Close func()
}

// checkTime bounds one check.
const checkTime = time.Minute

// patient is what the checks share.
type patient struct {
	cfg     configs.Config
	running *Running // nil: no server answers
	page    *page    // what http.publicUrl answered; nil: it is not set
	start   func(configs.Config) (*Parts, error)

	opened    bool
	parts     *Parts // see sockets
	elsewhere bool   // parts are on ports of the system's choice
}

// Run runs every check, one after the other.
func Run(ctx context.Context, o Options) Report {
	report := Report{Version: o.Version}
	cfg, strange, err := o.Load()
	report.Findings = configuration(o.Source, strange, err)
	if err != nil {
		for _, c := range checks {
			report.Findings = append(report.Findings, skipped(c.name, "the settings do not load"))
		}
		return report
	}
	p := &patient{cfg: cfg, running: ask(ctx, cfg), start: o.Start}
	report.Running = p.running != nil
	if cfg.HTTP.PublicURL != "" {
		p.page = visit(ctx, cfg.HTTP.PublicURL)
	}
	for _, c := range checks {
		checking, cancel := context.WithTimeout(ctx, checkTime)
		report.Findings = append(report.Findings, c.run(p, checking)...)
		cancel()
	}
	if p.parts != nil {
		p.parts.Close()
	}
	return report
}

// checks are all checks behind the settings, in the order of the report. That
// of the ports comes before those that use the sockets.
var checks = []struct {
	name string
	run  func(*patient, context.Context) []Finding
}{
	{"ports", (*patient).ports},
	{"addresses", (*patient).addresses},
	{"page", (*patient).publicPage},
	{"certificate", (*patient).certificates},
	{"tls", (*patient).ownTLS},
	{"turn", (*patient).relays},
	{"database", (*patient).database},
	{"disk", (*patient).disk},
	{"clock", (*patient).clock},
	{"buffers", (*patient).buffers},
	{"files", (*patient).files},
}

// sockets are those of media and TURN: the running server's or our own; nil
// when they cannot be opened. A port that is taken leaves free ones for them:
// what is told of them is as true there.
func (p *patient) sockets() *Parts {
	if p.opened {
		return p.parts
	}
	p.opened = true
	if p.running != nil {
		p.parts = p.running.parts()
		return p.parts
	}
	parts, err := p.start(p.cfg)
	if err != nil {
		free := p.cfg
		free.SFU.UDPAddr = anyPort(free.SFU.UDPAddr)
		if !free.TURN.Off() {
			free.TURN.Addr = anyPort(free.TURN.Addr)
		}
		p.elsewhere = true
		if parts, err = p.start(free); err != nil {
			return nil
		}
	}
	p.parts = parts
	return parts
}
