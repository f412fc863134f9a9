package wire

// HTTPError is the body of every HTTP error.
type HTTPError struct {
	Error   Code    `json:"error"`
	Message string  `json:"message"`
	Issues  []Issue `json:"issues,omitempty"`
}

// Health is the answer of GET /health; Status is "ok" or "degraded".
type Health struct {
	Status string            `json:"status"`
	Checks map[string]string `json:"checks"`
	Ts     Time              `json:"ts"`
}

// Version is the answer of GET /version.
type Version struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	BuiltAt string `json:"builtAt"`
}

// AuthMode is the answer of GET /v1/auth/mode. NeedsOwner is true until the
// first account exists; NeedsSetupCode is then true when this caller must give
// the setup code that the server printed.
type AuthMode struct {
	Mode           string         `json:"mode"`         // local, sso
	Registration   string         `json:"registration"` // open, invite, closed
	Guests         string         `json:"guests"`       // off, invite, open
	Providers      []AuthProvider `json:"providers"`
	NeedsOwner     bool           `json:"needsOwner"`
	NeedsSetupCode bool           `json:"needsSetupCode"`
}

// AuthProvider is one way to sign in elsewhere.
type AuthProvider struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Register asks for an account.
type Register struct {
	Name       string `json:"name"`
	Password   string `json:"password"`
	InviteCode string `json:"inviteCode,omitempty"`
	SetupCode  string `json:"setupCode,omitempty"`
}

// Login asks for a session.
type Login struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

// Guest asks for a session without an account.
type Guest struct {
	Name       string `json:"name"`
	InviteCode string `json:"inviteCode,omitempty"`
}

// SignedIn is the answer of register, login, guest and refresh. A request
// that carried Origin gets a cookie and no Token.
type SignedIn struct {
	Token string `json:"token,omitempty"`
	User  User   `json:"user"`
}

// Me is the answer of GET /v1/auth/me.
type Me struct {
	User User `json:"user"`
}

// Ticket is the answer of GET /v1/auth/ws-ticket; it can be used once.
type Ticket struct {
	Ticket       string `json:"ticket"`
	ExpiresInSec int    `json:"expiresInSec"`
}

// NewInvite asks for an invite; nil MaxUses or ExpiresAt mean no limit.
type NewInvite struct {
	MaxUses   *int  `json:"maxUses,omitempty"`
	ExpiresAt *Time `json:"expiresAt,omitempty"`
}

// Invite lets somebody in.
type Invite struct {
	Code      string `json:"code"`
	URL       string `json:"url"`
	MaxUses   *int   `json:"maxUses"`
	Uses      int    `json:"uses"`
	ExpiresAt *Time  `json:"expiresAt"`
}

// InviteAnswer is the answer of POST /v1/invites.
type InviteAnswer struct {
	Invite Invite `json:"invite"`
}

// Invites is the answer of GET /v1/invites.
type Invites struct {
	Invites []Invite `json:"invites"`
}

// Session is one signed-in device.
type Session struct {
	ID         string `json:"id"`
	CreatedAt  Time   `json:"createdAt"`
	LastSeenAt Time   `json:"lastSeenAt"`
	UserAgent  string `json:"userAgent"`
	Current    bool   `json:"current"`
}

// Sessions is the answer of GET /v1/sessions.
type Sessions struct {
	Sessions []Session `json:"sessions"`
}

// NewRoom asks for a room; Slug matches ^[a-z0-9-]{3,48}$ and Title has 3 to
// 120 characters. Zero values take the server's defaults.
type NewRoom struct {
	Slug            string         `json:"slug"`
	Title           string         `json:"title"`
	IsPublic        *bool          `json:"isPublic,omitempty"`
	CategoryID      *string        `json:"categoryId,omitempty"`
	Position        *int           `json:"position,omitempty"`
	TopologyPolicy  TopologyPolicy `json:"topologyPolicy,omitempty"`
	MaxParticipants *int           `json:"maxParticipants,omitempty"`
}

// RoomPatch changes a room: what is nil stays. An empty CategoryID takes the
// room out of its category; Archived sets or clears ArchivedAt.
type RoomPatch struct {
	Title           *string         `json:"title,omitempty"`
	IsPublic        *bool           `json:"isPublic,omitempty"`
	CategoryID      *string         `json:"categoryId,omitempty"`
	Position        *int            `json:"position,omitempty"`
	TopologyPolicy  *TopologyPolicy `json:"topologyPolicy,omitempty"`
	MaxParticipants *int            `json:"maxParticipants,omitempty"`
	Archived        *bool           `json:"archived,omitempty"`
}

// RoomAnswer is the answer of POST and PATCH /v1/rooms.
type RoomAnswer struct {
	Room Room `json:"room"`
}

// Rooms is the answer of GET /v1/rooms.
type Rooms struct {
	Rooms []Room `json:"rooms"`
}

// NewCategory asks for a room category.
type NewCategory struct {
	Slug     string `json:"slug"`
	Title    string `json:"title"`
	Position *int   `json:"position,omitempty"`
}

// CategoryPatch changes a category: what is nil stays.
type CategoryPatch struct {
	Title    *string `json:"title,omitempty"`
	Position *int    `json:"position,omitempty"`
}

// CategoryAnswer is the answer of POST and PATCH /v1/room-categories.
type CategoryAnswer struct {
	Category Category `json:"category"`
}

// Cleared is the answer of DELETE /v1/rooms/:id/messages.
type Cleared struct {
	OK           bool   `json:"ok"`
	RoomID       string `json:"roomId"`
	DeletedCount int64  `json:"deletedCount"`
}

// Users is the answer of GET /v1/admin/users.
type Users struct {
	Users []User `json:"users"`
}

// Promote asks for another role.
type Promote struct {
	Role Role `json:"role"`
}

// UserAnswer is the answer of POST /v1/admin/users/:id/promote.
type UserAnswer struct {
	User User `json:"user"`
}

// TelemetryEvent is what the web app reports of itself.
type TelemetryEvent struct {
	Event string         `json:"event"`
	Level string         `json:"level,omitempty"`
	Meta  map[string]any `json:"meta,omitempty"`
}

// OK is the answer of calls that return nothing else.
type OK struct {
	OK bool `json:"ok"`
}

// TelemetrySummary is the answer of GET /v1/telemetry/summary: the KPIs of
// one UTC day (2006-01-02).
type TelemetrySummary struct {
	Day     string             `json:"day"`
	Metrics map[string]float64 `json:"metrics"`
}
