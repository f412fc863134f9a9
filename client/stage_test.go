package client

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func TestSetStage(t *testing.T) {
	c, s := newFake(t).connect()
	defer c.Close()
	v := joinVoice(t, c, s, VoiceOptions{})
	for _, userIDs := range [][]string{{"u1", "u2"}, nil} {
		done := make(chan error, 1)
		go func() { done <- v.SetStage(context.Background(), userIDs) }()
		q := s.want(wire.TypeVoiceStage)
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
	s.nack(s.want(wire.TypeVoiceStage), wire.CodeTargetNotInRoom)
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
