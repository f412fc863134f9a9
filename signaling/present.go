package signaling

import "github.com/boltorezka/boltorezka/signaling/wire"

// Present is who is in the rooms that run, by room id, for operators: rooms
// that nobody may see are among them. It is to be read only. A hub that has
// closed knows of nobody.
func (h *Hub) Present() map[string]wire.RoomPresence {
	var out map[string]wire.RoomPresence
	_ = h.lobby.loop.call(func() {
		out = make(map[string]wire.RoomPresence, len(h.lobby.rooms))
		for id, r := range h.lobby.rooms {
			out[id] = r.published.Load().presence
		}
	})
	return out
}
