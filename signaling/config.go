package signaling

import (
	"fmt"
	"time"
)

// Config is signaling's part of the settings. Make one with Defaults: New
// takes it as it is, and zero values have meanings of their own.
type Config struct {
	Voice    VoiceConfig    `yaml:"voice"`
	Rooms    RoomsConfig    `yaml:"rooms"`
	Limits   LimitsConfig   `yaml:"limits"`
	Realtime RealtimeConfig `yaml:"realtime"`
}

// VoiceConfig says how voice is carried.
type VoiceConfig struct {
	// P2PMax is how many people in a room may talk directly; 0: always the SFU.
	P2PMax int `yaml:"p2pMax"`
	// P2PSettle is how long a small room must stay unchanged before pairs are tried.
	P2PSettle time.Duration `yaml:"p2pSettle"`
	// P2PTimeout is how long pairs may take to connect.
	P2PTimeout time.Duration `yaml:"p2pTimeout"`
	// RelayOnly has everybody relayed by a TURN server and nobody talk directly.
	RelayOnly bool `yaml:"relayOnly"`
}

// RoomsConfig bounds rooms.
type RoomsConfig struct {
	// MaxParticipants is the most people in any room's voice; a room's own
	// limit may be smaller.
	MaxParticipants int `yaml:"maxParticipants"`
}

// LimitsConfig bounds what one user may ask for.
type LimitsConfig struct {
	// Rate multiplies every rate limit; 0 turns them off.
	Rate float64 `yaml:"rate"`
	// SessionsPerUser is how many sockets a user may have; one more closes the oldest.
	SessionsPerUser int `yaml:"sessionsPerUser"`
}

// RealtimeConfig is about sockets.
type RealtimeConfig struct {
	// HeartbeatSec is how often a client pings, in seconds.
	HeartbeatSec int `yaml:"heartbeatSec"`
	// ResumeWindowSec is how long a session waits for a client that was lost,
	// in seconds; 0: not at all.
	ResumeWindowSec int `yaml:"resumeWindowSec"`
	// QueueFrames and QueueBytes bound what may wait for one socket, and
	// be kept for one that comes back.
	QueueFrames int `yaml:"queueFrames"`
	QueueBytes  int `yaml:"queueBytes"`
}

// heartbeat is how often a client pings.
func (c RealtimeConfig) heartbeat() time.Duration { return time.Duration(c.HeartbeatSec) * time.Second }

// silence is how long a client may say nothing: two heartbeats unanswered, and
// half of one for the way.
func (c RealtimeConfig) silence() time.Duration { return c.heartbeat() * 5 / 2 }

func (c RealtimeConfig) resumeWindow() time.Duration {
	return time.Duration(c.ResumeWindowSec) * time.Second
}

// Defaults is the configuration of a server that nobody configured.
func Defaults() Config {
	return Config{
		Voice:    VoiceConfig{P2PMax: 2, P2PSettle: 300 * time.Millisecond, P2PTimeout: 5 * time.Second},
		Rooms:    RoomsConfig{MaxParticipants: 500},
		Limits:   LimitsConfig{Rate: 1, SessionsPerUser: 16},
		Realtime: RealtimeConfig{HeartbeatSec: 20, ResumeWindowSec: 30, QueueFrames: 1024, QueueBytes: 4 << 20},
	}
}

// Validate returns an error that names the first impossible value by its key,
// and what is accepted.
func (c Config) Validate() error {
	for _, k := range []struct {
		key      string
		ok       bool
		value    any
		accepted string
	}{
		{"voice.p2pMax", c.Voice.P2PMax == 0 || (c.Voice.P2PMax >= 2 && c.Voice.P2PMax <= 8), c.Voice.P2PMax, "0 (always the SFU) or 2 to 8"},
		{"voice.p2pSettle", c.Voice.P2PSettle >= 0 && c.Voice.P2PSettle <= time.Minute, c.Voice.P2PSettle, "0s to 1m"},
		{"voice.p2pTimeout", c.Voice.P2PTimeout >= time.Second && c.Voice.P2PTimeout <= time.Minute, c.Voice.P2PTimeout, "1s to 1m"},
		{"rooms.maxParticipants", c.Rooms.MaxParticipants >= 1 && c.Rooms.MaxParticipants <= 10000, c.Rooms.MaxParticipants, "1 to 10000"},
		{"limits.rate", c.Limits.Rate >= 0 && c.Limits.Rate <= 1000, c.Limits.Rate, "0 (no limits) to 1000"},
		{"limits.sessionsPerUser", c.Limits.SessionsPerUser >= 1 && c.Limits.SessionsPerUser <= 100000, c.Limits.SessionsPerUser, "1 to 100000"},
		{"realtime.heartbeatSec", c.Realtime.HeartbeatSec >= 1 && c.Realtime.HeartbeatSec <= 300, c.Realtime.HeartbeatSec, "1 to 300"},
		{"realtime.resumeWindowSec", c.Realtime.ResumeWindowSec >= 0 && c.Realtime.ResumeWindowSec <= 600, c.Realtime.ResumeWindowSec, "0 (no resume) to 600"},
		{"realtime.queueFrames", c.Realtime.QueueFrames >= 16 && c.Realtime.QueueFrames <= 1<<20, c.Realtime.QueueFrames, "16 to 1048576"},
		{"realtime.queueBytes", c.Realtime.QueueBytes >= 64<<10 && c.Realtime.QueueBytes <= 1<<30, c.Realtime.QueueBytes, "65536 to 1073741824"},
	} {
		if !k.ok {
			return fmt.Errorf("%s: %v is not accepted; give %s", k.key, k.value, k.accepted)
		}
	}
	return nil
}
