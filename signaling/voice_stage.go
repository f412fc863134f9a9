package signaling

import (
	"context"
	"slices"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// maxStage is how many people may be on a room's stage: with more of them than
// audio slots it means little.
const maxStage = 100

// handleVoiceStage puts exactly the given people on the stage of the room that
// this socket talks in.
func handleVoiceStage(_ context.Context, s *session, req *request) error {
	p, err := decode[wire.VoiceStage](req)
	if err != nil {
		return err
	}
	if len(p.UserIDs) > maxStage {
		return wire.Invalid("userIds", "at most 100")
	}
	return s.inTopology(func(m *member) error { return m.room.setStage(p.UserIDs) })
}

// setStage replaces who is on the stage, or changes nothing: all of them must
// be in the room's voice. Whoever has vanished from it is not in the list and
// keeps his place all the same, unless the stage is cleared.
func (r *room) setStage(userIDs []string) error {
	for _, id := range userIDs {
		if r.members[id] == nil {
			return wire.E(wire.CodeTargetNotInRoom, "userIds: "+id+" is not in this room's voice")
		}
	}
	if len(userIDs) == 0 {
		r.absent = nil
	}
	changed := false
	for id, m := range r.members {
		on := slices.Contains(userIDs, id)
		if on == m.onStage {
			continue
		}
		m.onStage, changed = on, true
		m.media.stage.Store(on)
		r.hub.tasks.Go(m.media.applyStage)
	}
	if changed {
		r.tellStage()
	}
	return nil
}

// tellStage tells all of the room's voice who is on the stage.
func (r *room) tellStage() {
	f := encode(wire.TypeVoiceStage, r.onStage())
	for _, m := range r.members {
		m.s.out.event(f)
	}
}

// onStage lists who is on the stage.
func (r *room) onStage() wire.VoiceOnStage {
	on := wire.VoiceOnStage{RoomSlug: r.slug, UserIDs: []string{}}
	for id, m := range r.members {
		if m.onStage {
			on.UserIDs = append(on.UserIDs, id)
		}
	}
	slices.Sort(on.UserIDs)
	return on
}
