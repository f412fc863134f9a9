package smoke

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Options say which server to check and as whom.
type Options struct {
	// URL is the address that people open.
	URL string
	// Name and Password, or Token, are of an account; both empty: guests.
	// PeerName and PeerPassword are of a second one, where guests are not let
	// in.
	Name, Password         string
	Token                  string
	PeerName, PeerPassword string
	// Invite lets guests in where they need one, and SetupCode makes the first
	// account of a server without one, from elsewhere than its own machine.
	Invite    string
	SetupCode string
	// Room is the slug of the room to use; empty: one where nobody talks.
	Room string
	// Timeout bounds each step; 0: 15 s.
	Timeout time.Duration
}

// ErrOptions is what Options cannot be worked with.
var ErrOptions = errors.New("smoke")

// validate says what cannot be tried at all.
func (o *Options) validate() error {
	u, err := url.Parse(o.URL)
	switch {
	case o.URL == "":
		return fmt.Errorf("%w: give the server's address in --url, such as https://talk.example.org", ErrOptions)
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "":
		return fmt.Errorf("%w: --url %q is not accepted; give http://host or https://host", ErrOptions, o.URL)
	case o.Name != "" && o.Token != "":
		return fmt.Errorf("%w: give --name or --token, not both", ErrOptions)
	case (o.Name == "") != (o.Password == ""):
		return fmt.Errorf("%w: --name and --password-file belong together", ErrOptions)
	case (o.PeerName == "") != (o.PeerPassword == ""):
		return fmt.Errorf("%w: --peer-name and --peer-password-file belong together", ErrOptions)
	case o.PeerName != "" && o.PeerName == o.Name:
		return fmt.Errorf("%w: --peer-name is the same account as --name; two are needed", ErrOptions)
	}
	if o.Timeout <= 0 {
		o.Timeout = 15 * time.Second
	}
	return nil
}

// steps are all steps in their order. When one fails on which others stand,
// those are skipped.
var steps = []struct {
	name string
	// vital: without it the steps behind it cannot be tried.
	vital bool
	run   func(*check, context.Context) (detail string, err error)
}{
	{"health", true, (*check).health},
	{"version", false, (*check).version},
	{"sign in", true, (*check).signIn},
	{"ticket", true, (*check).ticket},
	{"connect", true, (*check).connect},
	{"nack before join", false, (*check).nackBeforeJoin},
	{"join room", true, (*check).joinRoom},
	{"message and ack", false, (*check).message},
	{"message sent twice", false, (*check).duplicate},
	{"delete message", false, (*check).deleteMessage},
	{"call.offer relayed", false, (*check).offer},
	{"call.reject relayed", false, (*check).reject},
	{"call.hangup relayed", false, (*check).hangup},
	{"resume", false, (*check).resume},
	{"voice through the SFU", false, (*check).voiceSFU},
	{"voice through TURN", false, (*check).voiceTURN},
}

// Run checks a server. The error is about the options, or that ctx has ended;
// what is wrong with the server is in the report.
func Run(ctx context.Context, o Options) (Report, error) {
	if err := o.validate(); err != nil {
		return Report{}, err
	}
	began := time.Now()
	c := &check{opts: o}
	r := Report{URL: o.URL, OK: true}
	broken := ""
	for _, s := range steps {
		step := Step{Name: s.name, State: Skipped, Detail: broken}
		if broken == "" {
			step = c.do(ctx, s.name, s.run)
			if s.vital && step.State == Failed {
				broken = "not tried, as " + s.name + " failed"
			}
		}
		r.OK = r.OK && step.State != Failed
		r.Steps = append(r.Steps, step)
	}
	// Also after a Ctrl-C, in its own time.
	step := c.do(context.WithoutCancel(ctx), "clean up", (*check).cleanUp)
	r.OK = r.OK && step.State != Failed
	r.Steps = append(r.Steps, step)
	r.Version = c.serverVersion
	r.Ms = ms(time.Since(began))
	return r, ctx.Err()
}

// do runs one step in its time.
func (c *check) do(ctx context.Context, name string, run func(*check, context.Context) (string, error)) Step {
	step := Step{Name: name, State: OK}
	within, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	began := time.Now()
	detail, err := run(c, within)
	step.Ms, step.Detail = ms(time.Since(began)), detail
	var none skip
	switch {
	case errors.As(err, &none):
		step.State, step.Detail = Skipped, none.Error()
	case err != nil:
		step.State, step.Error = Failed, plain(err, c.opts.Timeout)
	}
	return step
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// plain is an error in words for people.
func plain(err error, timeout time.Duration) string {
	var coded *wire.Error
	switch {
	case errors.As(err, &coded) && errors.Unwrap(err) == nil:
		return fmt.Sprintf("the server says %s: %s", coded.Code, coded.Message)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("%v (after %s; --timeout gives it longer)", err, timeout)
	}
	return err.Error()
}
