package main

import (
	"net/netip"
	"testing"

	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/boltorezka/boltorezka/turn"
)

// A credential is ended by its own timer, and not by an earlier one's that had
// fired already and came late.
func TestCheckupTimers(t *testing.T) {
	cfg := turn.Defaults()
	cfg.Addr = "127.0.0.1:0"
	own, err := turn.New(cfg, turn.Options{RelayIP: netip.MustParseAddr("127.0.0.1")})
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	c := &checkup{relay: iceServers{own: own, overTLS: func(string) []string { return nil }}}
	works := func(servers []wire.ICEServer) bool {
		t.Helper()
		server := servers[len(servers)-1]
		_, err := turn.Try(within(t), server.URLs[0], server.Username, server.Credential, turn.TrialOptions{})
		return err == nil
	}
	first := c.issue("127.0.0.1")
	late := c.given
	second := c.issue("127.0.0.1")
	if !works(first) || !works(second) {
		t.Fatal("no relay is given")
	}
	c.expire(late)
	if !works(second) {
		t.Error("an earlier timer has ended it")
	}
	c.expire(c.given)
	if works(second) || c.end != nil {
		t.Error("its own has not")
	}
	third := c.issue("127.0.0.1")
	c.close()
	if works(third) || c.end != nil {
		t.Error("taken back, and it works")
	}
}
