package loadtest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/loadtest/internal/light"
)

// participant is one client in voice: a light one, or a full one whose media
// Pion carries.
type participant struct {
	number, room int
	slug         string
	speech       bool
	layers       bool // a full client has a low layer
	conn         *client.Conn
	peer         *light.Peer // nil: a full client
	ear          *ear
	talker       *talker // nil: it listens only

	life atomic.Uint32 // times in voice
	name atomic.Uint32 // CSRC, 0 out of voice

	mu      sync.Mutex
	voice   *client.Voice
	repairs int   // of all times in voice but the present
	wrong   error // what the light client did not understand
}

// joinTimeout bounds one participant's way into voice.
const joinTimeout = 30 * time.Second

// enter brings the participant into voice and waits for its media path. The
// times begin with voice.join: signing in and the WebSocket are there before,
// as with a person who clicks on a room.
func (p *participant) enter(ctx context.Context, company bool) error {
	ctx, cancel := context.WithTimeout(ctx, joinTimeout)
	defer cancel()
	life := p.life.Add(1)
	o := client.VoiceOptions{}
	if p.peer != nil {
		o.OnAgreed = p.agreed
	} else {
		o.LowLayer = p.layers
		o.OnAudio = func(f client.Frame) {
			p.ear.hear(&arrival{
				slot: f.Slot, session: int(life)<<16 | f.Session, seq: f.Seq, ts: f.Timestamp, csrc: f.CSRC,
				payload: f.Payload, at: f.ReceivedAt.UnixNano(),
			})
		}
	}
	began := time.Now()
	p.ear.join(began, company)
	stage := "voice.join"
	v, err := p.conn.JoinVoice(ctx, p.slug, o)
	if err == nil {
		stage = "the media path"
		p.mu.Lock()
		p.voice = v
		p.mu.Unlock()
		if err = v.Connected(ctx); err == nil {
			p.ear.all.join.add(time.Since(began))
			p.ear.ready(time.Now(), len(v.Stats().Slots))
			p.name.Store(v.CSRC())
			return nil
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wrong != nil {
		err = fmt.Errorf("%w (%w)", err, p.wrong)
	}
	return fmt.Errorf("loadtest: participant %d joining %s: %s: %w", p.number, p.slug, stage, err)
}

func (p *participant) agreed(offer, answer string) {
	if err := p.peer.Agreed(offer, answer); err != nil {
		p.mu.Lock()
		p.wrong = err
		p.mu.Unlock()
	}
}

// leave leaves voice; the connection stays.
func (p *participant) leave(ctx context.Context) error {
	p.ear.leave()
	p.name.Store(0)
	p.mu.Lock()
	v := p.voice
	p.voice = nil
	p.mu.Unlock()
	if v == nil {
		return nil
	}
	n := max(0, v.Stats().Session-1)
	p.mu.Lock()
	p.repairs += n
	p.mu.Unlock()
	if err := v.Leave(ctx); err != nil {
		return fmt.Errorf("loadtest: leaving %s: %w", p.slug, err)
	}
	return nil
}

// state returns how often the path had to be made anew, whether the session
// has ended by itself, and how many slots it has.
func (p *participant) state() (repairs int, dead error, slots int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.voice == nil {
		return p.repairs, nil, 0
	}
	st := p.voice.Stats()
	return p.repairs + max(0, st.Session-1), p.voice.Err(), len(st.Slots)
}

func (p *participant) close() error {
	var err error
	if p.conn != nil {
		err = p.conn.Close()
	}
	if p.peer != nil {
		p.peer.Close()
	}
	return err
}

func (p *participant) csrc() uint32 { return p.name.Load() }

// exact: a full client's WriteOpus has its own view of pauses.
func (p *participant) exact() bool { return p.peer != nil || !p.speech }

func (p *participant) say(frame uint32, payload []byte, level uint8, voice, first bool, ns int64) bool {
	if p.peer != nil {
		return p.peer.Send(frame, payload, level, voice, first, ns)
	}
	p.mu.Lock()
	v := p.voice
	p.mu.Unlock()
	if !voice {
		level = 127 // which is how the client is told that there is none
	}
	if v == nil || v.State() != client.MediaConnected || v.WriteOpus(payload, frameTime, level) != nil {
		return false
	}
	return !p.layers || v.WriteOpusLow(payload[:max(headerSize, len(payload)/lowShare)], frameTime, level) == nil
}
