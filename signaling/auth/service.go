package auth

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Service signs people in and knows who they are. Its methods may be called
// from any goroutine.
type Service struct {
	cfg     Config
	deps    Deps
	log     *slog.Logger
	now     func() time.Time
	random  io.Reader
	hasher  *hasher
	limits  *Limiter
	tickets *tickets
	setup   *setup
	// freeMemory gives unused memory back to the system.
	freeMemory func()
}

// Deps is where a Service keeps things. All but Log are needed.
type Deps struct {
	Users    Users
	Sessions Sessions
	Invites  Invites
	Log      *slog.Logger // nil: nothing is logged
}

// Client is the device that a request came from.
type Client struct {
	// RemoteIP is the address, for limits.
	RemoteIP string
	// Local says that the request came from this very machine and through no
	// proxy; the first account needs no setup code then.
	Local bool
	// UserAgent is shown in the list of sessions.
	UserAgent string
	// BaseURL is the address the client reached the server by, without a slash
	// at its end; invite links begin with it when no public one is set.
	BaseURL string
}

// Identity is somebody who is signed in.
type Identity struct {
	User      wire.User
	SessionID string
}

// SignedIn is a new or rotated session; Token is known to the caller alone.
type SignedIn struct {
	Identity
	Token     string
	ExpiresAt time.Time
}

// New makes a Service and asks whether there is an owner; while there is none
// SetupCode has the code that the first account is made with.
func New(ctx context.Context, cfg Config, deps Deps) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	log := deps.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Service{cfg: cfg, deps: deps, log: log, now: now, random: rand.Reader,
		limits: NewLimiter(cfg.Rate, now), tickets: newTickets(now), setup: &setup{},
		freeMemory: debug.FreeOSMemory}
	s.hasher = newHasher(cfg.Hash, s.random)
	has, err := deps.Users.HasAccounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("auth: looking for an owner: %w", err)
	}
	if has {
		s.setup.close()
	} else {
		s.setup.open(newCode(s.random))
	}
	return s, nil
}

const (
	// sweepEvery is how often Run removes what has expired.
	sweepEvery = 10 * time.Minute
	// freeAfter is how long after a password hash its memory is given back.
	freeAfter = 5 * time.Second
)

// Run removes expired sessions, tickets and counters until ctx is done, and
// gives the memory of password hashes back: each takes several times what an
// idle server does, and the collector would keep it for long.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	s.sweep(ctx)
	free := time.After(freeAfter) // what starting up has left behind
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.sweep(ctx)
		case <-s.hasher.used:
			if free == nil {
				free = time.After(freeAfter)
			}
		case <-free:
			free = nil
			s.freeMemory()
		}
	}
}

func (s *Service) sweep(ctx context.Context) {
	n, err := s.deps.Sessions.DeleteExpiredSessions(ctx)
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		s.log.Error("removing expired sessions", "err", err)
	case n > 0:
		s.log.Debug("removed expired sessions", "count", n)
	}
	s.limits.Sweep()
	s.tickets.sweep()
}

// internal wraps what the server did wrong for the edge.
func internal(doing string, err error) error { return fmt.Errorf("auth: %s: %w", doing, err) }
