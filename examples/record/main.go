// Command record joins a room's voice, listens, and writes what it hears to
// Ogg/Opus, a file a speaker.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/boltorezka/boltorezka/client"
)

type options struct {
	url, room, name, password, invite, dir string
	length                                 time.Duration
	loopback                               bool
}

func main() {
	var o options
	flag.StringVar(&o.url, "url", "http://127.0.0.1:8080", "address of the server")
	flag.StringVar(&o.room, "room", "general", "room to record")
	flag.StringVar(&o.name, "name", "recorder", "name to appear under")
	flag.StringVar(&o.password, "password", os.Getenv("BOLTOREZKA_PASSWORD"), "password of that account (or BOLTOREZKA_PASSWORD); without one, a guest")
	flag.StringVar(&o.invite, "invite", "", "invite code, where guests need one")
	flag.StringVar(&o.dir, "dir", ".", "folder for the files")
	flag.DurationVar(&o.length, "for", 0, "how long to record; 0: until Ctrl-C")
	flag.BoolVar(&o.loopback, "loopback", false, "media on loopback addresses only, for a server on this machine")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if o.length > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.length)
		defer cancel()
	}
	if err := record(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

// record records until ctx ends.
func record(ctx context.Context, o options) error {
	opts := []client.Option{
		client.WithUserAgent("boltorezka-record"),
		client.WithLogger(slog.New(slog.NewTextHandler(os.Stderr, nil))),
	}
	if o.loopback {
		opts = append(opts, client.WithLoopback())
	}
	c, err := client.New(o.url, opts...)
	if err != nil {
		return err
	}
	if o.password != "" {
		_, err = c.Login(ctx, o.name, o.password)
	} else {
		_, err = c.Guest(ctx, o.name, o.invite)
	}
	if err != nil {
		return fmt.Errorf("signing in: %w", err)
	}
	conn, err := c.Connect(ctx)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer conn.Close()

	rec := newRecorder(o.dir, time.Now())
	voice, err := conn.JoinVoice(ctx, o.room, client.VoiceOptions{Muted: true, OnAudio: rec.hear})
	if err != nil {
		return errors.Join(fmt.Errorf("joining voice: %w", err), rec.close())
	}
	fmt.Printf("recording #%s; Ctrl-C to stop\n", o.room)
	select {
	case <-ctx.Done():
	case <-voice.Done():
		err = voice.Err()
	}
	// Leave first: afterwards nobody calls rec.hear.
	leaving, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = voice.Leave(leaving) // the server notices by itself otherwise
	return errors.Join(err, rec.close())
}
