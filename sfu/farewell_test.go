package sfu

import (
	"testing"
	"time"
)

// A mute, or a leave, waits for its own room's fan-out and for no other's.
func TestAMuteWaitsForItsOwnRoomOnly(t *testing.T) {
	cfg := Defaults()
	cfg.UDPAddr = "127.0.0.1:0"
	s, err := New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var peers [2]*Peer
	for i, room := range []string{"busy", "calm"} {
		if peers[i], err = s.Join(Join{Room: room, CSRC: uint32(i + 1)}); err != nil {
			t.Fatal(err)
		}
	}
	busy, calm := peers[0], peers[1]
	busy.room.mu.Lock()
	waits := make(chan struct{})
	go func() {
		busy.SetMuted(true)
		close(waits)
	}()
	done := make(chan struct{})
	go func() {
		for range 100 { // before and after the other one has begun to wait
			calm.SetMuted(true)
			calm.SetMuted(false)
		}
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Error("a mute waits for another room")
	}
	busy.room.mu.Unlock()
	<-waits
	<-done
}
