package auth

import (
	"crypto/subtle"
	"sync"
)

// setup is the code that the first account is made with from elsewhere than
// the server's own machine.
type setup struct {
	mu   sync.Mutex
	code string // empty: there is an owner
}

func (s *setup) open(code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.code = code
}

func (s *setup) close() { s.open("") }

func (s *setup) get() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.code
}

func (s *setup) accepts(code string) bool {
	want := s.get()
	return want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(foldCode(code))) == 1
}

// SetupCode returns the code that the first account is made with from another
// machine, or nothing once there is an owner. It is for the operator's eyes.
func (s *Service) SetupCode() string { return s.setup.get() }
