package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/boltorezka/boltorezka/signaling/auth"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

const (
	// maxBody is the largest body of a call, in bytes.
	maxBody = 64 << 10
	// readBody is how much of a body is read before it is refused: whoever
	// still sends when the connection closes may lose the answer.
	readBody = 1 << 20
	// callTimeout bounds the work on one call.
	callTimeout = 20 * time.Second
	// idleGrace is how long a stop waits for connections on which no call is
	// under way: a browser opens some in advance and never says a word there.
	idleGrace = 500 * time.Millisecond
)

// Server is the HTTP and WebSocket edge.
type Server struct {
	cfg     Config
	deps    Deps
	log     *slog.Logger
	app     *fiber.App
	proxies []netip.Prefix
	web     *webApp
	docs    *webApp
	limits  *auth.Limiter

	// Calls and sockets run under base; Close ends it.
	base context.Context
	end  context.CancelFunc

	// sockets counts the WebSocket handlers, which Fiber's own shutdown does
	// not wait for; closing says that no more may start.
	mu       sync.Mutex
	closing  bool
	listener *listener
	sockets  sync.WaitGroup
	calls    atomic.Int64 // under way
}

// New makes a server that does not listen yet. It panics when cfg is not
// valid or a needed dependency is missing: both are the program's own faults.
func New(cfg Config, deps Deps) *Server {
	proxies, err := cfg.Proxies()
	if err == nil {
		err = cfg.Validate()
	}
	if err != nil || deps.Auth == nil || deps.Rooms == nil || deps.Messages == nil || deps.Hub == nil {
		panic(fmt.Sprintf("httpapi: New with incomplete dependencies or an invalid config: %v", err))
	}
	if deps.Metrics == nil {
		deps.Metrics = noMetrics{}
	}
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{cfg: cfg, deps: deps, log: deps.Log, proxies: proxies, limits: auth.NewLimiter(cfg.Rate, time.Now)}
	s.base, s.end = context.WithCancel(context.Background())
	s.web, s.docs = newWebApp(deps.Web, s.log), newWebApp(deps.Docs, s.log)
	s.app = fiber.New(fiber.Config{
		DisableStartupMessage: true,
		// Without it Fiber reuses the memory of the strings it hands out once
		// a handler has returned; those here reach logs, maps and the hub.
		Immutable:     true,
		StrictRouting: false,
		CaseSensitive: true,
		UnescapePath:  true,
		BodyLimit:     readBody,
		ReadTimeout:   15 * time.Second,
		IdleTimeout:   75 * time.Second,
		WriteTimeout:  30 * time.Second,
		// Tickets and cookies are short; this is for long proxies' headers.
		ReadBufferSize: 16 << 10,
		ErrorHandler:   s.fail,
	})
	s.app.Server().NoDefaultServerHeader = true
	s.app.Server().KeepHijackedConns = true // they are closed by who has taken them
	s.routes()
	return s
}

// Serve serves on a listener until Close; it returns nil then. It is called once.
func (s *Server) Serve(on net.Listener) error {
	ln := newListener(on)
	s.mu.Lock()
	s.listener = ln
	closing := s.closing
	s.mu.Unlock()
	if closing {
		return ln.Close()
	}
	err := s.app.Listener(ln)
	s.mu.Lock()
	closing = s.closing
	s.mu.Unlock()
	if err != nil && !closing {
		return fmt.Errorf("http: serving on %s: %w", ln.Addr(), err)
	}
	return nil
}

// Close stops listening, waits for the calls under way, closes the sockets
// that are left with 1001 and waits for their handlers. To let clients leave
// in order, close the hub first. It returns ctx's error when that is done
// before.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	ln := s.listener
	s.mu.Unlock()
	if ln == nil {
		s.end()
		return nil
	}
	sockets := make(chan struct{})
	stop := context.AfterFunc(ctx, s.end)
	defer stop()
	err := s.drain(ctx)
	// Fiber knows the listener only once it accepts on it.
	if closeErr := ln.Close(); closeErr != nil && !errors.Is(closeErr, net.ErrClosed) {
		err = errors.Join(err, closeErr)
	}
	s.end()
	go func() {
		s.sockets.Wait()
		close(sockets)
	}()
	defer ln.cut()
	select {
	case <-sockets:
		return err
	case <-ctx.Done():
		return errors.Join(err, ctx.Err())
	}
}

// drain waits for the calls under way, at most until ctx ends, and hardly for
// connections without one.
func (s *Server) drain(ctx context.Context) error {
	idle, cancel := context.WithTimeout(ctx, idleGrace)
	defer cancel()
	err := s.app.ShutdownWithContext(idle)
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		// The answer leaves after its call has ended, so look once more than needed.
		last := s.calls.Load() == 0
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if last {
			return nil
		}
	}
}

// enter counts a socket in; false says that the server is closing.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.sockets.Add(1)
	return true
}

var errDraining = &wire.Error{Code: wire.CodeInternal, Message: "the server is stopping; try again in a moment"}
