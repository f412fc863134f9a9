package signaling

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// member is one voice session: a user in a room's voice, from one socket.
type member struct {
	// Set before it is a member.
	room   *room
	s      *session
	id     string // of the voice session, for credentials
	since  time.Time
	csrc   uint32
	epoch  uint32 // of sfu.offer and sfu.ice
	p2p    bool
	hidden bool // relayed only: nobody is to learn his address
	ice    []wire.ICEServer
	media  mediaLine
	gone   atomic.Bool               // no longer a member
	path   atomic.Pointer[mediaPath] // the client's last word of it; nil: none yet

	// The room loop's.
	muted, deafened bool
	heard           bool // the SFU hears him speak
	says            bool // he says that he speaks
	connected       bool // the SFU session has been up, or voice has come
	up, wasUp       bool // the SFU session is up, and has been
	unheard, lost   bool // sound goes one way only, as the SFU sees it: nothing comes, or nothing gets there
	firstMedia      bool
	onStage         bool
	ignore          map[string]struct{} // users he does not want to hear
}

// participant is the member as others see him.
func (m *member) participant() wire.Participant {
	return wire.Participant{UserID: m.s.user.ID, UserName: m.s.user.Name, CSRC: m.csrc, Muted: m.muted, Deafened: m.deafened}
}

// mediaPath is what a client says of the way that its media goes.
type mediaPath struct {
	topology             wire.Topology
	candidate, transport string
}

// noPath is what is said of a path that was never reported.
const noPath = "unknown"

// lastPath is the candidate type and the transport that the client last reported.
func (m *member) lastPath() (candidate, transport string) {
	if p := m.path.Load(); p != nil {
		return p.candidate, p.transport
	}
	return noPath, noPath
}

// reported takes the client's word of its path, and tells of a path that is
// another than before.
func (m *member) reported(s wire.VoiceStats) {
	if s.CandidateType == "" {
		return
	}
	p := mediaPath{topology: wire.TopologySFU, candidate: s.CandidateType, transport: cmp.Or(s.Transport, noPath)}
	if m.room.direct.Load() {
		p.topology = wire.TopologyP2P
	}
	if old := m.path.Swap(&p); old == nil || *old != p {
		m.s.hub.deps.Observer.ICEPath(p.topology, p.candidate, p.transport)
	}
}

// mediaLine lets one goroutine at a time to a MediaSession, and none after its
// end. Negotiating takes milliseconds, so room loops keep away from it.
type mediaLine struct {
	ignore atomic.Pointer[[]uint32] // the list to be in force
	stage  atomic.Bool              // whether he is to be on the stage

	mu      sync.Mutex
	session MediaSession
	closed  bool
}

// use calls fn with the session; false: it has ended.
func (l *mediaLine) use(fn func(MediaSession)) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	fn(l.session)
	return true
}

// applyIgnore brings the newest list into force.
func (l *mediaLine) applyIgnore() bool {
	return l.use(func(ms MediaSession) {
		if list := l.ignore.Load(); list != nil {
			ms.Ignore(*list)
		}
	})
}

// applyStage brings the newest word of the stage into force.
func (l *mediaLine) applyStage() { l.use(func(ms MediaSession) { ms.SetPriority(l.stage.Load()) }) }

func (l *mediaLine) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		l.session.Close()
	}
}

// offer negotiates; see MediaSession.Offer.
func (m *member) offer(ctx context.Context, sdp string, tracks []wire.Track) (answer string, err error) {
	if !m.media.use(func(ms MediaSession) { answer, err = ms.Offer(ctx, sdp, tracks) }) {
		return "", errNotInVoice()
	}
	return answer, err
}

// end puts away what a member leaves behind. It may wait for a negotiation.
func (m *member) end() {
	m.media.close()
	m.room.hub.deps.Credentials.Revoke(m.s.user.ID, m.id)
}

func errNotInVoice() *wire.Error {
	return wire.E(wire.CodeNotInVoice, "this socket is not in voice; send voice.join first")
}
