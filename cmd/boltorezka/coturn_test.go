package main

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/boltorezka/boltorezka/turn/coturntest"
)

// TestVoiceThroughCoturn turns the built-in TURN server off: clients are told
// of the other one alone, and talk through it.
func TestVoiceThroughCoturn(t *testing.T) {
	addr := coturntest.Start(t, 21480, 21499)
	p := launch(t, t.TempDir(), "BOLTOREZKA_TURN_ADDR=off", "BOLTOREZKA_AUTH_GUESTS=open",
		"BOLTOREZKA_TURN_EXTERNAL_URLS=turn:"+addr+"?transport=udp, turn:"+addr+"?transport=tcp",
		"BOLTOREZKA_TURN_EXTERNAL_SECRET="+coturntest.Secret)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	told := make(chan *wire.VoiceJoined, 1)
	var heard [2]atomic.Int64
	var voices [2]*client.Voice
	for i, name := range []string{"ann", "bob"} {
		c, err := client.New(p.url, client.WithLoopback())
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			_, err = c.Register(ctx, wire.Register{Name: name, Password: "a long password"})
		} else {
			_, err = c.Guest(ctx, name, "")
		}
		if err != nil {
			t.Fatal(err)
		}
		conn, err := c.Connect(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		voices[i], err = conn.JoinVoice(ctx, "general", client.VoiceOptions{
			RelayOnly: true, OnAudio: func(client.Frame) { heard[i].Add(1) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := voices[i].Connected(ctx); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if i > 0 {
			continue
		}
		for len(told) == 0 {
			select {
			case ev := <-conn.Events():
				if j, ok := ev.Payload.(*wire.VoiceJoined); ok {
					told <- j
				}
			case <-ctx.Done():
				t.Fatal("no voice.joined")
			}
		}
	}
	if j := <-told; len(j.ICEServers) != 1 || len(j.ICEServers[0].URLs) != 2 || j.ICETransportPolicy != wire.ICERelay {
		t.Errorf("told %+v", j)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for heard[0].Load() < 50 || heard[1].Load() < 50 {
		select {
		case <-tick.C:
			for _, v := range voices {
				_ = v.WriteOpus(append([]byte{0xf8}, make([]byte, 79)...), 20*time.Millisecond, 30)
			}
		case <-ctx.Done():
			t.Fatalf("%d and %d packets were heard", heard[0].Load(), heard[1].Load())
		}
	}
	for i, v := range voices {
		if got := v.Stats().Candidate; got != "relay" {
			t.Errorf("the path of %d is by a candidate of type %q", i, got)
		}
	}
}
