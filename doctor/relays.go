package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/boltorezka/boltorezka/turn"
)

// relayTime bounds one trial of a TURN server over one transport.
const relayTime = 8 * time.Second

// relays tries every TURN server over every transport, with packets through it.
func (p *patient) relays(ctx context.Context) []Finding {
	var out []Finding
	external := p.cfg.TURN.External
	if p.cfg.TURN.Off() {
		if len(external.URLs) == 0 {
			return []Finding{{
				Check: "turn", State: Warning, What: "turn.addr is off, and there is no turn.external",
				Why: "clients whose network lets no UDP through to the voice port cannot talk", Do: "set turn.addr, or turn.external.urls and its secret",
			}}
		}
		out = append(out, skipped("turn", "turn.addr is off; turn.external is used"))
	} else {
		out = append(out, p.builtIn(ctx)...)
	}
	if server, ok := external.Issue("doctor", "trial", time.Now()); ok {
		for _, u := range server.URLs {
			if strings.HasPrefix(u, "turn:") || strings.HasPrefix(u, "turns:") {
				out = append(out, externalTrial(ctx, u, server))
			}
		}
	}
	return out
}

// builtIn tries the server's own TURN server.
func (p *patient) builtIn(ctx context.Context) []Finding {
	parts := p.sockets()
	if parts == nil || parts.TURN == nil {
		return []Finding{skipped("turn", "the TURN server's ports cannot be opened; see ports")}
	}
	host, _, _ := net.SplitHostPort(p.cfg.TURN.Addr)
	servers, err := parts.TURN(ctx, localHost(host))
	if err != nil {
		return []Finding{{
			Check: "turn", State: Problem, What: fmt.Sprintf("the running server gives no credential: %v", err),
			Why: "its TURN server cannot be tried", Do: "restart it, if it is of an older version",
		}}
	}
	where := "the running server"
	switch {
	case p.elsewhere:
		where = "tried on free ports, as those of the settings are taken"
	case p.running == nil:
		where = "tried here, as the server does not run"
	}
	var out []Finding
	for _, s := range servers {
		for _, u := range s.URLs {
			if !strings.HasPrefix(u, "turn") {
				continue // stun:
			}
			trial, cancel := context.WithTimeout(ctx, relayTime)
			// The certificate is for the name that people know, whatever way leads there from here.
			r, err := turn.Try(trial, u, s.Username, s.Credential, turn.TrialOptions{ServerName: publicName(p.cfg.HTTP.PublicURL)})
			cancel()
			f := judgeTrial(r, err)
			f.Check = "turn." + transportOf(r, u)
			if f.State == OK {
				f.What += " (" + where + ")"
			} else {
				f.Do = builtInMend(err)
			}
			out = append(out, f)
		}
	}
	return out
}

func externalTrial(ctx context.Context, u string, s turn.ICEServer) Finding {
	within, cancel := context.WithTimeout(ctx, relayTime)
	defer cancel()
	r, err := turn.Try(within, u, s.Username, s.Credential, turn.TrialOptions{})
	f := judgeTrial(r, err)
	f.Check = "turn.external." + transportOf(r, u)
	f.What = u + ": " + f.What
	if f.State == OK {
		return f
	}
	f.Do = externalMend(err)
	var failed *turn.TrialError
	if errors.As(err, &failed) && failed.Stage == turn.TrialRelay {
		// It may keep relays from each other on purpose: what counts is the SFU.
		f.State, f.Why = Warning, "two people behind such firewalls do not reach each other by it directly; whether it reaches the voice port is seen by boltorezka smoke"
	}
	return f
}

// judgeTrial says what became of a trial.
func judgeTrial(r turn.TrialResult, err error) Finding {
	if err == nil {
		f := fine("", "a relay in %s, %d of %d packets through two of them and back, round trip %s",
			short(r.Allocated), r.Back, r.Sent, short(r.RoundTrip))
		if r.Back*10 < r.Sent*9 {
			f.State, f.Why = Warning, "voice through it loses packets"
		}
		return f
	}
	f := Finding{State: Problem, What: err.Error(), Why: "clients whose network lets no UDP through to the voice port cannot talk by this way"}
	var trial *turn.TrialError
	if errors.As(err, &trial) {
		switch trial.Stage {
		case turn.TrialConnect:
			f.What = fmt.Sprintf("no connection: %v", trial.Err)
		case turn.TrialAllocate:
			f.What = fmt.Sprintf("no relay is given: %v", trial.Err)
		case turn.TrialRelay:
			f.What = fmt.Sprintf("there are relays (%s), and nothing comes through: %v", r.Relayed, trial.Err)
		}
	}
	return f
}

func builtInMend(err error) string {
	var refused *tls.CertificateVerificationError
	if errors.As(err, &refused) {
		return "have a certificate that clients believe, for the name that they are told; see tls and certificate"
	}
	var unknown *net.DNSError
	if errors.As(err, &unknown) {
		return "have " + unknown.Name + " lead to this machine: clients are told to come by it, as the certificate is for it"
	}
	var trial *turn.TrialError
	if errors.As(err, &trial) && trial.Stage == turn.TrialRelay {
		return "this machine does not reach itself by its advertised address: let the firewall and the NAT pass it (hairpin), or advertise an address that it reaches too"
	}
	return "look into the server's log, and at a firewall on this machine"
}

func externalMend(err error) string {
	var trial *turn.TrialError
	if !errors.As(err, &trial) {
		return ""
	}
	switch {
	case trial.Stage == turn.TrialConnect:
		return "see whether that server runs, and whether its port is open to this machine"
	case trial.Code == 401 || trial.Code == 400: // the second is some servers' word for a wrong password
		return "give its static-auth-secret in turn.external.secret, have it run with use-auth-secret, and compare both machines' clocks"
	case trial.Code == 486:
		return "raise its quotas (user-quota, total-quota)"
	case trial.Code == 508:
		return "give it more relay ports (min-port, max-port)"
	case trial.Stage == turn.TrialRelay:
		return "let its relays reach each other: denied-peer-ip and its external-ip decide that"
	}
	return "look into that server's log"
}

// transportOf names the transport of a trial, also of one that did not begin.
func transportOf(r turn.TrialResult, u string) string {
	if r.Transport != "" {
		return r.Transport
	}
	scheme, _, _ := strings.Cut(u, ":")
	return scheme
}

// publicName is the host of a https address, empty without one.
func publicName(publicURL string) string {
	u, err := url.Parse(publicURL)
	if err != nil || u.Scheme != "https" {
		return ""
	}
	return u.Hostname()
}

func short(d time.Duration) string {
	if d < 10*time.Millisecond {
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}
