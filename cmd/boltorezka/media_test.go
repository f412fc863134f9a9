package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/boltorezka/boltorezka/sfu"
	"github.com/boltorezka/boltorezka/signaling"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// TestMediaRefusalsAreCoded: what the SFU refuses reaches a client as a code
// of the contract, with the SFU's own words.
func TestMediaRefusalsAreCoded(t *testing.T) {
	cfg := sfu.Defaults()
	cfg.UDPAddr, cfg.TCPAddr, cfg.MaxPeers, cfg.MaxRooms = "127.0.0.1:0", "off", 2, 1
	s, err := sfu.New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m := newMedia(s)
	refused := func(what string, err error, code wire.Code, word string) {
		t.Helper()
		var coded *wire.Error
		if !errors.As(err, &coded) || coded.Code != code || !strings.Contains(coded.Message, word) {
			t.Errorf("%s: %v, want %s with %q", what, err, code, word)
		}
	}
	one, err := m.Join(signaling.MediaJoin{RoomID: "a", CSRC: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Join(signaling.MediaJoin{RoomID: "b", CSRC: 2})
	refused("a second room", err, wire.CodeRoomFull, "1 rooms")
	if _, err = m.Join(signaling.MediaJoin{RoomID: "a", CSRC: 3}); err != nil {
		t.Fatal(err)
	}
	_, err = m.Join(signaling.MediaJoin{RoomID: "a", CSRC: 4})
	refused("a third participant", err, wire.CodeRoomFull, "2 participants")
	for name, bad := range map[string]string{"nothing": "", "NUL bytes": "v=0\x00", "no m-line": "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"} {
		_, err = one.Offer(context.Background(), bad, nil)
		refused(name, err, wire.CodeNegotiationFailed, "SDP")
	}
	refused("a candidate before the offer", one.Candidate(&wire.ICECandidate{Candidate: "x"}), wire.CodeNegotiationFailed, "offer")
}
