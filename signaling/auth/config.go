package auth

import (
	"fmt"
	"math"
	"time"
)

// Access says who may come in by one way.
type Access string

// The values that Registration (open, invite, closed) and Guests (open,
// invite, off) take.
const (
	AccessOpen   Access = "open"
	AccessInvite Access = "invite"
	AccessClosed Access = "closed"
	AccessOff    Access = "off"
)

// Config says who may come in and for how long.
type Config struct {
	// Registration says who may make an account: open, invite, closed. The
	// first account is always accepted.
	Registration Access `yaml:"registration"`
	// Guests says who may come in without an account: open, invite, off.
	Guests Access `yaml:"guests"`
	// SessionLifetime is how long an account's device stays signed in after it
	// was last refreshed; GuestLifetime is a guest's.
	SessionLifetime time.Duration `yaml:"sessionLifetime"`
	GuestLifetime   time.Duration `yaml:"guestLifetime"`
	// PublicURL is http.publicUrl; invite links begin with it. Empty: they begin with what the caller's request says.
	PublicURL string `yaml:"-"`
	// Rate is limits.rate: it multiplies every limit, and 0 turns them off.
	Rate float64 `yaml:"-"`
	// Hash is the price of a password hash.
	Hash HashCost `yaml:"-"`
	// Now is the clock; nil is time.Now.
	Now func() time.Time `yaml:"-"`
}

// HashCost is what one password hash takes (RFC 9106 section 3.1).
type HashCost struct {
	MemoryKiB uint32
	Passes    uint32
	// Parallel is how many hashes may be computed at once: it bounds the
	// memory and leaves processors to the voice. Each is computed on one.
	Parallel int
}

// Defaults returns the settings of a server that was told nothing. The cost
// of a hash is the second of OWASP's recommended ones: 19 MiB, two passes.
func Defaults() Config {
	return Config{
		Registration:    AccessInvite,
		Guests:          AccessInvite,
		SessionLifetime: 60 * 24 * time.Hour,
		GuestLifetime:   7 * 24 * time.Hour,
		Rate:            1,
		Hash:            HashCost{MemoryKiB: 19 << 10, Passes: 2, Parallel: 2},
	}
}

// Validate says in one line what cannot work.
func (c Config) Validate() error {
	switch c.Registration {
	case AccessOpen, AccessInvite, AccessClosed:
	default:
		return fmt.Errorf("auth.registration is %q: give open, invite or closed", c.Registration)
	}
	switch c.Guests {
	case AccessOpen, AccessInvite, AccessOff:
	default:
		return fmt.Errorf("auth.guests is %q: give open, invite or off", c.Guests)
	}
	if c.SessionLifetime < time.Minute {
		return fmt.Errorf("auth.sessionLifetime is %s: give a duration of at least 1m", c.SessionLifetime)
	}
	if c.GuestLifetime < time.Minute {
		return fmt.Errorf("auth.guestLifetime is %s: give a duration of at least 1m", c.GuestLifetime)
	}
	if c.Rate < 0 || math.IsNaN(c.Rate) || math.IsInf(c.Rate, 0) {
		return fmt.Errorf("limits.rate is %v: give 0 (no limits) or a positive number", c.Rate)
	}
	if c.Hash.MemoryKiB < 8 || c.Hash.Passes < 1 || c.Hash.Parallel < 1 {
		return fmt.Errorf("password hash cost %+v: memory must be at least 8 KiB, passes and parallel at least 1", c.Hash)
	}
	return nil
}
