package main

import (
	"context"
	"errors"

	"github.com/boltorezka/boltorezka/sfu"
	"github.com/boltorezka/boltorezka/signaling"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// media is the SFU as signaling's Media.
type media struct{ sfu *sfu.SFU }

func newMedia(s *sfu.SFU) signaling.Media { return media{s} }

func (m media) AudioSlots() int { return m.sfu.AudioSlots() }

func (m media) Join(j signaling.MediaJoin) (signaling.MediaSession, error) {
	ev := j.Events
	events := sfu.Events{Speaking: ev.Speaking, FirstMedia: ev.FirstMedia}
	if ev.State != nil {
		events.Connected = func(ok bool) {
			if ok {
				ev.State(signaling.MediaConnected)
				return
			}
			ev.State(signaling.MediaDisconnected)
		}
	}
	if ev.Slots != nil {
		events.Slots = func(slots []sfu.Slot) {
			ev.Slots(each(slots, func(s sfu.Slot) signaling.MediaSlot {
				return signaling.MediaSlot{Slot: s.Index, MID: s.MID, CSRC: s.CSRC}
			}))
		}
	}
	if ev.Quality != nil {
		events.Quality = func(q sfu.Quality) { ev.Quality(qualityOf(q)) }
	}
	p, err := m.sfu.Join(sfu.Join{Room: j.RoomID, CSRC: j.CSRC, Label: j.UserID, Muted: j.Muted, Deafened: j.Deafened, Priority: j.Priority, Test: j.Test, Events: events})
	if err != nil {
		return nil, fullness(err)
	}
	return mediaSession{p}, nil
}

// mediaSession is one peer of the SFU as signaling's MediaSession.
type mediaSession struct{ *sfu.Peer }

func (s mediaSession) Offer(_ context.Context, sdp string, tracks []wire.Track) (string, error) {
	answer, err := s.Peer.Offer(sdp, each(tracks, func(t wire.Track) sfu.Track {
		return sfu.Track{MID: t.MID, Mic: t.Source == wire.SourceMic, Low: t.Layer == wire.LayerLow}
	}))
	return answer, negotiation(err)
}

func (s mediaSession) Candidate(c *wire.ICECandidate) error {
	if c == nil {
		return negotiation(s.Peer.Candidate(""))
	}
	return negotiation(s.Peer.Candidate(c.Candidate))
}

func (s mediaSession) Report(v wire.VoiceStats) {
	r := sfu.Report{HasConcealed: v.ConcealedPct != nil}
	if r.HasConcealed {
		r.Concealed = *v.ConcealedPct / 100
	}
	s.Peer.Report(r)
}

// qualityOf is the SFU's word in the contract's terms.
func qualityOf(q sfu.Quality) wire.VoiceQuality {
	d, u := q.Downlink, q.Uplink
	layers := []wire.Layer{} // an empty list is a word too
	if u.High {
		layers = append(layers, wire.LayerHigh)
	}
	if u.Low {
		layers = append(layers, wire.LayerLow)
	}
	return wire.VoiceQuality{
		Downlink: wire.DownlinkQuality{
			State: wire.DownlinkState(d.State), Layer: wire.DownlinkLayer(d.Layer), Redundancy: d.Redundancy, FrameMs: d.FrameMs,
			Slots: d.Slots, LossPct: d.Loss, EstimateBps: d.Estimate, Reason: d.Reason,
		},
		Uplink: wire.UplinkQuality{MaxBitrate: u.MaxBitrate, LowMaxBitrate: u.LowMaxBitrate, Layers: layers, Redundancy: u.Redundancy, FrameMs: u.FrameMs, LossPct: u.Loss},
	}
}

// fullness codes the refusal of a server that takes no more; the room of a
// server that is full is full.
func fullness(err error) error {
	var full *sfu.LimitError
	if errors.As(err, &full) {
		return wire.E(wire.CodeRoomFull, full.Error()+"; try again later")
	}
	return err
}

func negotiation(err error) error {
	var bad *sfu.NegotiationError
	if errors.As(err, &bad) {
		return wire.E(wire.CodeNegotiationFailed, bad.Error())
	}
	return err
}
