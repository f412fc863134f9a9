package storetest

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"
)

// Server is a PostgreSQL of one test's own, which can be stopped and started.
type Server struct {
	t       testing.TB
	cluster *cluster
	stopped bool
}

// The ways to stop a Server.
const (
	Fast      = syscall.SIGINT  // sends the clients away and ends in order
	Immediate = syscall.SIGQUIT // ends at once and recovers at the next start
	Kill      = syscall.SIGKILL
)

// NewServer starts an empty PostgreSQL that ends with the test.
func NewServer(t testing.TB) *Server {
	t.Helper()
	c, err := start()
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, cluster: c}
	t.Cleanup(func() {
		s.Stop(Immediate)
		if err := os.RemoveAll(c.dir); err != nil {
			t.Errorf("storetest: %v", err)
		}
	})
	return s
}

// URL is the address of its database.
func (s *Server) URL() string { return s.cluster.url }

// Stop ends it and returns when it has ended.
func (s *Server) Stop(how syscall.Signal) {
	s.t.Helper()
	if s.stopped {
		return
	}
	s.stopped = true
	if err := s.cluster.cmd.Process.Signal(how); err != nil {
		s.t.Errorf("storetest: stopping PostgreSQL: %v", err)
	}
	<-s.cluster.done // its exit status tells of the signal
	if err := s.cluster.log.Close(); err != nil {
		s.t.Errorf("storetest: %v", err)
	}
}

// Start starts it again, at the same address with the same data.
func (s *Server) Start() {
	s.t.Helper()
	// After Kill the processes of its connections are there for a moment longer.
	var errs error
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		err := s.cluster.run()
		if err == nil {
			s.stopped = false
			return
		}
		errs = errors.Join(errs, err)
	}
	s.t.Fatal(fmt.Errorf("storetest: PostgreSQL does not start again: %w", errs))
}
