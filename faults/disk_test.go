//go:build linux

package faults_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// smallDisk is a file system of a few MB, and what fills it.
type smallDisk struct {
	t   *testing.T
	dir string
}

func newSmallDisk(t *testing.T) smallDisk {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=12m"); err != nil {
		t.Skipf("a small file system cannot be mounted here (it takes root): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmounting: %v", err)
		}
	})
	return smallDisk{t, dir}
}

// fill takes all the room that is left, and free gives it back.
func (d smallDisk) fill() {
	d.t.Helper()
	f, err := os.Create(filepath.Join(d.dir, "filler"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{64 << 10, 512} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			d.t.Fatal(err)
		}
	}
}

func (d smallDisk) free() {
	d.t.Helper()
	if err := os.Remove(filepath.Join(d.dir, "filler")); err != nil {
		d.t.Fatal(err)
	}
}

// sound checks the database of a server that has ended.
func (d smallDisk) sound() {
	d.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(d.dir, "boltorezka.db"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		d.t.Errorf("the database is not sound: %s %v", verdict, err)
	}
}

// The disk gets full while people write: they are refused with a code, may go
// on reading and seeing each other, and write again when there is room.
func TestDiskFull(t *testing.T) {
	d := newSmallDisk(t)
	s := newServer(t, d.dir)
	s.start()
	c := gather(t, s.url, 22, brisk)
	c.write(20)
	c.progress(100)
	for range either(1, 5) {
		d.fill()
		c.until("everybody is refused", func() bool {
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.refusals[wire.CodeInternal] >= 100
		})
		c.mu.Lock()
		if !strings.Contains(c.refusal, "disk is full") {
			t.Errorf("writers are told %q, which does not say what is wrong", c.refusal)
		}
		c.mu.Unlock()
		acked := c.count()
		if n := len(c.history()); n < acked {
			t.Errorf("history has %d messages, %d were acked", n, acked)
		}
		c.presenceWorks()
		d.free()
		c.progress(100)
		c.mu.Lock()
		c.refusals[wire.CodeInternal] = 0
		c.mu.Unlock()
	}
	c.settle()
	if !strings.Contains(s.tail(), "disk is full") {
		t.Error("the log does not say what is wrong")
	}
	if code := s.end(syscall.SIGTERM); code != 0 {
		t.Errorf("the server ended with status %d", code)
	}
	d.sound()
	if c.wasAway() {
		t.Errorf("sockets were lost over it: %s", c.quantiles())
	}
}

// presenceWorks has one leave the room and come back, which another is told.
func (c *crowd) presenceWorks() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	leaver := c.people[len(c.people)-1].conn
	seen := make(chan client.Event, 256)
	c.mu.Lock()
	c.tap = seen
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.tap = nil
		c.mu.Unlock()
	}()
	if err := leaver.LeaveRoom(ctx); err != nil {
		c.t.Errorf("leaving: %v", err)
	}
	if _, err := leaver.JoinRoom(ctx, room); err != nil {
		c.t.Errorf("joining: %v", err)
	}
	for _, want := range []string{wire.TypePresenceLeft, wire.TypePresenceJoined} {
		select {
		case e := <-seen:
			if e.Type != want {
				c.t.Errorf("told of %s, want %s", e.Type, want)
			}
		case <-ctx.Done():
			c.t.Errorf("nobody was told: %s", want)
		}
	}
}

// A server whose disk is full at its start says what is wrong, or serves what
// it has; there is nothing to repair afterwards.
func TestDiskFullAtStart(t *testing.T) {
	d := newSmallDisk(t)
	s := newServer(t, d.dir)
	d.fill()
	if err := s.try(); err == nil {
		t.Error("an empty server starts without room for its database")
		s.end(syscall.SIGTERM)
	} else if !strings.Contains(err.Error(), "status 1") || !strings.Contains(err.Error(), "full") {
		t.Errorf("it does not say what is wrong: %v", err)
	}
	d.free()
	s.start()
	c := gather(t, s.url, 4, brisk)
	c.write(3)
	c.progress(50)
	s.end(syscall.SIGKILL) // leaves a log that the next start has to work through
	d.fill()
	if err := s.try(); err == nil {
		c.connected()
		if n := len(c.history()); n < c.count() {
			t.Errorf("history has %d messages, %d were acked", n, c.count())
		}
	} else if !strings.Contains(err.Error(), "full") {
		t.Errorf("it does not say what is wrong: %v", err)
	}
	d.free()
	if s.cmd == nil {
		s.start()
	}
	c.connected()
	c.progress(50)
	c.settle()
	s.end(syscall.SIGTERM)
	d.sound()
}
