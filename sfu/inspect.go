package sfu

import (
	"net/netip"
	"time"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// RoomStats is a snapshot of one room for operators. What counts up begins
// anew when the last peer has left.
type RoomStats struct {
	ID string
	// See Metrics for what is meant; Slots are all that there are.
	Peers, Connected, Listeners, Speakers, Slots, SlotsUsed int
	Joins, SlotChanges                                      uint64
	// HandshakesFailed is the sum of HandshakeFailures, which are by cause. A
	// session may have some.
	HandshakesFailed      uint64
	HandshakeFailures     map[string]uint64
	PacketsIn, PacketsOut uint64
	// InRate and OutRate are packets a second, over the latest whole second.
	InRate, OutRate float64
	Dropped         map[string]uint64
	// See Metrics for what is meant.
	RTT, Loss, UplinkLoss Histogram
}

// RoomState is a snapshot of one room with who is in it.
type RoomState struct {
	RoomStats
	At    time.Time
	Slots []SlotState
	Peers []PeerState
}

// SlotState is one audio slot: of a room, where Packets, Octets, MID and SSRC
// are empty, or of one listener.
type SlotState struct {
	Index int
	MID   string
	SSRC  uint32
	// CSRC and Label are whose voice the slot carries, CSRC 0: nobody's, or
	// that of somebody this listener is not sent.
	CSRC  uint32
	Label string
	Since time.Time // the speaker has been in it; zero without one
	// Seq and Timestamp are how far the slot's RTP stream has come.
	Seq             uint16
	Timestamp       uint32
	Packets, Octets uint32
	LastSent        time.Time // zero: never
	// Reported is when the listener last told of the slot while it was in use,
	// zero: not yet; Loss is the percentage he told.
	Reported time.Time
	Loss     float64

	who *speaker
}

// PeerState is one participant. Packets are those of the present
// PeerConnection.
type PeerState struct {
	CSRC   uint32
	Label  string
	Joined time.Time
	Path   PathState
	// Connected is since when there have been keys, zero without.
	Connected time.Time
	// Address is where the client's packets come from; not valid without a path.
	// TCP says that they come over TCP.
	Address netip.AddrPort
	TCP     bool
	// Replacing says that another PeerConnection is on its way.
	Replacing       bool
	Muted, Deafened bool
	Ignored         int // how many others are not sent to this one
	// Speaking is as others see it, Level the smoothed loudness in dBov, 0 to
	// -127, at LastVoice. LastVoice is zero without any voice since the join or
	// the latest mute.
	Speaking  bool
	Level     float64
	LastVoice time.Time
	// PathRTT is of connectivity checks (RFC 8445), RTT of receiver reports; 0:
	// not measured, or, of reports, not in the latest 15 seconds.
	PathRTT, RTT time.Duration
	// Loss is the percentage of the slot in use that the client told the worst
	// of; Reported says that it has told of one in the latest 10 seconds.
	Reported bool
	Loss     float64
	// PacketsIn and LostIn are of all the client's streams, Jitter of the
	// microphone (RFC 3550 section 6.4.1).
	PacketsIn, LostIn uint64
	Jitter            time.Duration
	PacketsOut        uint64
	Slots             []SlotState
	// Feedback is what the client told of the packets it was sent.
	Feedback FeedbackState
	// Downlink is what the client is sent now, nil while its path is not judged:
	// before the connection, while deafened, and with the ladder off.
	Downlink *Downlink

	session *transport.Session
	speaker *speaker
}

// FeedbackState is what a client's transport-wide feedback has told of the
// present PeerConnection, all zero where there is none.
type FeedbackState struct {
	Acked, Lost uint64 // packets that it told of; what came late is not lost
	// Loss is the percentage told of as lost, also of what came late, of the
	// latest 100 packets or so.
	Loss float64
	// Queue is the estimator's: by how much the latest packets took longer than the
	// fastest of the latest half to full minute, 0 while there is no feedback. It is
	// measured when Acked is not 0.
	Queue time.Duration
}

// Rooms are the rooms there are, in no order, those of tests left out.
func (s *SFU) Rooms() []RoomStats {
	now := s.tr.Now()
	s.mu.Lock()
	rooms := make([]*room, 0, len(s.rooms))
	for _, r := range s.rooms {
		if !r.test {
			rooms = append(rooms, r)
		}
	}
	s.mu.Unlock()
	out := make([]RoomStats, 0, len(rooms))
	for _, r := range rooms {
		r.mu.Lock()
		m, g, rate := r.counted(), r.gauges(now), r.meter
		r.mu.Unlock()
		if g.peers > 0 { // else it went away just now
			out = append(out, statsOf(r.id, m, g, rate))
		}
	}
	return out
}

func statsOf(id string, m metrics, g gauges, rate meter) RoomStats {
	failures, failed := m.failures()
	return RoomStats{
		ID: id, Peers: g.peers, Connected: g.connected, Listeners: g.listeners, Speakers: g.speakers, Slots: g.slots, SlotsUsed: g.slotsUsed,
		Joins: uint64(m.joins), SlotChanges: uint64(m.slotChanges), HandshakesFailed: failed, HandshakeFailures: failures,
		PacketsIn: uint64(m.packetsIn), PacketsOut: uint64(m.packetsOut), InRate: rate.inRate, OutRate: rate.outRate,
		Dropped: m.causes(), RTT: m.rtt.snapshot(rttBounds), Loss: m.loss.snapshot(lossBounds), UplinkLoss: m.uplink.snapshot(lossBounds),
	}
}

// Inspect looks at one room; false: there is no such room. It holds the room
// up for as long as the copying takes: some 300 ns a peer with four slots.
func (s *SFU) Inspect(id string) (RoomState, bool) {
	s.mu.Lock()
	r := s.rooms[id]
	s.mu.Unlock()
	if r == nil {
		return RoomState{}, false
	}
	r.mu.Lock()
	n := len(r.peers)
	r.mu.Unlock()
	// Room for a few who come in between; more of them only cost an allocation
	// under the lock.
	n += n/8 + 8
	w := watcher{wall: s.tr.Wall, peers: make([]PeerState, 0, n), slots: make([]SlotState, 0, (n+1)*s.cfg.AudioSlots)}
	w.now = s.tr.Now()
	r.mu.Lock()
	m, g, rate := r.counted(), r.gauges(w.now), r.meter
	own := w.room(r)
	for _, p := range r.peers {
		w.peer(r, p)
	}
	r.mu.Unlock()
	if g.peers == 0 {
		return RoomState{}, false
	}
	w.resolve(own)
	return RoomState{RoomStats: statsOf(r.id, m, g, rate), At: w.wall(w.now), Slots: own, Peers: w.peers}, true
}

// watcher copies a room: room and peer under its mutex, resolve without it.
type watcher struct {
	now   int64
	wall  func(int64) time.Time
	peers []PeerState
	slots []SlotState
}

// at is a reading of the transport's clock as a time, zero for 0.
func (w *watcher) at(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return w.wall(us)
}

func (w *watcher) room(r *room) []SlotState {
	from := len(w.slots)
	for i := range r.slots {
		x := SlotState{Index: i}
		x.Seq, x.Timestamp = r.slots[i].Position()
		w.occupy(&x, &r.selector, i)
		w.slots = append(w.slots, x)
	}
	return w.slots[from:len(w.slots):len(w.slots)]
}

// occupy notes who is in slot i of a selector.
func (w *watcher) occupy(x *SlotState, by *selector, i int) {
	if i < len(by.slots) && by.slots[i].who != nil {
		x.who, x.Since = by.slots[i].who, w.at(by.slots[i].since)
	}
}

func (w *watcher) peer(r *room, p *Peer) {
	x := PeerState{
		CSRC: p.csrc, Label: p.label, Joined: w.at(p.joined), Path: p.active.state(), Replacing: p.pending != nil,
		Muted: p.muted, Deafened: p.deafened, Ignored: len(p.ignored), Speaking: p.speaker.speaking(w.now), speaker: &p.speaker,
	}
	if p.speaker.heard {
		x.Level, x.LastVoice = -float64(p.speaker.loud), w.at(p.speaker.lastVoice)
	}
	if l := p.active; l != nil {
		w.link(r, l, &x)
	}
	w.peers = append(w.peers, x)
}

func (w *watcher) link(r *room, l *link, x *PeerState) {
	x.session, x.Connected = l.session, w.at(l.watch.connectedAt)
	x.RTT, x.Feedback = time.Duration(l.reportedRTT(w.now))*time.Microsecond, l.down.seen()
	_, x.Feedback.Queue = l.queue(w.now)
	if l.judge.begun && !l.peer.deafened {
		d := l.peer.quality(l).Downlink
		x.Downlink = &d
	}
	for _, in := range l.in {
		if !in.started {
			continue
		}
		_, lost := in.lost()
		x.PacketsIn += uint64(in.received)
		x.LostIn += uint64(lost)
		if in.track != nil && in.track.relayed {
			x.Jitter = time.Duration(in.jitter / 48 * float64(time.Millisecond))
		}
	}
	from := len(w.slots)
	for i, s := range l.slots {
		o := SlotState{Index: i, MID: s.mid, SSRC: s.ssrc, Packets: s.sent, Octets: s.octets, LastSent: w.at(s.lastSent)}
		if o.Reported, o.Loss = w.at(s.told.at), percent(s.told.lost); s.told.at != 0 && w.now-s.told.at < activeUs {
			x.Reported, x.Loss = true, max(x.Loss, o.Loss)
		}
		if l.narrow != nil && s.own != nil {
			o.Seq, o.Timestamp = s.own.Position()
			w.occupy(&o, l.narrow, i)
		} else {
			_, ts := r.slots[i].Position()
			o.Seq, o.Timestamp = s.offset.Position(), s.offset.Time(ts)
			w.occupy(&o, &r.selector, i)
		}
		if o.who == &l.peer.speaker || o.who != nil && len(l.peer.ignored) > 0 && l.ignores(csrcOf(o.who)) {
			o.who, o.Since = nil, time.Time{}
		}
		x.PacketsOut += uint64(s.sent)
		w.slots = append(w.slots, o)
	}
	x.Slots = w.slots[from:len(w.slots):len(w.slots)]
}

// resolve names who is in the slots, and asks the sessions what they have a
// lock of their own for.
func (w *watcher) resolve(own []SlotState) {
	by := make(map[*speaker]*PeerState, len(w.peers))
	for i := range w.peers {
		by[w.peers[i].speaker] = &w.peers[i]
	}
	name := func(slots []SlotState) {
		for i := range slots {
			if p := by[slots[i].who]; p != nil {
				slots[i].CSRC, slots[i].Label = p.CSRC, p.Label
			}
			slots[i].who = nil
		}
	}
	name(own)
	for i := range w.peers {
		p := &w.peers[i]
		name(p.Slots)
		if p.session != nil {
			p.TCP = p.session.TCP()
			p.Address, p.PathRTT = p.session.RemoteAddr(), time.Duration(p.session.RTT())*time.Microsecond
		}
		p.session, p.speaker = nil, nil
	}
}
