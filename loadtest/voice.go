package loadtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/loadtest/internal/light"
)

// VoiceConfig describes a run of the voice scenario.
type VoiceConfig struct {
	Target
	// Shape is the run's name in reports; it may be empty.
	Shape string
	// Participants are spread over Rooms; in each room Talkers of them talk and
	// the others listen.
	Participants, Rooms, Talkers int
	// Speech has the talkers hold a conversation in place of talking all the
	// time, Churn has everybody leave and come back within a minute, or within
	// Duration if that is less.
	Speech, Churn bool
	// Full is how many participants are full WebRTC clients, the others being
	// light: negative for a tenth, but two at most.
	Full int
	// Layers has the full clients offer a low layer too, and send it while the
	// server wants it; light ones have the high layer alone.
	Layers bool
	// Duration is how long the steady state is measured.
	Duration time.Duration
	// JoinEvery paces the joins; 0: all at once, the talkers before the others.
	// JoinsAtOnce bounds how many are on their way in, 0: no bound.
	JoinEvery   time.Duration
	JoinsAtOnce int

	settle time.Duration // 0: as is right for figures
}

// maxParticipants bounds a run: of more than that, one process can drive
// neither the handshakes nor the sockets.
const maxParticipants = 2000

// settle is left between the last join and the window, for handshakes and
// garbage to be done with.
const settle = 2 * time.Second

// rest is left before a server's memory is read for the first time: it gives
// back what signing in took, or the shape before, only after some seconds.
const rest = 12 * time.Second

// tail is left after the window for its last packets to arrive, and up to
// longTail while they still do: a busy machine may have many on their way.
const tail, longTail = 500 * time.Millisecond, 10 * time.Second

func (c *VoiceConfig) check() error {
	switch {
	case c.Rooms < 1 || c.Participants < c.Rooms || c.Participants > maxParticipants:
		return fmt.Errorf("loadtest: %d participants in %d rooms: want 1 to %d participants and at least one a room", c.Participants, c.Rooms, maxParticipants)
	case c.Talkers < 0 || c.Talkers > c.Participants/c.Rooms:
		return fmt.Errorf("loadtest: %d talkers a room: there are %d participants in it", c.Talkers, c.Participants/c.Rooms)
	case c.Full > c.Participants && c.Full != everybody:
		return fmt.Errorf("loadtest: %d full clients: there are %d participants", c.Full, c.Participants)
	case c.Duration < time.Second || c.Duration > time.Hour:
		return fmt.Errorf("loadtest: duration %s: want 1s to 1h", c.Duration)
	case c.JoinEvery < 0 || c.JoinEvery > time.Minute:
		return fmt.Errorf("loadtest: a join every %s: want 0 to 1m", c.JoinEvery)
	case c.JoinsAtOnce < 0:
		return fmt.Errorf("loadtest: %d joins at once: want 0 (no bound) or more", c.JoinsAtOnce)
	}
	c.prepare()
	if c.Full == everybody {
		c.Full = c.Participants
	}
	return checkOpenFiles(2 * c.Participants) // a socket for signals, one for media
}

// run is one run's state.
type run struct {
	cfg     VoiceConfig
	engine  *light.Engine // nil: full clients only
	win     window
	all     tally
	people  []*participant // by number: participant n is in room n % Rooms
	pacer   pacer
	costs   costs
	joins   joinCosts
	epoch   time.Time  // frame 0 of conversations
	scripts [][][]turn // by room and talker

	churned churnCounts
	retried atomic.Uint64 // joins that failed and were tried again
}

// Voice runs the voice scenario and returns what it measured. When ctx ends
// early the error is ctx's, and everybody has left.
func Voice(ctx context.Context, cfg VoiceConfig) (*VoiceReport, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	acc, err := openAccounts(ctx, &cfg.Target)
	if err != nil {
		return nil, err
	}
	defer acc.close()
	return runVoice(ctx, cfg, acc)
}

func runVoice(ctx context.Context, cfg VoiceConfig, acc *accounts) (*VoiceReport, error) {
	r := &run{cfg: cfg, epoch: time.Now()}
	r.costs = costs{target: &r.cfg.Target, clients: cfg.Participants}
	r.pacer.win = &r.win
	if err := r.start(); err != nil {
		return nil, err
	}
	rep := &VoiceReport{
		Summary: begin("voice"), Shape: cfg.Shape, Participants: cfg.Participants, Rooms: cfg.Rooms, Talkers: cfg.Talkers,
		Speech: cfg.Speech, Churn: cfg.Churn, Full: r.cfg.Full, Layers: cfg.Layers, JoinEveryMs: float64(cfg.JoinEvery) / 1e6,
	}
	if r.engine != nil {
		defer r.engine.Close()
	}
	slugs, err := acc.rooms(ctx, cfg.Rooms, (cfg.Participants+cfg.Rooms-1)/cfg.Rooms)
	if err != nil {
		return nil, err
	}
	if cfg.ServerPID != 0 && cfg.settle == 0 {
		r.cfg.Progress("waiting for the server to be at rest")
		if err := sleep(ctx, rest); err != nil {
			return nil, err
		}
	}
	if err := r.costs.read(&r.costs.empty); err != nil {
		return nil, err
	}
	talking, stop := context.WithCancel(ctx)
	var pacing sync.WaitGroup
	defer r.leave()
	defer pacing.Wait()
	defer stop()
	if err := r.connect(ctx, acc, slugs); err != nil {
		return nil, err
	}
	pacing.Go(func() { r.pacer.run(talking) })
	if err := r.joinAll(ctx); err != nil {
		return nil, err
	}
	cfg.Progress("")
	cfg.Log("%d joined; measuring for %s", len(r.people), cfg.Duration)
	if err := r.measure(ctx, rep); err != nil {
		return nil, err
	}
	return rep, nil
}

// start decides who is full, starts the engine for the others and writes the
// conversations.
func (r *run) start() error {
	c := &r.cfg
	auto := c.Full < 0
	if auto {
		c.Full = min(2, c.Participants/10)
	}
	if c.Full < c.Participants {
		local, err := localAddress(c.URL)
		if err != nil {
			return err
		}
		r.engine, err = light.New(local)
		if errors.Is(err, light.ErrUnsupported) && auto {
			c.Full, r.engine, err = c.Participants, nil, nil
		}
		if err != nil {
			return fmt.Errorf("loadtest: %w", err)
		}
	}
	if c.Speech {
		length := c.Duration + time.Duration(c.Participants)*c.JoinEvery + 2*time.Minute
		for room := range c.Rooms {
			r.scripts = append(r.scripts, conversation(c.Talkers, length, rand.New(rand.NewPCG(4, uint64(room)))))
		}
	}
	return nil
}

// localAddress is where sockets that reach the server are to be bound: its own
// address on loopback, as the clients of a load test stay there.
func localAddress(server string) (netip.Addr, error) {
	u, err := url.Parse(server)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("loadtest: the server's address: %w", err)
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && a.Is6() && !a.Is4In6() {
		return netip.IPv6Loopback(), nil
	}
	return netip.AddrFrom4([4]byte(net.IPv4(127, 0, 0, 1).To4())), nil
}

// measure takes the figures of the steady window.
func (r *run) measure(ctx context.Context, rep *VoiceReport) error {
	wait := r.cfg.settle
	if wait == 0 {
		wait = settle
	}
	if err := sleep(ctx, wait); err != nil {
		return err
	}
	if err := r.costs.read(&r.costs.from); err != nil {
		return err
	}
	r.win.from.Store(r.costs.from.at.UnixNano())
	name := "voice"
	if r.cfg.Shape != "" {
		name += " " + r.cfg.Shape
	}
	m := meter{target: &r.cfg.Target, name: name, latency: &r.all.latency, sent: r.sent, delivered: r.all.delivered.Load}
	stop := m.start()
	err := r.steady(ctx)
	rep.Timeline = stop()
	if err != nil {
		return err
	}
	if err := r.costs.read(&r.costs.to); err != nil {
		return err
	}
	r.win.to.Store(r.costs.to.at.UnixNano())
	if err := r.drain(ctx); err != nil {
		return err
	}
	r.costs.delivered = int(r.all.delivered.Load())
	r.costs.fill(&rep.Summary)
	rep.Histogram = r.all.latency.bars()
	r.account(rep)
	return nil
}

// drain waits for the window's last packets.
func (r *run) drain(ctx context.Context) error {
	for until := time.Now().Add(longTail); ; {
		before := r.all.unique.Load()
		if err := sleep(ctx, tail); err != nil {
			return err
		}
		if r.all.unique.Load() == before || time.Now().After(until) {
			return nil
		}
	}
}

// steady lets the window pass.
func (r *run) steady(ctx context.Context) error {
	if r.cfg.Churn {
		return r.churn(ctx)
	}
	return sleep(ctx, r.cfg.Duration)
}

// sent counts what was sent in the window.
func (r *run) sent() (n uint64) {
	for _, p := range r.people {
		if p.talker != nil {
			n += p.talker.sent.Load()
		}
	}
	return n
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("loadtest: stopped: %w", ctx.Err())
	}
}
