package client

import (
	"errors"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/pion/webrtc/v4"
)

// voiceLoop is what a voice session's loop alone reads and writes.
type voiceLoop struct {
	muted, deafened bool
	epoch           uint32
	servers         []webrtc.ICEServer
	policy          webrtc.ICETransportPolicy
	sessions        int // PeerConnections made
	repair          *repair
	watchdog        *watchdog
}

// run is the session's loop: signals, the path's changes and commands arrive
// here one at a time.
func (v *Voice) run() {
	v.loop.repair = newRepair(v, v.conn.client.pace)
	v.loop.watchdog = newWatchdog()
	for {
		select {
		case f := <-v.inbox:
			f()
		case <-v.loop.repair.timer.C:
			v.loop.repair.expire()
		case <-v.loop.watchdog.timer.C:
			v.look()
		case <-v.loop.watchdog.doubt.C:
			v.lookSent()
		case <-v.ctx.Done():
			v.loop.repair.stop()
			v.loop.watchdog.stop()
			if p := v.current.Swap(nil); p != nil {
				p.close()
			}
			v.setState(MediaClosed)
			v.conn.mu.Lock()
			if v.conn.voice == v {
				v.conn.voice = nil
			}
			v.conn.mu.Unlock()
			close(v.done)
			return
		}
	}
}

func (v *Voice) setState(s MediaState) {
	if v.media.Swap(s) == s {
		return
	}
	if s == MediaConnected {
		v.onlined.Do(func() { close(v.online) })
	}
	if v.opts.OnState != nil {
		v.opts.OnState(s)
	}
}

// hear takes one event of the server's, on the connection's reader.
func (v *Voice) hear(e Event) {
	switch p := e.Payload.(type) {
	case *wire.VoiceJoined:
		if p.RoomSlug == v.slug {
			v.up.reset(time.Now())
			v.post(func() { v.enter(p) })
		}
	case *wire.VoiceLeft:
		switch {
		case p.RoomSlug != v.slug || p.Reason == wire.LeaveLeft:
		case p.Reason == wire.LeaveDisconnected: // we could not be reached for a while
			v.post(v.rejoin)
		default:
			v.finish(&LeftError{Reason: p.Reason})
		}
	case *wire.VoiceParticipantJoined:
		if p.RoomSlug == v.slug {
			v.post(func() { v.roster.Store(v.roster.Load().with(p.Participant)) })
		}
	case *wire.VoiceParticipantLeft:
		if p.RoomSlug == v.slug {
			v.post(func() { v.roster.Store(v.roster.Load().without(p.UserID)) })
		}
	case *wire.RelayedMicState:
		if p.RoomSlug == v.slug {
			v.post(func() { v.roster.Store(v.roster.Load().mic(p.FromUserID, p.MicState)) })
		}
	case *wire.VoiceQuality:
		v.up.obey(p.Uplink, time.Now())
		v.post(func() { v.heed(p) })
	case *wire.VoiceSpeaking:
		if p.RoomSlug == v.slug {
			v.post(func() { v.loop.watchdog.speaking = p.UserIDs; v.watch() })
		}
	case *wire.VoiceSlots:
		v.post(func() { v.loop.watchdog.slots = talkers(p); v.watch() })
	case *wire.SFUAnswer:
		v.post(func() { v.takeAnswer(p) })
	case *wire.SFUICE:
		v.post(func() { v.takeCandidate(p) })
	}
}

// enter begins, or begins again, as the server's voice.joined says.
func (v *Voice) enter(j *wire.VoiceJoined) {
	v.loop.epoch = j.Epoch
	v.loop.servers = iceServers(j.ICEServers)
	v.loop.policy = webrtc.ICETransportPolicyAll
	// A server that does not know of RelayOnly says "all".
	if v.opts.RelayOnly || j.ICETransportPolicy == wire.ICERelay {
		v.loop.policy = webrtc.ICETransportPolicyRelay
	}
	v.roster.Store(newRoster(j.CSRC, j.Participants))
	select {
	case <-v.joined:
	default:
		n := j.SFU.AudioSlots
		if v.opts.Slots > 0 && v.opts.Slots < n {
			n = v.opts.Slots
		}
		for range n {
			v.in = append(v.in, &slotMeter{})
		}
		close(v.joined)
	}
	// What was said of another voice session is not of this one.
	v.loop.watchdog.slots, v.loop.watchdog.paused = nil, false
	v.loop.repair.began()
	v.rebuild()
}

// socketUp is told that the WebSocket is there again. In a new session voice
// is joined again; in a resumed one only a path that is not there is mended.
func (v *Voice) socketUp(resumed bool) {
	v.post(func() {
		select {
		case <-v.joined:
		default:
			return // JoinVoice's own request is still the one that counts
		}
		if resumed {
			v.loop.repair.again()
			return
		}
		v.rejoin()
	})
}

// rejoin asks for voice again; voice.joined then begins anew.
func (v *Voice) rejoin() {
	j := wire.VoiceJoin{RoomSlug: v.slug, Muted: v.loop.muted, Deafened: v.loop.deafened, RelayOnly: v.opts.RelayOnly}
	v.request(wire.TypeVoiceJoin, j, func(err error) {
		var coded *wire.Error
		switch {
		case !errors.As(err, &coded): // let in, or the socket is gone
		case later(err):
			v.loop.repair.postponed()
		default:
			v.finish(coded)
		}
	})
}

// request sends a request without waiting; done is called in the loop. When
// there is no socket, or it goes away, done gets ErrLost and socketUp comes
// later.
func (v *Voice) request(typ string, payload any, done func(error)) {
	err := v.conn.startNow(typ, payload, func(_ wire.Ack, err error) {
		v.post(func() { done(err) })
	})
	if err != nil {
		done(err)
	}
}

// talkers are who is in our slots.
func talkers(s *wire.VoiceSlots) (ids []string) {
	for _, x := range s.Slots {
		if x.UserID != nil {
			ids = append(ids, *x.UserID)
		}
	}
	return ids
}
