package httpapi

import (
	"context"
	"io/fs"
	"log/slog"
	"time"

	"github.com/boltorezka/boltorezka/signaling"
	"github.com/boltorezka/boltorezka/signaling/auth"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Deps is what the edge hands requests on to. Auth, Rooms, Messages and Hub
// are needed.
type Deps struct {
	Auth     *auth.Service
	Rooms    Rooms
	Messages Messages
	Hub      Hub
	// Checks are asked by GET /health, by name: db and others. A nil error is
	// "ok"; an error is logged and not shown.
	Checks map[string]func(context.Context) error
	// VoiceTests tries media paths; nil: this server does not.
	VoiceTests VoiceTests
	// Metrics takes measurements; nil: none are taken and the summary is empty.
	Metrics Metrics
	// Web is the built web app, index.html at its root; nil or without one: a
	// page says that it was not built.
	Web fs.FS
	// Docs is the published contract: openapi.yaml, asyncapi.yaml and page/
	// with index.html and what it needs; nil: it is not served.
	Docs    fs.FS
	Version wire.Version
	Log     *slog.Logger // nil: nothing is logged
	TLS     TLS          // nil: proxies end it, or nobody does
}

// Hub is the realtime side.
type Hub interface {
	// Serve runs one socket until it ends or ctx does. When it has returned,
	// nothing uses conn any more.
	Serve(ctx context.Context, conn signaling.Conn, caller signaling.Caller) error
	// RoomChanged tells that a room was made or changed, RoomClosed that it was
	// removed or archived: nobody can be in it any more.
	RoomChanged(room wire.Room)
	RoomClosed(roomID string)
	// TreeChanged tells that a category was made, changed or removed.
	TreeChanged()
	// DisconnectAuthSession ends the sockets of a device that was signed out.
	DisconnectAuthSession(authSessionID string)
}

// Rooms keeps rooms and categories. Errors that a caller answers for are
// *wire.Error: RoomNotFound, Conflict for a slug that is taken, ValidationError
// for a categoryId that is none.
type Rooms interface {
	// ListRooms returns all rooms in their order, with or without archived ones.
	ListRooms(ctx context.Context, archived bool) ([]wire.Room, error)
	// RoomBySlug and RoomByID return archived rooms too.
	RoomBySlug(ctx context.Context, slug string) (wire.Room, error)
	RoomByID(ctx context.Context, id string) (wire.Room, error)
	// CreateRoom stores a room all of whose fields are set and checked.
	CreateRoom(ctx context.Context, room wire.NewRoom) (wire.Room, error)
	UpdateRoom(ctx context.Context, id string, patch wire.RoomPatch) (wire.Room, error)
	// DeleteRoom removes a room and its messages for good.
	DeleteRoom(ctx context.Context, id string) error
	// ListCategories returns all categories in their order, without channels.
	ListCategories(ctx context.Context) ([]wire.Category, error)
	CreateCategory(ctx context.Context, category wire.NewCategory) (wire.Category, error)
	// UpdateCategory and DeleteCategory answer NotFound for an id that is none.
	// The rooms of a category that is removed stay, without one.
	UpdateCategory(ctx context.Context, id string, patch wire.CategoryPatch) (wire.Category, error)
	DeleteCategory(ctx context.Context, id string) error
}

// Messages keeps messages.
type Messages interface {
	// History returns a page of a room's messages and whether there are more
	// in its direction: newest first, or oldest first with AfterSeq.
	// MessageNotFound: the cursor's message is not there, and it has no time.
	History(ctx context.Context, q HistoryQuery) (messages []wire.Message, more bool, err error)
	// ClearMessages removes a room's messages and returns how many there were.
	ClearMessages(ctx context.Context, roomID string) (int64, error)
}

// HistoryQuery asks for a page of a room's messages; without Before... and
// AfterSeq it is the newest page.
type HistoryQuery struct {
	RoomID          string
	Limit           int
	BeforeCreatedAt *time.Time
	BeforeID        string
	AfterSeq        *int64
	// ViewerID is whose reactions are his own.
	ViewerID string
}

// VoiceTests tries the media path for users who are in no room for it. Errors
// that a caller answers for are *wire.Error.
type VoiceTests interface {
	// Begin begins a test for a client that reached the server by host (no port).
	Begin(userID, host string) (wire.VoiceTest, error)
	// Offer makes one more session of a user's test and returns the whole answer.
	Offer(ctx context.Context, userID, testID, sdp string) (answer string, err error)
	// End ends a user's test before its time.
	End(userID, testID string) error
}

// Metrics takes measurements. Its methods must not block.
type Metrics interface {
	// ObserveRequest is called after each HTTP call; route is the pattern, such
	// as /v1/rooms/:id, so that there are few of them.
	ObserveRequest(method, route string, status int, took time.Duration)
	// ClientEvent counts what a client reports of itself; platform is web, ios,
	// macos or other.
	ClientEvent(event, level, platform string)
	// VoiceEvent counts what the web app reports of a call: voice_repair and
	// one_way_audio, with what it says of them.
	VoiceEvent(event string, meta map[string]any)
	// VoiceFailed counts a failure of voice that a client reports, by its class.
	VoiceFailed(code, platform string)
	// Summary returns the KPIs of the present UTC day.
	Summary() map[string]float64
}

type noMetrics struct{}

func (noMetrics) ObserveRequest(string, string, int, time.Duration) {}
func (noMetrics) ClientEvent(string, string, string)                {}
func (noMetrics) VoiceEvent(string, map[string]any)                 {}
func (noMetrics) VoiceFailed(string, string)                        {}
func (noMetrics) Summary() map[string]float64                       { return map[string]float64{} }
