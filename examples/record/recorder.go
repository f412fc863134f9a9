package main

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/boltorezka/boltorezka/client"
)

// recorder writes one file a speaker. The files begin together and keep their
// silences, so that laid side by side they are the conversation.
type recorder struct {
	dir     string
	began   time.Time
	queue   chan client.Frame
	done    chan struct{}
	dropped atomic.Uint64

	// Of the writing goroutine, until done:
	tracks map[uint32]*track
	err    error
}

// queueLength is 10 s of four people talking: a disk may be that slow.
const queueLength = 2000

func newRecorder(dir string, began time.Time) *recorder {
	r := &recorder{
		dir: dir, began: began, tracks: map[uint32]*track{},
		queue: make(chan client.Frame, queueLength), done: make(chan struct{}),
	}
	go r.run()
	return r
}

// hear is the client's OnAudio: it only passes a copy on.
func (r *recorder) hear(f client.Frame) {
	if f.CSRC == 0 {
		return
	}
	f.Payload = bytes.Clone(f.Payload)
	select {
	case r.queue <- f:
	default:
		r.dropped.Add(1)
	}
}

func (r *recorder) run() {
	defer close(r.done)
	for f := range r.queue {
		if r.err == nil {
			r.err = r.write(f)
		}
	}
}

func (r *recorder) write(f client.Frame) error {
	t := r.tracks[f.CSRC]
	if t == nil {
		var err error
		if t, err = newTrack(filepath.Join(r.dir, fileName(r.began, f))); err != nil {
			return err
		}
		r.tracks[f.CSRC] = t
		fmt.Println("writing", t.path)
	}
	return t.write(f, r.began)
}

// close ends the files. Nobody may call hear any more.
func (r *recorder) close() error {
	close(r.queue)
	<-r.done
	err := r.err
	for _, t := range r.tracks {
		err = errors.Join(err, t.ogg.Close())
	}
	if n := r.dropped.Load(); n > 0 {
		err = errors.Join(err, fmt.Errorf("the disk was too slow for %d packets", n))
	}
	return err
}

// fileName names a speaker's file by when, who and the CSRC. Ids come from the
// server, so nothing but letters, digits and hyphens of them is used.
func fileName(at time.Time, f client.Frame) string {
	who := strings.Map(func(c rune) rune {
		if c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' {
			return c
		}
		return -1
	}, strings.ToLower(f.UserID))
	if who == "" {
		who = "unknown"
	}
	return fmt.Sprintf("%s_%s_%08x.ogg", at.Format("20060102-150405"), who, f.CSRC)
}
