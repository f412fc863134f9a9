package signaling

import (
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// admit makes m a member, or says why not and changes nothing. moved is the
// user's voice session in another room, which the caller ends.
func (r *room) admit(m *member, req *request) (moved *member, err error) {
	user := m.s.user
	before := r.members[user.ID]
	if before == nil && len(r.members) >= r.capacity() {
		return nil, wire.E(wire.CodeRoomFull, "this room's voice is full; try again when somebody has left")
	}
	for m.csrc == 0 || r.byCSRC(m.csrc) != nil {
		m.csrc = r.hub.deps.Uint32()
	}
	back := before == nil && r.absent.has(user.ID, time.Now())
	m.onStage = back || before != nil && before.onStage
	m.media.stage.Store(m.onStage)
	m.media.session, err = r.hub.deps.Media.Join(MediaJoin{
		RoomID: r.id, UserID: user.ID, CSRC: m.csrc, Muted: m.muted, Deafened: m.deafened, Priority: m.onStage,
		Events: r.inbox.events(m),
	})
	if err != nil {
		return nil, err
	}
	if before != nil {
		before.onStage = false // it is m now who stands there
		r.dropVoice(before, wire.LeaveMoved)
		before.tellMoved(m.s)
	}
	// Those who are there play from the SFU before the newcomer is one of them.
	steps := r.topology.join(user.ID, m.p2p, time.Now())
	r.tell(steps)
	m.epoch = r.topology.number()
	r.members[user.ID] = m
	r.ears = nil
	r.presence.dirty = true
	m.s.acc.present(r, true)
	r.call(user.ID).mic = &wire.MicState{Muted: m.muted, AudioMuted: m.deafened}
	moved = m.s.acc.takeVoice(m)
	r.hub.gauge.voice.Add(1)

	m.s.ack(req, wire.Ack{RoomID: r.id, RoomSlug: r.slug})
	m.s.out.event(encode(wire.TypeVoiceJoined, r.voiceJoined(m)))
	if back {
		delete(r.absent, user.ID)
		r.tellStage()
	} else if on := r.onStage(); len(on.UserIDs) > 0 {
		m.s.out.event(encode(wire.TypeVoiceStage, on))
	}
	f := encode(wire.TypeVoiceParticipantJoined, wire.VoiceParticipantJoined{RoomSlug: r.slug, Participant: m.participant()})
	r.announce(f, m.of)
	r.refreshIgnores(user.ID)
	return moved, nil
}

// voiceJoined is the newcomer's view. Participants are all of the room's
// voice, himself included.
func (r *room) voiceJoined(m *member) wire.VoiceJoined {
	j := wire.VoiceJoined{
		RoomID: r.id, RoomSlug: r.slug, Topology: wire.TopologySFU, Epoch: m.epoch,
		ICEServers: m.ice, ICETransportPolicy: wire.ICEAll, CSRC: m.csrc,
		SFU:          wire.SFUInfo{AudioSlots: r.hub.deps.Media.AudioSlots()},
		Participants: make([]wire.Participant, 0, len(r.members)),
	}
	if m.hidden {
		j.ICETransportPolicy = wire.ICERelay
	}
	if j.ICEServers == nil {
		j.ICEServers = []wire.ICEServer{}
	}
	for _, p := range r.members {
		j.Participants = append(j.Participants, p.participant())
	}
	return j
}

// dropVoice ends a membership and tells the others; false: it had ended.
func (r *room) dropVoice(m *member, reason wire.LeaveReason) bool {
	id := m.s.user.ID
	if r.members[id] != m {
		return false
	}
	delete(r.members, id)
	m.gone.Store(true)
	m.s.acc.dropVoice(m)
	r.ears = nil
	r.presence.dirty = true
	r.speaking.dirty = true
	if c := r.calls[id]; c != nil {
		c.mic = nil
		if c.video == nil {
			delete(r.calls, id)
		}
	}
	r.gone(id, m.s.acc)
	r.hub.gauge.voice.Add(-1)
	if !m.connected {
		r.hub.deps.Observer.CallSetup(false, time.Since(m.since))
	}
	f := encode(wire.TypeVoiceParticipantLeft, wire.VoiceParticipantLeft{RoomSlug: r.slug, UserID: id, Reason: reason})
	r.announce(f, m.of)
	if m.onStage && !r.closing {
		if reason == wire.LeaveDisconnected {
			r.absent.add(id, time.Now().Add(max(ghostAway, r.hub.cfg.Realtime.resumeWindow())))
		}
		r.tellStage()
	}
	r.tell(r.topology.leave(id, time.Now()))
	r.hub.tasks.Go(m.end)
	return true
}

// of says whether s is the socket that m is in voice from.
func (m *member) of(s *session) bool { return s == m.s }

// tellMoved tells the socket of a voice session that has moved to another
// socket. The socket that moved itself has the new voice.joined.
func (m *member) tellMoved(to *session) {
	if m.s != to {
		m.s.out.event(encode(wire.TypeVoiceLeft, wire.VoiceLeft{RoomSlug: m.room.slug, Reason: wire.LeaveMoved}))
	}
}

// capacity is how many may talk in the room.
func (r *room) capacity() int {
	most := r.hub.cfg.Rooms.MaxParticipants
	if own := r.info.MaxParticipants; own > 0 && own < most {
		return own
	}
	return most
}

func (r *room) byCSRC(csrc uint32) *member {
	for _, m := range r.members {
		if m.csrc == csrc {
			return m
		}
	}
	return nil
}

// setIgnore replaces whom m does not want to hear.
func (r *room) setIgnore(m *member, userIDs []string) {
	m.ignore = make(map[string]struct{}, len(userIDs))
	for _, id := range userIDs {
		m.ignore[id] = struct{}{}
	}
	r.listIgnored(m)
}

// listIgnored turns users into the CSRCs that they have now.
func (r *room) listIgnored(m *member) {
	list := make([]uint32, 0, len(m.ignore))
	for id := range m.ignore {
		if p := r.members[id]; p != nil {
			list = append(list, p.csrc)
		}
	}
	m.media.ignore.Store(&list)
}

// refreshIgnores brings a newcomer to the lists that name him.
func (r *room) refreshIgnores(userID string) {
	for _, m := range r.members {
		if _, named := m.ignore[userID]; named {
			r.listIgnored(m)
			r.hub.tasks.Go(func() { m.media.applyIgnore() })
		}
	}
}
