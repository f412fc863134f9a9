package configs

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/boltorezka/boltorezka/edge"
	"github.com/boltorezka/boltorezka/sfu"
	"github.com/boltorezka/boltorezka/signaling"
	"github.com/boltorezka/boltorezka/store"
	"github.com/boltorezka/boltorezka/turn"
)

// Config is every setting of the server, grouped by the part that takes it.
type Config struct {
	Store     store.Config
	HTTP      HTTP
	Ops       Ops
	Auth      Auth
	Signaling signaling.Config
	SFU       sfu.Config
	TURN      turn.Config
	TLS       edge.Config
	Log       Log
}

// HTTP is the edge: where people reach the server.
type HTTP struct {
	Addr           string
	PublicURL      string
	TrustedProxies []string
	// ProxyProtocol is "on" when the trusted proxies begin each connection
	// with a PROXY header.
	ProxyProtocol string
}

// Ops is the operator's listener: metrics, profiles, readiness.
type Ops struct {
	// Addr is host:port, or "off".
	Addr string
}

// Off says that the operator's listener is not wanted.
func (o Ops) Off() bool { return o.Addr == "" || o.Addr == off }

// Auth says who may come in and for how long.
type Auth struct {
	Registration    string
	Guests          string
	SessionLifetime time.Duration
	GuestLifetime   time.Duration
}

// Log says how much is logged and how.
type Log struct {
	Level  string
	Format string
}

const off = "off"

// Defaults is the configuration of a server that was told nothing.
func Defaults() Config {
	return Config{
		Store:     store.Defaults(),
		HTTP:      HTTP{Addr: ":8080", ProxyProtocol: off},
		Ops:       Ops{Addr: "127.0.0.1:9090"},
		Auth:      Auth{Registration: "invite", Guests: "invite", SessionLifetime: 60 * 24 * time.Hour, GuestLifetime: 7 * 24 * time.Hour},
		Signaling: signaling.Defaults(),
		SFU:       sfu.Defaults(),
		TURN:      turn.Defaults(),
		TLS:       edge.Defaults(),
		Log:       Log{Level: "info", Format: "auto"},
	}
}

// Validate returns an error that names the first setting that cannot work.
func (c Config) Validate() error {
	for _, a := range []struct {
		key, addr string
		off       bool
	}{
		{"http.addr", c.HTTP.Addr, false},
		{"ops.addr", c.Ops.Addr, c.Ops.Off()},
		{"turn.addr", c.TURN.Addr, c.TURN.Off()},
		{"tls.addr", c.TLS.Addr, c.TLS.Source() == edge.SourceNone},
		{"turn.tlsAddr", c.TURN.TLSAddr, c.TURN.TLSAddr == "" || c.TURN.TLSAddr == off},
	} {
		if a.off {
			continue
		}
		if _, port, err := net.SplitHostPort(a.addr); err != nil || !isPort(port) {
			return fmt.Errorf("%s: %q is not accepted; give host:port, or :port for all addresses", a.key, a.addr)
		}
	}
	return firstOf(c.TLS.Validate, c.validateTLS, c.Store.Validate, c.Signaling.Validate, c.SFU.Validate, c.TURN.Validate, c.relayable)
}

// relayable returns an error when all are to be relayed and nothing relays.
func (c Config) relayable() error {
	if c.Signaling.Voice.RelayOnly && c.TURN.Off() && len(c.TURN.External.URLs) == 0 {
		return errors.New("voice.relayOnly: on is not accepted while turn.addr is off and turn.external.urls is empty; give it off, or a TURN server")
	}
	return nil
}

// firstOf returns the first error: one line says one thing.
func firstOf(checks ...func() error) error {
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func isPort(s string) bool {
	n, err := net.LookupPort("tcp", s)
	return err == nil && n >= 0 && s != ""
}
