package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Errors of a voice session that no code of the contract stands for.
var (
	// ErrInVoice: this connection is in voice already.
	ErrInVoice = errors.New("client: already in voice")
	// ErrNoMedia: signalling works, but no path for media was found in spite
	// of every repair.
	ErrNoMedia = errors.New("client: no media path to the server")
)

// voiceInbox bounds what waits for a voice session's loop; it is emptied
// many times faster than a server may fill it.
const voiceInbox = 512

// VoiceOptions says how to take part in voice. The zero value listens and may
// speak.
type VoiceOptions struct {
	// Muted and Deafened are how to begin.
	Muted, Deafened bool
	// Slots is how many speakers to hear at a time; 0 takes what the server
	// offers, more than that is cut to it.
	Slots int
	// LowLayer says that the program makes a second encoding of its microphone
	// for listeners with thin downlinks, and gives it to WriteOpusLow: the
	// client then has a line for each in its offer.
	LowLayer bool
	// RelayOnly hides our address from the other participants: the path goes by
	// the server's TURN servers. JoinVoice is refused with NoRelay where there is none.
	RelayOnly bool
	// OnAudio is called with every packet of voice, in the order of arrival
	// within a slot, from one goroutine a slot. It must be quick, must not
	// keep Frame.Payload and must not call Leave or Close.
	OnAudio func(Frame)
	// OnState is called when the media path changes, from the session's loop;
	// it must not block.
	OnState func(MediaState)
	// OnAgreed is called with our offer and the server's answer each time that
	// they were agreed on, from the session's loop; it must not block.
	OnAgreed func(offer, answer string)
}

// MediaState is the state of the media path to the server.
type MediaState string

// The media states.
const (
	MediaConnecting MediaState = "connecting"
	MediaConnected  MediaState = "connected"
	MediaRepairing  MediaState = "repairing" // lost; being mended
	MediaClosed     MediaState = "closed"
)

// Voice is one connection's part in one room's voice. It never goes peer to
// peer: while it is there, the room stays on the SFU. It may send redundancy
// (RFC 2198) and never takes it: its slots offer Opus alone, so that what comes
// in them is Opus whatever a listener loses.
type Voice struct {
	conn *Conn
	slug string
	opts VoiceOptions

	ctx    context.Context // ends with finish
	cancel context.CancelFunc
	inbox  chan func() // work for the loop
	lost   atomic.Uint64
	joined chan struct{} // closed at the first voice.joined
	done   chan struct{}

	roster  atomic.Pointer[roster]
	up      uplink
	repairs repairCounts
	in      []*slotMeter // one a slot, fixed at the first voice.joined
	muteMu  sync.Mutex   // serialises SetMuted and SetDeafened
	current atomic.Pointer[peer]
	media   atomic.Value  // MediaState
	online  chan struct{} // closed at the first MediaConnected
	onlined sync.Once

	errMu sync.Mutex
	err   error

	loop voiceLoop // of the loop's goroutine alone
}

// JoinVoice takes part in a room's voice and returns once the server has let
// us in; the media path is then being made (Connected). One voice a
// connection: ErrInVoice. RoomFull over the room's limit.
func (c *Conn) JoinVoice(ctx context.Context, slug string, o VoiceOptions) (*Voice, error) {
	v := &Voice{
		conn:   c,
		slug:   slug,
		opts:   o,
		inbox:  make(chan func(), voiceInbox),
		joined: make(chan struct{}),
		done:   make(chan struct{}),
		online: make(chan struct{}),
	}
	v.ctx, v.cancel = context.WithCancel(context.Background())
	v.roster.Store(&roster{})
	v.media.Store(MediaConnecting)
	v.loop.muted, v.loop.deafened = o.Muted, o.Deafened
	v.up.muted.Store(o.Muted)
	v.up.two = o.LowLayer
	v.up.reset(time.Now())

	c.mu.Lock()
	if c.terminal != nil || c.voice != nil {
		err := c.terminal
		c.mu.Unlock()
		v.cancel()
		if err == nil {
			err = ErrInVoice
		}
		return nil, err
	}
	c.voice = v
	c.mu.Unlock()
	go v.run()

	_, err := c.Request(ctx, wire.TypeVoiceJoin, wire.VoiceJoin{RoomSlug: slug, Muted: o.Muted, Deafened: o.Deafened, RelayOnly: o.RelayOnly})
	if err == nil {
		select {
		case <-v.joined:
			return v, nil
		case <-v.done:
			return nil, v.Err()
		case <-ctx.Done():
			err = ctx.Err()
			c.post(wire.TypeVoiceLeave, struct{}{})
		}
	}
	v.finish(err)
	<-v.done
	return nil, err
}

// Connected waits for the media path.
func (v *Voice) Connected(ctx context.Context) error {
	select {
	case <-v.online:
		return nil
	case <-v.done:
		return v.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// State returns the state of the media path.
func (v *Voice) State() MediaState { return v.media.Load().(MediaState) }

// CSRC returns this participant's own CSRC (RFC 3550 section 5.1).
func (v *Voice) CSRC() uint32 { return v.roster.Load().self }

// Participants returns who is in the room's voice, ourselves included if the
// server counts us.
func (v *Voice) Participants() []wire.Participant {
	return append([]wire.Participant(nil), v.roster.Load().list...)
}

// SetMuted stops or restarts what WriteOpus and WriteOpusLow send, and tells the others.
func (v *Voice) SetMuted(ctx context.Context, muted bool) error {
	v.up.muted.Store(muted) // at once, whatever the server says
	return v.setMic(ctx, func(m *wire.MicState) { m.Muted = muted })
}

// SetDeafened asks the server to send no voice, or to send it again.
func (v *Voice) SetDeafened(ctx context.Context, deafened bool) error {
	return v.setMic(ctx, func(m *wire.MicState) { m.AudioMuted = deafened })
}

// setMic changes the microphone's state in the loop, so that joining again
// repeats it, and tells the server.
func (v *Voice) setMic(ctx context.Context, change func(*wire.MicState)) error {
	v.muteMu.Lock()
	defer v.muteMu.Unlock()
	got := make(chan wire.MicState, 1)
	ok := v.post(func() {
		m := wire.MicState{Muted: v.loop.muted, AudioMuted: v.loop.deafened}
		change(&m)
		v.loop.muted, v.loop.deafened = m.Muted, m.AudioMuted
		got <- m
	})
	if !ok {
		return v.ended()
	}
	select {
	case m := <-got:
		_, err := v.conn.Request(ctx, wire.TypeCallMicState, m)
		return err
	case <-v.done:
		return v.ended()
	}
}

func (v *Voice) ended() error {
	if err := v.Err(); err != nil {
		return err
	}
	return ErrClosed
}

// Ignore replaces the list of those whom this listener does not want to hear.
func (v *Voice) Ignore(ctx context.Context, userIDs []string) error {
	if userIDs == nil {
		userIDs = []string{}
	}
	// Whom we may not hear is not missed; before the server knows, nor after.
	ids := slices.Clone(userIDs)
	v.post(func() { v.loop.watchdog.ignored = ids })
	_, err := v.conn.Request(ctx, wire.TypeVoiceIgnore, wire.VoiceIgnore{UserIDs: userIDs})
	return err
}

// SetStage replaces who is on the stage of this room: they get an audio slot
// before all others, for as long as they are in its voice. It is for
// moderators and up: Forbidden. TargetNotInRoom for who is not in its voice.
// What comes of it is the event voice.stage.
func (v *Voice) SetStage(ctx context.Context, userIDs []string) error {
	if userIDs == nil {
		userIDs = []string{}
	}
	_, err := v.conn.Request(ctx, wire.TypeVoiceStage, wire.VoiceStage{UserIDs: userIDs})
	return err
}

// Leave leaves voice and waits for all that it started, also when the server
// cannot be told before ctx ends.
func (v *Voice) Leave(ctx context.Context) error {
	var err error
	select {
	case <-v.done:
	default:
		_, err = v.conn.Request(ctx, wire.TypeVoiceLeave, struct{}{})
	}
	v.finish(ErrClosed)
	<-v.done
	var coded *wire.Error
	if errors.As(err, &coded) && coded.Code == wire.CodeNotInVoice {
		return nil
	}
	return err
}

// Done is closed when the voice session is over.
func (v *Voice) Done() <-chan struct{} { return v.done }

// Err is why the session is over: ErrClosed after Leave, *LeftError when the
// server ended it, ErrNoMedia when repair was given up, or what ended the
// connection; nil while it lives.
func (v *Voice) Err() error {
	v.errMu.Lock()
	defer v.errMu.Unlock()
	return v.err
}

// LeftError says that the server ended a voice session.
type LeftError struct{ Reason wire.LeaveReason }

// Error returns the reason.
func (e *LeftError) Error() string { return fmt.Sprintf("client: left voice: %s", e.Reason) }

// finish ends the session for err, unless it has ended.
func (v *Voice) finish(err error) {
	v.errMu.Lock()
	if v.err == nil {
		v.err = err
	}
	v.errMu.Unlock()
	v.cancel()
}

// post gives the loop work; it is false when the session is over or the loop
// is hopelessly behind.
func (v *Voice) post(f func()) bool {
	select {
	case <-v.ctx.Done():
		return false
	default:
	}
	select {
	case v.inbox <- f:
		return true
	default:
		v.lost.Add(1)
		return false
	}
}
