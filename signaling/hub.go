package signaling

import (
	"context"
	"errors"
	"log/slog"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// ErrClosed is returned by Serve when the hub is draining or closed.
var ErrClosed = errors.New("signaling: the hub is closed")

// Deps are the parts that signaling stands on. History, Rooms, Media and
// Credentials are needed; the others have defaults.
type Deps struct {
	History     History
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
type Hub struct{}

// New makes a hub and starts it; Close ends it. cfg has passed Validate.
func New(cfg Config, deps Deps) *Hub { return &Hub{} }

// Serve runs one socket: it sends server.ready and rooms.presence, handles
// requests, and returns when the socket has ended and all that belonged to it
// has been put away. The end of ctx drains the socket as Close does. It
// returns nil when the client closed or was closed, ErrClosed when the hub is
// draining.
func (h *Hub) Serve(ctx context.Context, conn Conn, caller Caller) error { return ErrClosed }

// RoomChanged tells the hub that a room was made or changed.
func (h *Hub) RoomChanged(room wire.Room) {}

// RoomClosed tells the hub that a room was archived or deleted: who views it
// or talks in it is put out.
func (h *Hub) RoomClosed(roomID string) {}

// DisconnectUser closes all of a user's sockets with closeCode.
func (h *Hub) DisconnectUser(userID string, closeCode int) {}

// DisconnectAuthSession closes the sockets of one signed-in device.
func (h *Hub) DisconnectAuthSession(id string) {}

// Stats returns the gauges of now.
func (h *Hub) Stats() Stats { return Stats{} }

// Close drains: it refuses new sockets, closes the others with 1001 after what
// is queued for them, and returns when all that the hub started has ended.
// The end of ctx cuts the sockets that are still there.
func (h *Hub) Close(ctx context.Context) error { return nil }
