package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/boltorezka/boltorezka/configs"
	"github.com/boltorezka/boltorezka/docs/api"
	"github.com/boltorezka/boltorezka/sfu"
	"github.com/boltorezka/boltorezka/signaling"
	"github.com/boltorezka/boltorezka/signaling/auth"
	"github.com/boltorezka/boltorezka/signaling/httpapi"
	"github.com/boltorezka/boltorezka/store"
	"github.com/boltorezka/boltorezka/turn"
	"github.com/boltorezka/boltorezka/web"
)

// drainTime is how long a stop waits for clients to be told and for calls
// under way.
const drainTime = 5 * time.Second

// app is a running server.
type app struct {
	cfg  configs.Config
	log  *slog.Logger
	auth *auth.Service
	http net.Listener
	ops  net.Listener // nil: off
	sfu  *sfu.SFU
	door *door // nil: neither TLS nor the PROXY protocol

	stopping atomic.Bool
	// stops ends what was started, the last first.
	stops []stop
	// failed gets the error of a part that ended by itself.
	failed chan error
}

type stop struct {
	name string
	f    func(context.Context) error
}

func (a *app) onStop(name string, f func(context.Context) error) {
	a.stops = append(a.stops, stop{name, f})
}

// start starts every part. When one fails, those before it are stopped again.
func start(ctx context.Context, cfg configs.Config, log *slog.Logger) (_ *app, err error) {
	a := &app{cfg: cfg, log: log, failed: make(chan error, 1)}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	edge, who, err := edgeConfigs(cfg)
	if err != nil {
		return nil, err
	}
	// The ports first: a second server on one machine is told so before it
	// touches the first one's database.
	if a.http, err = listenTCP("http.addr", cfg.HTTP.Addr); err != nil {
		return nil, err
	}
	a.onStop("http listener", func(context.Context) error { return ignoreClosed(a.http.Close()) })
	if !cfg.Ops.Off() {
		if a.ops, err = listenTCP("ops.addr", cfg.Ops.Addr); err != nil {
			return nil, err
		}
		a.onStop("ops listener", func(context.Context) error { return ignoreClosed(a.ops.Close()) })
	}
	if err = a.openDoor(); err != nil {
		return nil, err
	}
	media, err := sfu.New(cfg.SFU, log.With("part", "sfu"))
	if err != nil {
		return nil, mediaError(err)
	}
	a.sfu = media
	a.onStop("sfu", func(context.Context) error { media.Close(); return nil })
	relay, err := a.startTURN(media)
	if err != nil {
		return nil, err
	}
	db, err := a.openStore(ctx)
	if err != nil {
		return nil, err
	}

	deps := authDeps(db)
	deps.Log = log.With("part", "auth")
	if a.auth, err = auth.New(ctx, who, deps); err != nil {
		return nil, err
	}
	a.inBackground("auth", a.auth.Run) // its sweeper uses the store

	reg := prometheus.NewRegistry()
	counted := newKPIs(reg, time.Now)
	credentials := iceServers{own: relay, external: cfg.TURN.External, overTLS: a.turnsURLs}
	tests := signaling.NewVoiceTests(cfg.Signaling.Voice, newMedia(media), credentials)
	a.onStop("voice tests", func(context.Context) error { tests.Close(); return nil })
	hub := signaling.New(cfg.Signaling, signaling.Deps{
		History: messages{db}, Reading: messages{db}, Rooms: liveRooms{db}, Media: newMedia(media),
		Credentials: credentials,
		Log:         log.With("part", "signaling"), Observer: counted,
	})
	a.onStop("signaling", hub.Close)
	a.inBackground("revocation", revocation{db, hub, log.With("part", "revocation")}.run)
	if days := cfg.Store.RetentionDays; days > 0 {
		a.inBackground("retention", retention{db, days, time.Now, log.With("part", "retention")}.run)
	}
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauges{hub: hub, tests: tests, sfu: media, turn: relay})

	a.door.register(reg)
	server := httpapi.New(edge, httpapi.Deps{
		TLS:  a.door.tlsOf(),
		Auth: a.auth, Rooms: rooms{db}, Messages: messages{db}, Hub: hub, VoiceTests: tests, Metrics: counted,
		Checks: map[string]func(context.Context) error{"db": db.Ping},
		Web:    web.Dist(), Docs: api.Files, Version: buildVersion(), Log: log.With("part", "http"),
	})
	a.inBackground("memory", giveBack)
	a.serveHTTP(server, hub)
	if certificates := a.door.certificates(); certificates != nil {
		a.inBackground("certificates", certificates.Run)
	}
	if a.ops != nil {
		ready := func(ctx context.Context) error {
			if a.stopping.Load() {
				return errors.New("stopping")
			}
			return db.Ping(ctx)
		}
		rooms := prometheus.NewRegistry()
		rooms.MustRegister(roomGauges{media})
		health := a.newCheckup(media, credentials)
		o := startOps(a.ops, opsDeps{node: reg, rooms: rooms, ready: ready, pages: newDebugPages(media, hub), checkup: health})
		a.onStop("ops", func(context.Context) error { defer health.close(); return o.close() })
	}
	return a, nil
}

// edgeConfigs makes the configs of the packages that configs may not know.
func edgeConfigs(cfg configs.Config) (httpapi.Config, auth.Config, error) {
	edge := httpapi.Defaults()
	edge.Addr, edge.PublicURL, edge.TrustedProxies = cfg.HTTP.Addr, cfg.HTTP.PublicURL, cfg.HTTP.TrustedProxies
	edge.MaxParticipants, edge.Rate = cfg.Signaling.Rooms.MaxParticipants, cfg.Signaling.Limits.Rate
	if err := edge.Validate(); err != nil {
		return edge, auth.Config{}, err
	}
	who := auth.Defaults()
	who.Registration, who.Guests = auth.Access(cfg.Auth.Registration), auth.Access(cfg.Auth.Guests)
	who.SessionLifetime, who.GuestLifetime = cfg.Auth.SessionLifetime, cfg.Auth.GuestLifetime
	who.PublicURL, who.Rate = cfg.HTTP.PublicURL, cfg.Signaling.Limits.Rate
	return edge, who, who.Validate()
}

func (a *app) openStore(ctx context.Context) (*store.Store, error) {
	db, err := store.Open(ctx, a.cfg.Store)
	if err != nil {
		return nil, err
	}
	a.onStop("store", func(context.Context) error { return db.Close() })
	if err := db.SeedRoom(ctx, generalRoom(a.cfg.Signaling.Rooms.MaxParticipants)); err != nil {
		return nil, fmt.Errorf("making the first room: %w", err)
	}
	return db, nil
}

// startTURN starts the built-in TURN server, or returns nil when it is off.
func (a *app) startTURN(media *sfu.SFU) (*turn.Server, error) {
	cfg := a.cfg.TURN
	if cfg.Off() {
		return nil, nil
	}
	opt := turn.Options{Log: a.log.With("part", "turn"), Streams: a.door.streams()}
	opt.Addresses = func() ([]netip.AddrPort, netip.Addr) { return reachedBy(media.Candidates()) }
	opt.SFU, opt.RelayIP = opt.Addresses()
	relay, err := turn.New(cfg, opt)
	if err != nil {
		return nil, listenError("turn.addr", cfg.Addr, err)
	}
	a.onStop("turn", func(context.Context) error { return relay.Close() })
	return relay, nil
}

// reachedBy is what the SFU is reached by, and the first IPv4 address of it.
// Relays are told of by that: both are how others reach this machine.
func reachedBy(candidates []string) (at []netip.AddrPort, ip netip.Addr) {
	for _, c := range candidates {
		a, err := netip.ParseAddrPort(c)
		if err != nil {
			continue // the SFU writes them as netip does
		}
		at = append(at, a)
		if i := a.Addr().Unmap(); !ip.IsValid() && i.Is4() {
			ip = i
		}
	}
	return at, ip
}

// inBackground runs what goes on until the stop, which waits for it.
func (a *app) inBackground(name string, run func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		run(ctx)
	}()
	a.onStop(name, func(context.Context) error {
		cancel()
		<-ended
		return nil
	})
}

// serveHTTP serves until the stop. Clients are told to go by the hub before
// the edge closes what is left.
func (a *app) serveHTTP(server *httpapi.Server, hub *signaling.Hub) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(a.door.listener(a.http)); err != nil {
			a.failed <- err
		}
	}()
	a.onStop("http", func(ctx context.Context) error {
		err := errors.Join(hub.Close(ctx), server.Close(ctx))
		<-ended
		return err
	})
}

// close stops every part, the last one first, and logs what did not stop well.
func (a *app) close() {
	a.stopping.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	for _, s := range slices.Backward(a.stops) {
		if err := s.f(ctx); err != nil {
			a.log.Warn("stopping", "part", s.name, "err", err)
		}
	}
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
