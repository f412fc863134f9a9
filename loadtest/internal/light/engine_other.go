//go:build !linux

package light

import (
	"net/netip"

	"github.com/pion/webrtc/v4"
)

// Engine is not there on this system.
type Engine struct{}

// Peer is not there on this system.
type Peer struct{}

// New fails with ErrUnsupported.
func New(netip.Addr) (*Engine, error) { return nil, ErrUnsupported }

// Peer is never called.
func (*Engine) Peer(func(*Arrival)) *Peer { return &Peer{} }

// Stats is never called.
func (*Engine) Stats() Stats { return Stats{} }

// Close does nothing.
func (*Engine) Close() {}

// Settings does nothing.
func (*Peer) Settings(*webrtc.SettingEngine) {}

// Agreed fails.
func (*Peer) Agreed(string, string) error { return ErrUnsupported }

// Ready is false.
func (*Peer) Ready() bool { return false }

// Send sends nothing.
func (*Peer) Send(uint32, []byte, uint8, bool, bool, int64) bool { return false }

// Close does nothing.
func (*Peer) Close() {}
