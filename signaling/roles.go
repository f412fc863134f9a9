package signaling

import "github.com/boltorezka/boltorezka/signaling/wire"

// right is what a request may do beyond what its type's role allows.
type right string

// The rights.
const rightDeleteOthers right = "delete others' messages"

// rights say the least role that has each right; see handlers for the types
// of messages.
var rights = map[right]wire.Role{
	rightDeleteOthers: wire.RoleModerator,
}

func may(role wire.Role, r right) bool { return role.Rank() >= rights[r].Rank() }
