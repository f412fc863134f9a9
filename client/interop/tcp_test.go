package interop

import (
	"context"
	"encoding/json"
	"net"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/stdnet"
	"github.com/pion/webrtc/v4"
)

// silentUDP is a network that swallows every datagram.
type silentUDP struct{ *stdnet.Net }

func (n silentUDP) ListenUDP(network string, at *net.UDPAddr) (transport.UDPConn, error) {
	c, err := n.Net.ListenUDP(network, at)
	return swallowing{c}, err
}

type swallowing struct{ transport.UDPConn }

func (swallowing) WriteTo(b []byte, _ net.Addr) (int, error) { return len(b), nil }

// Our own client, whose network passes no UDP, and a Chromium that knows of no
// UDP address of the server hear each other through its TCP port.
func TestChromiumAndGoHearEachOtherOverTCP(t *testing.T) {
	s := startServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	std, err := stdnet.NewNet()
	must(t, err)
	ours := gopher(t, ctx, s, 440, client.WithMediaSettings(func(e *webrtc.SettingEngine) { e.SetNet(silentUDP{std}) }))
	t.Setenv("ONLY_TCP", "1")
	theirs := chromium(t, ctx, s)
	hears(t, ctx, ours, theirs)
	hears(t, ctx, theirs, ours)
	for transport, want := range map[string]string{"tcp": " 2", "udp": " 0"} {
		if got := s.series(`boltorezka_sfu_paths{transport="` + transport + `"}`); got != want {
			t.Errorf("sessions over %s:%s, want%s", transport, got, want)
		}
	}
	theirs.leave(t)
	checkStats(t, theirs)
	var known struct{ Protocol string }
	must(t, json.Unmarshal(theirs.(*program).stats, &known))
	if known.Protocol != "tcp" {
		t.Errorf("Chromium says that its path is %q", known.Protocol)
	}
	ours.leave(t)
}
