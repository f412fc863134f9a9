package interop

import (
	"context"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
)

// A server restart is noticed, and two clients hear each other again, in their
// room and in voice, without anybody doing anything.
func TestServerRestartIsSurvived(t *testing.T) {
	s := startServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()

	join := func(name string, hear func(client.Frame)) (*client.Client, *client.Conn, *client.Voice) {
		c, err := client.New(s.url(), client.WithLoopback())
		must(t, err)
		_, err = c.Guest(ctx, name, "")
		must(t, err)
		conn, err := c.Connect(ctx)
		must(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		_, err = conn.JoinRoom(ctx, "general")
		must(t, err)
		v, err := conn.JoinVoice(ctx, "general", client.VoiceOptions{OnAudio: hear})
		must(t, err)
		must(t, v.Connected(ctx))
		return c, conn, v
	}
	heard := make(chan client.Frame, 1)
	_, talker, voice := join("talker", nil)
	c, conn, _ := join("listener", func(f client.Frame) {
		select {
		case heard <- f:
		default:
		}
	})
	_, err := talker.SendChat(ctx, client.Chat{Text: "before"})
	must(t, err)
	stop := play(t, 440, func(packet []byte) { _ = voice.WriteOpus(packet, frame, 20) })
	t.Cleanup(stop)
	wait(t, ctx, heard, 1)

	s.stop()
	s.start()
	began := time.Now()
	wait(t, ctx, heard, 2)
	t.Logf("heard again %.1f s after the server was ready", time.Since(began).Seconds())

	_, err = conn.SendChat(ctx, client.Chat{Text: "after"})
	must(t, err)
	page, err := c.History(ctx, "general", client.Page{Limit: 10})
	must(t, err)
	if m := page.Messages; len(m) != 2 || m[0].Text != "after" || m[1].Text != "before" || m[0].RoomSeq != m[1].RoomSeq+1 {
		t.Errorf("history %+v", m)
	}
	for _, x := range []*client.Conn{talker, conn} {
		if st := x.Stats(); st.Gaps != 0 {
			t.Errorf("%d gaps in seq", st.Gaps)
		}
	}
}

// wait returns once a frame with a known speaker came over the session-th
// PeerConnection.
func wait(t *testing.T, ctx context.Context, heard chan client.Frame, session int) {
	t.Helper()
	for {
		select {
		case f := <-heard:
			if f.Session >= session && f.UserID != "" {
				return
			}
		case <-ctx.Done():
			t.Fatal("nothing is heard")
		}
	}
}
