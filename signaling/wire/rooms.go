package wire

// Role is what a user may do on the server; roles are ordered, see Rank.
type Role string

// The roles, from most to least.
const (
	RoleOwner     Role = "owner"
	RoleAdmin     Role = "admin"
	RoleModerator Role = "moderator"
	RoleMember    Role = "member"
	RoleGuest     Role = "guest"
)

// Rank orders roles: a larger rank may do all that a smaller one may. An
// unknown role ranks below guest.
func (r Role) Rank() int {
	switch r {
	case RoleOwner:
		return 5
	case RoleAdmin:
		return 4
	case RoleModerator:
		return 3
	case RoleMember:
		return 2
	case RoleGuest:
		return 1
	}
	return 0
}

// TopologyPolicy says how a room's voice may be carried.
type TopologyPolicy string

// The policies of a room.
const (
	PolicyAuto TopologyPolicy = "auto" // small rooms may go peer to peer
	PolicySFU  TopologyPolicy = "sfu"  // always through the SFU
)

// Topology is how a room's voice is carried now.
type Topology string

// The two topologies.
const (
	TopologySFU Topology = "sfu"
	TopologyP2P Topology = "p2p"
)

// User is an account as others see it.
type User struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Role      Role   `json:"role"`
	CreatedAt Time   `json:"createdAt"`
	// DisabledAt is since when the account cannot sign in; absent: it can.
	DisabledAt *Time `json:"disabledAt,omitempty"`
}

// Room is a place to talk: text and voice in one.
type Room struct {
	ID              string         `json:"id"`
	Slug            string         `json:"slug"`
	Title           string         `json:"title"`
	IsPublic        bool           `json:"isPublic"`
	CategoryID      *string        `json:"categoryId"`
	Position        int            `json:"position"`
	TopologyPolicy  TopologyPolicy `json:"topologyPolicy"`
	MaxParticipants int            `json:"maxParticipants"`
	CreatedAt       Time           `json:"createdAt"`
	ArchivedAt      *Time          `json:"archivedAt"`
}

// Category groups rooms in the tree.
type Category struct {
	ID       string `json:"id"`
	Slug     string `json:"slug"`
	Title    string `json:"title"`
	Position int    `json:"position"`
	Channels []Room `json:"channels"`
}

// Tree is the answer of GET /v1/rooms/tree.
type Tree struct {
	Categories    []Category `json:"categories"`
	Uncategorized []Room     `json:"uncategorized"`
}

// PresenceStatus is what a user says of himself.
type PresenceStatus string

// The statuses.
const (
	StatusOnline PresenceStatus = "online"
	StatusIdle   PresenceStatus = "idle"
	StatusDND    PresenceStatus = "dnd"
)

// PresentUser is one user in a room: viewing it, in its voice, or both.
type PresentUser struct {
	UserID   string         `json:"userId"`
	UserName string         `json:"userName"`
	Status   PresenceStatus `json:"status"`
	InVoice  bool           `json:"inVoice"`
	Muted    bool           `json:"muted"`
	Deafened bool           `json:"deafened"`
}

// RoomJoin asks to view a room.
type RoomJoin struct {
	RoomSlug string `json:"roomSlug"`
}

// RoomJoined answers RoomJoin.
type RoomJoined struct {
	RoomID        string   `json:"roomId"`
	RoomSlug      string   `json:"roomSlug"`
	RoomTitle     string   `json:"roomTitle"`
	MediaTopology Topology `json:"mediaTopology"`
}

// RoomLeft answers room.leave.
type RoomLeft struct {
	RoomID   string `json:"roomId"`
	RoomSlug string `json:"roomSlug"`
}

// RoomPresence lists who is in a room; it is also an element of RoomsPresence.
type RoomPresence struct {
	RoomID        string        `json:"roomId"`
	RoomSlug      string        `json:"roomSlug"`
	MediaTopology Topology      `json:"mediaTopology"`
	Users         []PresentUser `json:"users"`
}

// RoomsPresence is the whole visible tree, sent after server.ready.
type RoomsPresence struct {
	Rooms []RoomPresence `json:"rooms"`
}

// RoomPresenceChange is the payload of rooms.presence_changed: what is
// different from what was told of the room before. Users are new or not what
// they were, Left (user ids) are there no more.
type RoomPresenceChange struct {
	RoomID        string        `json:"roomId"`
	RoomSlug      string        `json:"roomSlug"`
	MediaTopology Topology      `json:"mediaTopology"`
	Users         []PresentUser `json:"users"`
	Left          []string      `json:"left"`
}

// PresenceChange is the payload of presence.joined and presence.left.
type PresenceChange struct {
	UserID        string `json:"userId"`
	UserName      string `json:"userName"`
	RoomSlug      string `json:"roomSlug"`
	PresenceCount int    `json:"presenceCount"`
}

// InitialState is the payload of call.initial_state: the last word of each
// participant about microphone and camera.
type InitialState struct {
	RoomSlug     string                    `json:"roomSlug"`
	Participants []InitialStateParticipant `json:"participants"`
}

// InitialStateParticipant is one participant of InitialState.
type InitialStateParticipant struct {
	UserID string      `json:"userId"`
	Mic    *MicState   `json:"mic,omitempty"`
	Video  *VideoState `json:"video,omitempty"`
}

// SetStatus is the payload of presence.status.
type SetStatus struct {
	Status PresenceStatus `json:"status"`
}

// RoomsChanged is the payload of rooms.changed: the tree of rooms is not what
// it was; GET /v1/rooms/tree has the new one.
type RoomsChanged struct{}
