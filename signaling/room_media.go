package signaling

import (
	"slices"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// mediaNews handles what the SFU has said.
func (r *room) mediaNews(news map[*member]*mediaNews) {
	for m, n := range news {
		if m.gone.Load() {
			continue
		}
		if n.state != nil {
			r.mediaState(m, *n.state)
		}
		if n.slots != nil {
			m.s.out.event(encode(wire.TypeVoiceSlots, wire.VoiceSlots{Slots: r.slots(n.slots)}))
		}
		if n.speaking != nil && m.heard != *n.speaking {
			m.heard = *n.speaking
			r.speaking.dirty = true
		}
		if n.quality != nil {
			r.judgeSound(m, n.quality)
			m.s.out.event(encode(wire.TypeVoiceQuality, *n.quality))
		}
		if n.first && !m.firstMedia {
			m.firstMedia, m.connected = true, true
			r.hub.deps.Observer.CallSetup(true, time.Since(m.since))
		}
	}
}

func (r *room) mediaState(m *member, st MediaState) {
	up := st == MediaConnected
	m.up, m.wasUp = up, m.wasUp || up
	if up {
		m.connected = true
	} else {
		r.suspect(m, time.Now())
		candidate, transport := m.lastPath()
		r.hub.deps.Observer.ICEFailure(wire.TopologySFU, candidate, transport)
	}
	r.tell(r.topology.connected(m.s.user.ID, up, time.Now()))
}

// judgeSound counts when sound begins to go one way only between a member and
// the SFU: nothing comes of a microphone that is on, or the client tells of
// nothing that it is sent. While pairs carry the voice that is as it should be.
func (r *room) judgeSound(m *member, q *wire.VoiceQuality) {
	direct := r.topology.current() == wire.TopologyP2P
	unheard := !direct && !m.muted && q.Uplink.LossPct >= 100
	lost := !direct && !m.deafened && m.up && q.Downlink.State == wire.DownlinkLost
	if unheard && !m.unheard {
		r.hub.gauge.oneWayUp.Add(1)
	}
	if lost && !m.lost {
		r.hub.gauge.oneWayDown.Add(1)
	}
	m.unheard, m.lost = unheard, lost
}

// slots names the speakers in a listener's slots.
func (r *room) slots(slots []MediaSlot) []wire.Slot {
	out := make([]wire.Slot, 0, len(slots))
	for _, sl := range slots {
		w := wire.Slot{Slot: sl.Slot, MID: sl.MID}
		if p := r.byCSRC(sl.CSRC); p != nil {
			w.UserID = &p.s.user.ID
		}
		out = append(out, w)
	}
	return out
}

// tellSpeaking sends who speaks, if that has changed: on the SFU whom it
// hears, and in P2P, where it hears nobody, who says so. It reports whether it had changed.
func (r *room) tellSpeaking() bool {
	p2p := r.topology.current() == wire.TopologyP2P
	now := make([]string, 0, len(r.spoken)+1)
	for id, m := range r.members {
		if !m.muted && ((p2p && m.says) || (!p2p && m.heard)) {
			now = append(now, id)
		}
	}
	slices.Sort(now)
	if slices.Equal(now, r.spoken) {
		return false
	}
	r.spoken = now
	f := encode(wire.TypeVoiceSpeaking, wire.VoiceSpeaking{RoomSlug: r.slug, UserIDs: now})
	for _, s := range r.listeners() {
		s.out.event(f)
	}
	return true
}

// tell sends the steps of the topology to the members.
func (r *room) tell(steps []topologyStep) {
	for _, st := range steps {
		f := encode(wire.TypeVoiceTopology, wire.VoiceTopology{
			RoomSlug: r.slug, Topology: st.topology, Epoch: st.epoch, Phase: st.phase, Reason: st.reason,
		})
		for _, m := range r.members {
			m.s.out.event(f)
		}
		if st.phase == wire.PhaseCommit {
			r.presence.dirty, r.speaking.dirty = true, true
			r.direct.Store(st.topology == wire.TopologyP2P)
			if st.topology == wire.TopologyP2P {
				r.hub.gauge.p2p.Add(1)
			} else {
				r.hub.gauge.p2p.Add(-1)
			}
		}
		r.hub.deps.Observer.Topology(st.topology, st.phase, st.reason)
	}
}
