package sfu

import (
	"strconv"
	"strings"
	"sync"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// Peer is one participant's voice session. It outlives the PeerConnections it
// is carried by: an offer with another DTLS fingerprint begins a new one, and
// the old one serves until that is connected.
type Peer struct {
	sfu    *SFU
	room   *room
	csrc   uint32
	label  string
	joined int64 // the transport's microseconds
	events Events

	negotiating sync.Mutex // one offer at a time

	// Guarded by room.mu.
	active, pending *link
	muted, deafened bool
	ignored         map[uint32]struct{}
	speaker         speaker
	layers          *layers // nil: his client has one layer
	uplink          uplink
	unmutedAt       int64
	closed          bool
	news            news
	wasSpeaking     bool
	toldSlots       uint64 // selector version that was told
	toldSlotsAt     int64
	firstMedia      bool
	lastSlots       []Slot
	toldQuality     told

	telling sync.Mutex // held while events are called
	gone    bool       // guarded by telling
	left    bool       // guarded by SFU.mu: counted out
}

// news is what changed since the peer's events were last called.
type news struct {
	connected  *bool
	slots      *[]Slot
	speaking   *bool
	quality    *Quality
	firstMedia bool
}

// Track says what one sending m-line carries.
type Track struct {
	MID string
	// Mic is true for the microphone; other sources are taken and not relayed.
	Mic bool
	// Low is true for the low layer of two.
	Low bool
}

// Offer takes a client's SDP offer and returns the whole answer. Without
// tracks the first sending audio m-line is the microphone. The error is a
// *NegotiationError for what the client did wrong, and the session is then as
// it was.
func (p *Peer) Offer(sdp string, tracks []Track) (string, error) {
	p.negotiating.Lock()
	defer p.negotiating.Unlock()
	o, err := parseOffer(sdp)
	if err != nil {
		return "", err
	}
	mics, err := microphones(o, tracks)
	if err != nil {
		return "", err
	}
	l, local, err := p.linkFor(o)
	if err != nil {
		return "", err
	}
	if err := p.take(l, o, mics); err != nil {
		return "", err
	}
	// The room goes on meanwhile: only offers change what the answer says.
	l.answers++
	a := answerWriter{
		local: local, fingerprint: p.sfu.tr.Fingerprint(), candidates: p.sfu.tr.Advertised(),
		session: l.id, version: l.answers,
	}
	return a.write(o, l), nil
}

// take puts an offer's lines in force on its link, and makes a new link the
// peer's.
func (p *Peer) take(l *link, o *offer, mics map[string]Track) error {
	r := p.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.closed {
		l.session.Close()
		return ErrClosed
	}
	l.configure(o, mics, p.sfu.cfg.AudioSlots)
	if l != p.active && l != p.pending {
		if p.pending != nil {
			p.pending.session.Close()
		}
		p.pending = l
		if p.active == nil {
			p.active, p.pending = l, nil
		}
		if l.session.Ready() { // connected before it was known: see link.Connected
			r.connected(l)
		}
	}
	r.rebuild()
	return nil
}

// linkFor is the link that an offer belongs to: the one with its fingerprint,
// restarted when the ICE credentials are new, or a new one.
func (p *Peer) linkFor(o *offer) (*link, transport.Credentials, error) {
	p.room.mu.Lock()
	candidates := [2]*link{p.pending, p.active}
	closed := p.closed
	p.room.mu.Unlock()
	if closed {
		return nil, transport.Credentials{}, ErrClosed
	}
	for _, l := range candidates {
		if l == nil {
			continue
		}
		was := l.session.Remote()
		if was.Hash != o.remote.Hash || was.Fingerprint != o.remote.Fingerprint {
			continue
		}
		if was.Ufrag == o.remote.Ufrag && was.Pwd == o.remote.Pwd {
			return l, l.session.Local(), nil
		}
		local, err := l.session.Restart(o.remote.Ufrag, o.remote.Pwd)
		return l, local, err
	}
	l := newLink(p)
	session, local, err := p.sfu.tr.NewSession(l, o.remote)
	if err != nil {
		return nil, local, err
	}
	l.session = session
	return l, local, nil
}

// microphones checks the tracks against the offer and returns which sending
// lines are microphones, by mid.
func microphones(o *offer, tracks []Track) (map[string]Track, error) {
	out := make(map[string]Track)
	if len(tracks) == 0 {
		for i := range o.lines {
			if o.lines[i].sends() {
				out[o.lines[i].mid] = Track{MID: o.lines[i].mid, Mic: true}
				break
			}
		}
		return out, nil
	}
	if len(tracks) > maxLines {
		return nil, refuse("%d tracks: want %d at most", len(tracks), maxLines)
	}
	var has [2]bool // high, low
	for _, t := range tracks {
		if _, twice := out[t.MID]; twice {
			return nil, refuse("mid %.40q stands in two tracks", t.MID)
		}
		known := false
		for i := range o.lines {
			known = known || o.lines[i].mid == t.MID && (o.lines[i].sends() || o.lines[i].media != "audio")
		}
		if !known {
			return nil, refuse("track %.40q is no sending m-line of the offer", t.MID)
		}
		if layer, name := layerOf(t); t.Mic {
			if has[layer] {
				return nil, refuse("two tracks are the microphone's %s layer", name)
			}
			has[layer] = true
		}
		out[t.MID] = t
	}
	return out, nil
}

func layerOf(t Track) (int, string) {
	if t.Low {
		return 1, "low"
	}
	return 0, "high"
}

// Candidate takes one trickled candidate, as in RTCIceCandidateInit; the empty
// string ends them. The SFU is the passive side: it learns a client's
// addresses from its checks, so a candidate is looked at and not kept.
func (p *Peer) Candidate(candidate string) error {
	p.room.mu.Lock()
	none := p.active == nil
	p.room.mu.Unlock()
	if none {
		return refuse("a candidate came before the first offer")
	}
	if candidate == "" {
		return nil
	}
	if len(candidate) > maxCandidate {
		return refuse("the candidate has %d bytes: want %d at most", len(candidate), maxCandidate)
	}
	f := strings.Fields(strings.TrimPrefix(strings.TrimPrefix(candidate, "a="), "candidate:"))
	if len(f) < 8 || f[6] != "typ" {
		return refuse("the candidate is not one of RFC 8839 section 5.1")
	}
	if n, err := strconv.Atoi(f[5]); err != nil || n < 0 || n > 65535 {
		return refuse("the candidate's port %.40q: want 0 to 65535", f[5])
	}
	return nil
}

// SetMuted says whether the participant's packets are held back.
func (p *Peer) SetMuted(muted bool) {
	r, f := p.room, &p.sfu.farewells
	r.mu.Lock()
	var w *transport.Batch
	p.muted = muted
	if muted {
		w = f.borrow()
		r.silence(p, w)
	} else {
		p.unmutedAt = p.sfu.tr.Now()
	}
	r.mu.Unlock()
	f.finish(w)
}

// SetDeafened says whether the participant is sent nothing.
func (p *Peer) SetDeafened(deafened bool) {
	r := p.room
	r.mu.Lock()
	defer r.mu.Unlock()
	p.deafened = deafened
	r.rebuild()
}

// Ignore replaces the list of the CSRCs whom the participant is not sent.
func (p *Peer) Ignore(csrcs []uint32) {
	r := p.room
	r.mu.Lock()
	defer r.mu.Unlock()
	p.ignored = nil
	for _, c := range csrcs {
		if p.ignored == nil {
			p.ignored = make(map[uint32]struct{}, len(csrcs))
		}
		p.ignored[c] = struct{}{}
	}
	r.dropIgnored(p)
	p.toldSlots = 0
}

// Close ends the session. No event is called after it has returned; it must
// not be called from one.
func (p *Peer) Close() {
	r, f := p.room, &p.sfu.farewells
	r.mu.Lock()
	w := f.borrow()
	p.closed = true
	links := [2]*link{p.active, p.pending}
	r.silence(p, w)
	p.active, p.pending = nil, nil
	for _, l := range links {
		if l != nil {
			l.farewell(w)
		}
	}
	r.mu.Unlock()
	f.finish(w)
	for _, l := range links {
		if l != nil {
			l.session.Close()
		}
	}
	p.telling.Lock()
	p.gone = true
	p.telling.Unlock()
	p.sfu.leave(p)
}

// tell calls the peer's events with what is new. It runs on the timer, without
// the room's lock.
func (p *Peer) tell() {
	p.telling.Lock()
	defer p.telling.Unlock()
	p.room.mu.Lock()
	n := p.news
	p.news = news{}
	p.room.mu.Unlock()
	if p.gone {
		return
	}
	if n.connected != nil && p.events.Connected != nil {
		p.events.Connected(*n.connected)
	}
	if n.firstMedia && p.events.FirstMedia != nil {
		p.events.FirstMedia()
	}
	if n.slots != nil && p.events.Slots != nil {
		p.events.Slots(*n.slots)
	}
	if n.speaking != nil && p.events.Speaking != nil {
		p.events.Speaking(*n.speaking)
	}
	if n.quality != nil && p.events.Quality != nil {
		p.events.Quality(*n.quality)
	}
}
