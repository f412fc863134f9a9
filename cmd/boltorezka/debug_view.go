package main

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/boltorezka/boltorezka/sfu"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// roomView is a room as the pages and their JSON show it. Nothing measured is
// null.
type roomView struct {
	ID               string            `json:"id"`
	Slug             string            `json:"slug,omitempty"`
	Topology         string            `json:"topology,omitempty"`
	Peers            int               `json:"peers"`
	Connected        int               `json:"connected"`
	Listeners        int               `json:"listeners"`
	Speakers         int               `json:"speakers"`
	Slots            int               `json:"slots"`
	SlotsUsed        int               `json:"slotsUsed"`
	SlotChanges      uint64            `json:"slotChanges"`
	Joins            uint64            `json:"joins"`
	HandshakesFailed uint64            `json:"handshakesFailed"`
	Failures         map[string]uint64 `json:"handshakeFailures"` // the same by cause
	PacketsIn        uint64            `json:"packetsIn"`
	PacketsOut       uint64            `json:"packetsOut"`
	InRate           float64           `json:"packetsInPerSec"`
	OutRate          float64           `json:"packetsOutPerSec"`
	Dropped          map[string]uint64 `json:"dropped"`
	MeanRTTMs        *float64          `json:"meanRttMs"`
	MeanLossPct      *float64          `json:"meanLossPct"`
	MeanUplinkPct    *float64          `json:"meanUplinkLossPct"`
}

// Name is what to call the room.
func (r roomView) Name() string { return cmp.Or(r.Slug, r.ID) }

// Path is the room's page. The id is one segment, whatever is in it.
func (r roomView) Path() string { return "/debug/rooms/" + url.PathEscape(r.ID) }

// Drops are the causes that dropped anything, the greatest first.
func (r roomView) Drops() []causeView { return causes(r.Dropped) }

// Failed are the causes of failed handshakes, the greatest first.
func (r roomView) Failed() []causeView { return causes(r.Failures) }

type causeView struct {
	Cause string
	Times uint64
}

// causes are those that there was anything of, the greatest first.
func causes(by map[string]uint64) []causeView {
	var out []causeView
	for cause, n := range by {
		if n > 0 {
			out = append(out, causeView{cause, n})
		}
	}
	slices.SortFunc(out, func(a, b causeView) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(a.Cause, b.Cause))
	})
	return out
}

// slotView is one audio slot, of the room or of one listener.
type slotView struct {
	Index     int      `json:"slot"`
	MID       string   `json:"mid,omitempty"`
	SSRC      uint32   `json:"ssrc,omitempty"`
	CSRC      uint32   `json:"csrc"` // 0: nobody's
	UserID    string   `json:"userId,omitempty"`
	User      string   `json:"user,omitempty"`
	ForSec    *float64 `json:"forSec"`
	Seq       uint16   `json:"seq"`
	Timestamp uint32   `json:"timestamp"`
	Packets   uint32   `json:"packets"`
	Octets    uint32   `json:"octets"`
	SentSec   *float64 `json:"lastSentSecAgo"`
	LossPct   *float64 `json:"lossPct"`
}

// Name is what to call who is in the slot.
func (s slotView) Name() string { return cmp.Or(s.User, s.UserID) }

// peerView is one participant.
type peerView struct {
	CSRC         uint32     `json:"csrc"`
	UserID       string     `json:"userId"`
	User         string     `json:"user,omitempty"`
	JoinedSec    *float64   `json:"joinedSecAgo"`
	State        string     `json:"state"`
	ConnectedSec *float64   `json:"connectedForSec"`
	Family       string     `json:"family,omitempty"`
	Transport    string     `json:"transport,omitempty"` // UDP or TCP
	Address      string     `json:"address,omitempty"`   // only when asked for
	Replacing    bool       `json:"replacing"`
	Muted        bool       `json:"muted"`
	Deafened     bool       `json:"deafened"`
	Ignored      int        `json:"ignored"`
	Speaking     bool       `json:"speaking"`
	LevelDBov    *float64   `json:"levelDbov"`
	VoiceSec     *float64   `json:"lastVoiceSecAgo"`
	RTTMs        *float64   `json:"rttMs"`
	PathRTTMs    *float64   `json:"pathRttMs"`
	LossPct      *float64   `json:"lossPct"`
	FeedbackPct  *float64   `json:"feedbackLossPct"`
	QueueMs      *float64   `json:"queueMs"`
	JitterMs     *float64   `json:"jitterMs"`
	PacketsIn    uint64     `json:"packetsIn"`
	LostIn       uint64     `json:"lostIn"`
	PacketsOut   uint64     `json:"packetsOut"`
	Slots        []slotView `json:"slots"`

	Downlink *downlinkView `json:"downlink"` // null while it is not judged
}

// downlinkView is what one participant is sent, and why.
type downlinkView struct {
	State       string  `json:"state"`
	Layer       string  `json:"layer"`
	Redundancy  int     `json:"redundancy"` // earlier frames in each packet
	FrameMs     int     `json:"frameMs"`
	Slots       int     `json:"slots"`
	LossPct     float64 `json:"lossPct"`
	EstimateBps int     `json:"estimateBps"` // 0: not known
	Reason      string  `json:"reason,omitempty"`
}

// Name is what to call the participant.
func (p peerView) Name() string { return cmp.Or(p.User, p.UserID, "somebody") }

// quietest is where the level's bar begins, in dBov.
const quietest = -80

// Bar is the level as a part of 100, 0 while nothing is heard.
func (p peerView) Bar() int {
	if p.LevelDBov == nil || p.VoiceSec == nil || *p.VoiceSec > 1 {
		return 0
	}
	return int(100 * max(0, (*p.LevelDBov-quietest)/-quietest))
}

// roomState is a room with who is in it.
type roomState struct {
	Room      roomView   `json:"room"`
	At        time.Time  `json:"at"`
	Addresses bool       `json:"addresses"` // they are shown
	Slots     []slotView `json:"slots"`
	Peers     []peerView `json:"peers"`
}

func viewRoom(s sfu.RoomStats, p wire.RoomPresence) roomView {
	v := roomView{
		ID: s.ID, Slug: p.RoomSlug, Topology: string(p.MediaTopology), Peers: s.Peers, Connected: s.Connected, Listeners: s.Listeners, Speakers: s.Speakers,
		Slots: s.Slots, SlotsUsed: s.SlotsUsed, SlotChanges: s.SlotChanges, Joins: s.Joins, HandshakesFailed: s.HandshakesFailed, Failures: s.HandshakeFailures,
		PacketsIn: s.PacketsIn, PacketsOut: s.PacketsOut, InRate: s.InRate, OutRate: s.OutRate, Dropped: s.Dropped,
	}
	if s.RTT.Count > 0 {
		v.MeanRTTMs = new(s.RTT.Mean() * 1000)
	}
	if s.Loss.Count > 0 {
		v.MeanLossPct = new(s.Loss.Mean())
	}
	if s.UplinkLoss.Count > 0 {
		v.MeanUplinkPct = new(s.UplinkLoss.Mean())
	}
	return v
}

func viewState(s sfu.RoomState, p wire.RoomPresence, addresses bool) roomState {
	names := make(map[string]string, len(p.Users))
	for _, u := range p.Users {
		names[u.UserID] = u.UserName
	}
	ago := func(t time.Time) *float64 {
		if t.IsZero() {
			return nil
		}
		return new(max(0, s.At.Sub(t).Seconds()))
	}
	slots := func(in []sfu.SlotState) []slotView {
		return each(in, func(x sfu.SlotState) slotView {
			v := slotView{
				Index: x.Index, MID: x.MID, SSRC: x.SSRC, CSRC: x.CSRC, UserID: x.Label, User: names[x.Label], ForSec: ago(x.Since),
				Seq: x.Seq, Timestamp: x.Timestamp, Packets: x.Packets, Octets: x.Octets, SentSec: ago(x.LastSent),
			}
			if !x.Reported.IsZero() {
				v.LossPct = &x.Loss
			}
			return v
		})
	}
	ms := func(d time.Duration, measured bool) *float64 {
		if !measured {
			return nil
		}
		return new(d.Seconds() * 1000)
	}
	v := roomState{Room: viewRoom(s.RoomStats, p), At: s.At.UTC(), Addresses: addresses, Slots: slots(s.Slots)}
	v.Peers = each(s.Peers, func(x sfu.PeerState) peerView {
		p := peerView{
			CSRC: x.CSRC, UserID: x.Label, User: names[x.Label], JoinedSec: ago(x.Joined), State: string(x.Path), ConnectedSec: ago(x.Connected),
			Replacing: x.Replacing, Muted: x.Muted, Deafened: x.Deafened, Ignored: x.Ignored, Speaking: x.Speaking, VoiceSec: ago(x.LastVoice),
			RTTMs: ms(x.RTT, x.RTT > 0), PathRTTMs: ms(x.PathRTT, x.PathRTT > 0), JitterMs: ms(x.Jitter, x.PacketsIn > 0), QueueMs: ms(x.Feedback.Queue, x.Feedback.Acked > 0),
			PacketsIn: x.PacketsIn, LostIn: x.LostIn, PacketsOut: x.PacketsOut, Slots: slots(x.Slots),
		}
		if !x.LastVoice.IsZero() {
			p.LevelDBov = &x.Level
		}
		if x.Reported {
			p.LossPct = &x.Loss
		}
		if x.Feedback.Acked+x.Feedback.Lost > 0 {
			p.FeedbackPct = &x.Feedback.Loss
		}
		if d := x.Downlink; d != nil {
			p.Downlink = &downlinkView{d.State, d.Layer, d.Redundancy, d.FrameMs, d.Slots, d.Loss, d.Estimate, d.Reason}
		}
		if a := x.Address.Addr().Unmap(); a.IsValid() {
			p.Family, p.Transport = "IPv6", "UDP"
			if x.TCP {
				p.Transport = "TCP"
			}
			if a.Is4() {
				p.Family = "IPv4"
			}
			if addresses {
				p.Address = x.Address.String()
			}
		}
		return p
	})
	return v
}

// viewRooms lists rooms, the fullest first.
func viewRooms(rooms []sfu.RoomStats, present map[string]wire.RoomPresence) []roomView {
	out := each(rooms, func(r sfu.RoomStats) roomView { return viewRoom(r, present[r.ID]) })
	slices.SortFunc(out, func(a, b roomView) int {
		return cmp.Or(cmp.Compare(b.Peers, a.Peers), strings.Compare(a.Name(), b.Name()), strings.Compare(a.ID, b.ID))
	})
	return out
}
