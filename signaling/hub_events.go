package signaling

import (
	"context"
	"slices"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// RoomChanged tells the hub that a room was made or changed.
func (h *Hub) RoomChanged(info wire.Room) {
	if info.ArchivedAt != nil {
		h.RoomClosed(info.ID)
		return
	}
	if !h.enter() {
		return
	}
	defer h.serving.Done()
	var r *room
	_ = h.lobby.loop.call(func() {
		h.lobby.changed()
		r = h.lobby.rooms[info.ID]
	})
	if r != nil {
		_ = r.loop.call(func() { r.change(info) })
	}
}

// TreeChanged tells the hub that a category was made, changed or removed.
func (h *Hub) TreeChanged() { _ = h.lobby.loop.call(h.lobby.changed) }

// RoomClosed tells the hub that a room was archived or deleted: who views it
// or talks in it is put out. It returns when that is done.
func (h *Hub) RoomClosed(roomID string) {
	if !h.enter() {
		return
	}
	defer h.serving.Done()
	var r *room
	_ = h.lobby.loop.call(func() {
		h.lobby.changed()
		r = h.lobby.close(roomID)
	})
	if r != nil {
		r.close()
	}
}

// DisconnectUser closes all of a user's sockets with closeCode.
func (h *Hub) DisconnectUser(userID string, closeCode int) {
	_ = h.lobby.loop.call(func() {
		if p := h.lobby.people[userID]; p != nil {
			for _, s := range p.sessions {
				h.lobby.dismiss(s, ending{closeCode, closeReason(closeCode), "kicked"})
			}
		}
	})
}

// DisconnectAuthSession closes the sockets of one signed-in device.
func (h *Hub) DisconnectAuthSession(id string) {
	if id == "" {
		return
	}
	_ = h.lobby.loop.call(func() {
		for s := range h.lobby.sessions {
			if s.caller.AuthSessionID == id {
				h.lobby.dismiss(s, ending{wire.CloseKicked, closeReason(wire.CloseKicked), "kicked"})
			}
		}
	})
}

// AuthSessions are the signed-in devices that have a socket, or had one and may
// come back.
func (h *Hub) AuthSessions() (ids []string) {
	_ = h.lobby.loop.call(func() {
		for s := range h.lobby.sessions {
			if s.caller.AuthSessionID != "" {
				ids = append(ids, s.caller.AuthSessionID)
			}
		}
	})
	slices.Sort(ids)
	return slices.Compact(ids)
}

func closeReason(code int) string {
	switch code {
	case wire.CloseBanned:
		return "Banned"
	case wire.CloseSessionReplaced:
		return "SessionReplaced"
	case wire.CloseKicked:
		return "Kicked"
	}
	return ""
}

// Stats returns the gauges of now.
func (h *Hub) Stats() Stats {
	g := &h.gauge
	return Stats{
		Sessions: g.sessions.Load(), Users: g.users.Load(), Rooms: g.rooms.Load(),
		VoiceMembers: g.voice.Load(), P2PRooms: g.p2p.Load(),
		SlowClosed: g.slow.Load(), ChatRefused: g.chatRefused.Load(),
		Ghosts: g.ghosts.Load(), OneWayUp: g.oneWayUp.Load(), OneWayDown: g.oneWayDown.Load(),
	}
}

// Close drains: it refuses new sockets, closes the others with 1001 after what
// is queued for them, and returns when all that the hub started has ended.
// The end of ctx cuts the sockets that are still there, and gives up messages
// that are not stored yet; Close then returns its error.
func (h *Hub) Close(ctx context.Context) error {
	h.mu.Lock()
	first := !h.closed
	h.closed = true
	h.mu.Unlock()
	if !first {
		<-h.done
		return nil
	}
	defer close(h.done)
	_ = h.lobby.loop.call(func() {
		h.lobby.draining = true
		for s := range h.lobby.sessions {
			h.lobby.dismiss(s, ending{wire.CloseGoingAway, "server draining", "draining"})
		}
	})
	stop := context.AfterFunc(ctx, h.abort)
	h.serving.Wait()
	h.adrift.Wait()
	var rooms []*room
	_ = h.lobby.loop.call(func() {
		for _, r := range h.lobby.rooms {
			rooms = append(rooms, r)
		}
		clear(h.lobby.rooms)
	})
	for _, r := range rooms {
		r.close()
	}
	inTime := stop()
	h.cancel()
	h.lobby.loop.close()
	h.tasks.Wait()
	h.crew.close()
	if !inTime {
		return ctx.Err()
	}
	return nil
}

// abort ends what Close has waited for long enough.
func (h *Hub) abort() {
	h.cancel()
	_ = h.lobby.loop.call(func() {
		for s := range h.lobby.sessions {
			s.out.cut(ending{wire.CloseGoingAway, "server draining", "draining"})
		}
	})
}
