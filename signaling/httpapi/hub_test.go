package httpapi

import (
	"context"
	"sync"

	"github.com/boltorezka/boltorezka/signaling"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// fakeHub echoes what a socket sends, and notes what it is told.
type fakeHub struct {
	mu           sync.Mutex
	changed      []wire.Room
	closed       []string
	trees        int
	disconnected []string
	callers      chan signaling.Caller
	serve        func(ctx context.Context, conn signaling.Conn, caller signaling.Caller) error
}

func newFakeHub() *fakeHub {
	h := &fakeHub{callers: make(chan signaling.Caller, 100)}
	h.serve = func(ctx context.Context, conn signaling.Conn, _ signaling.Caller) error {
		for {
			m, err := conn.Read()
			if err != nil {
				return err
			}
			if err := conn.Write([][]byte{m}); err != nil {
				return err
			}
		}
	}
	return h
}

func (h *fakeHub) Serve(ctx context.Context, conn signaling.Conn, caller signaling.Caller) error {
	h.callers <- caller
	return h.serve(ctx, conn, caller)
}

func (h *fakeHub) RoomChanged(r wire.Room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changed = append(h.changed, r)
}

func (h *fakeHub) RoomClosed(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = append(h.closed, id)
}

func (h *fakeHub) TreeChanged() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.trees++
}

func (h *fakeHub) DisconnectAuthSession(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.disconnected = append(h.disconnected, id)
}
