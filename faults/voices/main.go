// Voices are people without browsers in one room's voice, for tests that need
// more of them than a machine has browsers for. Each stays, by itself, through
// whatever happens to the server, and writes ten times a second what it has heard.
//
// usage: voices URL INVITE NAME...
// A line of JSON for each name: {"name", "state", "people": user ids in the
// voice, "heard": {user id: packets so far}}. It ends with its standard input.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/boltorezka/boltorezka/client"
)

// every is how often each tells of itself.
const every = 100 * time.Millisecond

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "voices:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) < 4 {
		return errors.New("usage: voices URL INVITE NAME [NAME]")
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var all []*voice
	for _, name := range os.Args[3:] {
		v, err := enter(ctx, os.Args[1], os.Args[2], name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		defer v.conn.Close() //nolint:errcheck // it ends with the process
		all = append(all, v)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until it is closed
		cancel()
	}()
	out := json.NewEncoder(os.Stdout)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			for _, v := range all {
				if err := out.Encode(v.tell()); err != nil {
					return err
				}
			}
		}
	}
}

// voice is one person who listens.
type voice struct {
	name  string
	conn  *client.Conn
	voice *client.Voice

	mu    sync.Mutex
	heard map[string]int
}

// account is what a voice tells of itself.
type account struct {
	Name   string         `json:"name"`
	State  string         `json:"state"`
	People []string       `json:"people"`
	Heard  map[string]int `json:"heard"`
}

func enter(ctx context.Context, url, invite, name string) (*voice, error) {
	c, err := client.New(url)
	if err != nil {
		return nil, err
	}
	if _, err := c.Guest(ctx, name, invite); err != nil {
		return nil, err
	}
	v := &voice{name: name, heard: map[string]int{}}
	if v.conn, err = c.Connect(ctx); err != nil {
		return nil, err
	}
	v.voice, err = v.conn.JoinVoice(ctx, "general", client.VoiceOptions{Muted: true, OnAudio: v.hear})
	if err != nil {
		return nil, err
	}
	return v, v.voice.Connected(ctx)
}

func (v *voice) hear(f client.Frame) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.heard[f.UserID]++
}

func (v *voice) tell() account {
	v.mu.Lock()
	defer v.mu.Unlock()
	a := account{Name: v.name, State: string(v.voice.State()), People: []string{}, Heard: map[string]int{}}
	for id, n := range v.heard {
		a.Heard[id] = n
	}
	for _, p := range v.voice.Participants() {
		a.People = append(a.People, p.UserID)
	}
	return a
}
