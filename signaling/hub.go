package signaling

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/google/uuid"
)

// ErrClosed is returned by Serve when the hub is draining or closed.
var ErrClosed = errors.New("signaling: the hub is closed")

// Deps are the parts that signaling stands on. History, Reading, Rooms, Media
// and Credentials are needed; the others have defaults.
type Deps struct {
	History     History
	Reading     Reading
	Rooms       Rooms
	Media       Media
	Credentials Credentials
	Log         *slog.Logger // slog.Default
	Observer    Observer     // none
	// NewID makes session and voice session ids: UUIDv7 strings.
	NewID func() string
	// Uint32 makes random numbers, for CSRCs.
	Uint32 func() uint32
}

// Hub is signaling for one node. All methods may be called from any goroutine.
type Hub struct {
	cfg   Config
	deps  Deps
	log   *slog.Logger
	lobby *lobby
	gauge gauges

	// ctx ends when the hub no longer waits for what takes its time.
	ctx    context.Context
	cancel context.CancelFunc
	// crew handles what the sockets bring.
	crew *crew
	// tasks are short: the closing of a socket, the end of a voice session.
	tasks sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	serving sync.WaitGroup // Serve calls, and others that Close waits for
	adrift  sync.WaitGroup // sessions without a socket
	done    chan struct{}  // Close has done everything
}

// gauges are counted where things happen and read by Stats.
type gauges struct {
	sessions, users, rooms, voice, p2p atomic.Int64
	slow, chatRefused                  atomic.Int64
	ghosts, oneWayUp, oneWayDown       atomic.Int64
}

// New makes a hub and starts it; Close ends it. cfg has passed Validate.
func New(cfg Config, deps Deps) *Hub {
	if deps.Log == nil {
		deps.Log = slog.Default()
	}
	if deps.Observer == nil {
		deps.Observer = silent{}
	}
	if deps.NewID == nil {
		deps.NewID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	if deps.Uint32 == nil {
		deps.Uint32 = rand.Uint32
	}
	h := &Hub{cfg: cfg, deps: deps, log: deps.Log, crew: newCrew(), done: make(chan struct{})}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.lobby = newLobby(h)
	return h
}

// Serve runs one socket: it sends server.ready and rooms.presence, handles
// requests, and returns when the socket has ended. A session whose client was
// lost waits for it to resume; any other has then been put away. The end of ctx drains the socket as Close does. It
// returns nil when the client closed or was closed, ErrClosed when the hub is
// draining. conn's Close may be called more than once, and from any goroutine.
func (h *Hub) Serve(ctx context.Context, conn Conn, caller Caller) error {
	if !h.enter() {
		return errors.Join(ErrClosed, conn.Close(wire.CloseGoingAway, "server draining"))
	}
	defer h.serving.Done()

	var s *session
	var err error
	if h.crew.run(func() { s, err = h.begin(ctx, conn, caller) }); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() {
		s.out.finish(ending{wire.CloseGoingAway, "server draining", "draining"})
	})
	defer stop()
	sock := newSocket(conn, s.out, h.cfg.Realtime.silence())
	s.sock.Store(sock)
	s.read(h.ctx, sock) // what the client has asked for is done also while ctx drains
	sock.wait()
	s.sock.Store(nil)
	cause := s.out.ended().cause
	if cause == "slow" {
		h.gauge.slow.Add(1)
	}
	h.deps.Observer.SocketClosed(cause)
	h.letGo(s)
	return nil
}

// begin finds the session that a caller resumes, or makes one. After an error
// conn is closed.
func (h *Hub) begin(ctx context.Context, conn Conn, caller Caller) (*session, error) {
	cut := func(e ending) { h.tasks.Go(func() { _ = conn.Close(e.code, e.reason) }) }
	s := h.resume(ctx, caller, cut)
	h.deps.Observer.SocketOpened(caller.Resume != "", s != nil)
	if s != nil {
		return s, nil
	}
	s = newSession(h, caller, cut)
	rooms, err := h.welcome(ctx, s)
	if err != nil {
		code, reason := closeInternal, "Internal"
		if errors.Is(err, ErrClosed) {
			code, reason = wire.CloseGoingAway, "server draining"
		}
		return nil, errors.Join(err, conn.Close(code, reason))
	}
	h.loadReading(ctx, s, rooms)
	return s, nil
}

// enter counts one of serving; false: the hub is draining.
func (h *Hub) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.serving.Add(1)
	}
	return !h.closed
}

// welcome registers a session and queues its first events. The list of rooms
// is read before and must still hold when the session begins to hear of
// changes; it is returned.
func (h *Hub) welcome(ctx context.Context, s *session) ([]wire.Room, error) {
	for range 5 {
		seen := h.lobby.changes.Load()
		rooms, err := h.deps.Rooms.ListRooms(ctx)
		if err != nil {
			h.log.Error("rooms cannot be listed", "err", err)
			return nil, err
		}
		var done, draining bool
		err = h.lobby.loop.call(func() {
			switch {
			case h.lobby.draining:
				draining = true
			case h.lobby.changes.Load() == seen:
				done = true
				h.lobby.register(s)
				s.out.event(encode(wire.TypeServerReady, wire.Ready{
					UserID: s.user.ID, UserName: s.user.Name, ConnectedAt: wire.At(time.Now()), SessionID: s.id,
					HeartbeatSec: h.cfg.Realtime.HeartbeatSec, ResumeWindowSec: h.cfg.Realtime.ResumeWindowSec,
				}))
				s.out.event(encode(wire.TypeRoomsPresence, h.lobby.tree(s, rooms)))
			}
		})
		if err != nil || draining {
			return nil, ErrClosed
		}
		if done {
			return rooms, nil
		}
	}
	return nil, errors.New("signaling: the list of rooms keeps changing")
}

// roomByID describes a room; one that nobody has been in is looked up.
func (h *Hub) roomByID(ctx context.Context, id string) (info wire.Room, there bool, err error) {
	err = h.lobby.loop.call(func() {
		if r := h.lobby.rooms[id]; r != nil {
			info, there = r.published.Load().info, true
		}
	})
	if err != nil || there {
		return info, there, err
	}
	rooms, err := h.deps.Rooms.ListRooms(ctx)
	for _, r := range rooms {
		if r.ID == id {
			return r, true, nil
		}
	}
	return wire.Room{}, false, err
}

// slugOf names a room that may have closed.
func (h *Hub) slugOf(roomID string) string {
	info, _, err := h.roomByID(h.ctx, roomID)
	if err != nil {
		h.log.Error("a room cannot be named", "room", roomID, "err", err)
	}
	return info.Slug
}
