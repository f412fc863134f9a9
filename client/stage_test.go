package client

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// wantStage is the next voice.stage; what the media path asks for meanwhile is
// left unanswered.
func wantStage(t *testing.T, s *fakeSocket) wire.Request {
	t.Helper()
	for {
		select {
		case q := <-s.in:
			if q.Type == wire.TypeVoiceStage {
				return q
			}
		case <-time.After(time.Minute):
			t.Fatal("no voice.stage came")
		}
	}
}

func TestSetStage(t *testing.T) {
	c, s := newFake(t).connect()
	defer c.Close()
	v := joinVoice(t, c, s, VoiceOptions{})
	for _, userIDs := range [][]string{{"u1", "u2"}, nil} {
		done := make(chan error, 1)
		go func() { done <- v.SetStage(context.Background(), userIDs) }()
		q := wantStage(t, s)
		var p map[string][]string
		must(t, json.Unmarshal(q.Payload, &p))
		if got, ok := p["userIds"]; !ok || got == nil || !slices.Equal(got, userIDs) {
			t.Errorf("sent %s", q.Payload)
		}
		s.ack(q, wire.Ack{})
		must(t, <-done)
	}
	done := make(chan error, 1)
	go func() { done <- v.SetStage(context.Background(), []string{"nobody"}) }()
	s.nack(wantStage(t, s), wire.CodeTargetNotInRoom)
	var coded *wire.Error
	if err := <-done; !errors.As(err, &coded) || coded.Code != wire.CodeTargetNotInRoom {
		t.Errorf("refused: %v", err)
	}
	s.event(wire.TypeVoiceStage, wire.VoiceOnStage{RoomSlug: "general", UserIDs: []string{"u1"}})
	for e := range c.Events() {
		if on, ok := e.Payload.(*wire.VoiceOnStage); ok {
			if on.RoomSlug != "general" || !slices.Equal(on.UserIDs, []string{"u1"}) {
				t.Errorf("told %+v", on)
			}
			break
		}
	}
}
