package smoke

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// A call is one packet of 20 ms after the other, of silence, from each user
// for so long, said to be as loud as quiet speech so that it is passed on.
const (
	frame      = 20 * time.Millisecond
	callTime   = 1500 * time.Millisecond
	callLevel  = 40
	enoughOf   = 2 // at least one in so many must arrive
	leaveGrace = 3 * time.Second
)

// silence is a packet of Opus that decodes to nothing, padded (RFC 6716 section
// 3.2.5) to the size of speech: a server may not pass on what is as small as
// silence.
var silence = append([]byte{0xfb, 0x41, padding, 0xff, 0xfe}, make([]byte, padding)...)

const padding = 60

// voiceSFU has both talk through the SFU by any path.
func (c *check) voiceSFU(ctx context.Context) (string, error) { return c.talk(ctx, false) }

// voiceTURN has both talk through the SFU by relays alone.
func (c *check) voiceTURN(ctx context.Context) (string, error) {
	// voice.joined of the step before has told of the servers.
	for _, u := range c.users {
		e, ok, _ := u.seen.find(0, payload(func(*wire.VoiceJoined) bool { return true }))
		if !ok {
			return "", skip("the step before did not come to voice")
		}
		if !offersTURN(e.Payload.(*wire.VoiceJoined).ICEServers) {
			return "", skip("the server tells clients of no TURN server (turn.addr, turn.external)")
		}
	}
	return c.talk(ctx, true)
}

func offersTURN(servers []wire.ICEServer) bool {
	for _, s := range servers {
		for _, u := range s.URLs {
			if strings.HasPrefix(u, "turn") {
				return true
			}
		}
	}
	return false
}

// side is one user's part in a call.
type side struct {
	user  *user
	voice *client.Voice
	heard atomic.Uint64 // packets of the other's
}

// talk joins both, has them talk, and counts what arrives.
func (c *check) talk(ctx context.Context, relay bool) (_ string, err error) {
	began := time.Now()
	var sides [2]*side
	defer func() {
		leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveGrace)
		defer cancel()
		for _, s := range sides {
			if s != nil && s.voice != nil {
				err = errors.Join(err, s.voice.Leave(leaving))
			}
		}
	}()
	for i, u := range c.users {
		s := &side{user: u}
		sides[i] = s
		other := c.users[1-i].me.ID
		s.voice, err = u.conn.JoinVoice(ctx, c.slug, client.VoiceOptions{RelayOnly: relay, OnAudio: func(f client.Frame) {
			if f.UserID == other {
				s.heard.Add(1)
			}
		}})
		if err != nil {
			return "", err
		}
	}
	for _, s := range sides {
		if err := s.voice.Connected(ctx); err != nil {
			return "", noPath(err, relay)
		}
	}
	connected := time.Since(began)
	if err := speak(ctx, sides); err != nil {
		return "", err
	}
	var parts []string
	for i, s := range sides {
		st, sent := s.voice.Stats(), sides[1-i].voice.Stats().PacketsSent
		if relay && st.Candidate != "relay" {
			return "", fmt.Errorf("the path is %q and not a relay", st.Candidate)
		}
		parts = append(parts, fmt.Sprintf("%d of %d packets by %s", s.heard.Load(), sent, st.Candidate))
		if sent == 0 || s.heard.Load()*enoughOf < sent {
			err = errors.Join(err, fmt.Errorf("%s heard %d of %d packets of %s", s.user.me.Name, s.heard.Load(), sent, sides[1-i].user.me.Name))
		}
	}
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("connected in %d ms; heard %s", connected.Milliseconds(), strings.Join(parts, " and ")), nil
}

// speak sends from both sides for callTime, and leaves what is on its way the
// time to arrive.
func speak(ctx context.Context, sides [2]*side) error {
	tick := time.NewTicker(frame)
	defer tick.Stop()
	for n := 0; n < int(callTime/frame); n++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		for _, s := range sides {
			if err := s.voice.WriteOpus(silence, frame, callLevel); err != nil {
				return err
			}
		}
	}
	// One round trip more, so that what was sent last is counted.
	for range int(200 * time.Millisecond / frame) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// noPath says what to look at.
func noPath(err error, relay bool) error {
	if relay {
		return fmt.Errorf("no path by a relay: %w; see whether turn.addr's port, UDP and TCP, and turn.relayPorts are open, and run boltorezka doctor on the server", err)
	}
	return fmt.Errorf("no path for voice: %w; see whether sfu.udpAddr's port is open and its address right, and run boltorezka doctor on the server", err)
}
