package sfu

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

// MaxAudioSlots bounds Config.AudioSlots.
const MaxAudioSlots = 32

// maxLimit bounds the limits themselves, far above what a machine can do.
const maxLimit = 1_000_000_000

// Config is the SFU's part of the settings.
type Config struct {
	// UDPAddr is where media arrives, "host:port" or ":port" for all addresses
	// of the machine.
	UDPAddr string `yaml:"udpAddr"`
	// TCPAddr is where media arrives over TCP (RFC 6544), for those whose networks
	// pass no UDP: as UDPAddr, or "off" or empty for nowhere.
	TCPAddr string `yaml:"tcpAddr"`
	// AdvertiseIPs are the addresses told to clients; empty: the machine's
	// own, never a container bridge's.
	AdvertiseIPs []string `yaml:"advertiseIps"`
	// STUN is a STUN server, "host:port", that tells this machine's public
	// address, which clients are then told beside its own; empty: none. With
	// AdvertiseIPs it is not asked.
	STUN string `yaml:"stun"`
	// AudioSlots is how many people are heard at a time, 1 to MaxAudioSlots.
	AudioSlots int `yaml:"audioSlots"`

	// Ladder says whether voice is adapted to bad paths: "on", or "off" to
	// compare.
	Ladder string `yaml:"ladder"`

	// MaxRooms and MaxPeers are how many rooms and participants the server
	// takes at a time; 0: no limit.
	MaxRooms int `yaml:"maxRooms"`
	MaxPeers int `yaml:"maxPeers"`
	// MaxPacketsPerSec and MaxBytesPerSec, headers included, are what one
	// participant may send on average over a second; 0: no limit.
	MaxPacketsPerSec int `yaml:"maxPacketsPerSec"`
	MaxBytesPerSec   int `yaml:"maxBytesPerSec"`
}

// Defaults are the settings of a server that nobody configured.
func Defaults() Config {
	return Config{
		UDPAddr: ":7882", TCPAddr: ":7881", AudioSlots: 4, Ladder: "on",
		MaxRooms: 10_000, MaxPeers: 10_000,
		// Two layers in packets of 20 ms are 100 a second, of 10 ms 200; with
		// redundancy they take some 20 kB, and Opus's highest rate 64.
		MaxPacketsPerSec: 250, MaxBytesPerSec: 64_000,
	}
}

// ConfigError is an impossible setting: its key (within sfu), its value and
// what is accepted.
type ConfigError struct{ Key, Value, Want string }

func (e *ConfigError) Error() string {
	return fmt.Sprintf("sfu.%s: %q: want %s", e.Key, e.Value, e.Want)
}

// Validate returns a *ConfigError for the first impossible setting.
func (c Config) Validate() error {
	if !isAddr(c.UDPAddr, 0) {
		return &ConfigError{"udpAddr", c.UDPAddr, "host:port or :port"}
	}
	if !c.tcpOff() && !isAddr(c.TCPAddr, 0) {
		return &ConfigError{"tcpAddr", c.TCPAddr, "host:port, :port or off"}
	}
	if host, _, _ := net.SplitHostPort(c.STUN); c.STUN != "" && (host == "" || !isAddr(c.STUN, 1)) {
		return &ConfigError{"stun", c.STUN, "the host:port of a STUN server, such as stun.example.org:3478"}
	}
	if _, err := c.advertise(); err != nil {
		return err
	}
	if c.AudioSlots < 1 || c.AudioSlots > MaxAudioSlots {
		return &ConfigError{"audioSlots", strconv.Itoa(c.AudioSlots), "1 to " + strconv.Itoa(MaxAudioSlots)}
	}
	if c.Ladder != "on" && c.Ladder != "off" && c.Ladder != "" {
		return &ConfigError{"ladder", c.Ladder, "on or off"}
	}
	for _, l := range []struct {
		key string
		n   int
	}{
		{"maxRooms", c.MaxRooms}, {"maxPeers", c.MaxPeers},
		{"maxPacketsPerSec", c.MaxPacketsPerSec}, {"maxBytesPerSec", c.MaxBytesPerSec},
	} {
		if l.n < 0 || l.n > maxLimit {
			return &ConfigError{l.key, strconv.Itoa(l.n), "0 to " + strconv.Itoa(maxLimit) + ", 0 for no limit"}
		}
	}
	return nil
}

// isAddr says whether s is host:port with a port from lowest on.
func isAddr(s string, lowest int) bool {
	_, port, err := net.SplitHostPort(s)
	n, nerr := strconv.Atoi(port)
	return err == nil && nerr == nil && n >= lowest && n <= 65535
}

func (c *Config) tcpOff() bool { return c.TCPAddr == "" || c.TCPAddr == "off" }

func (c *Config) ladderOff() bool { return c.Ladder == "off" }

func (c Config) advertise() ([]netip.Addr, error) {
	var out []netip.Addr
	for _, s := range c.AdvertiseIPs {
		a, err := netip.ParseAddr(s)
		if err != nil || a.IsUnspecified() {
			return nil, &ConfigError{"advertiseIps", s, "IP addresses that clients reach this server at"}
		}
		out = append(out, a)
	}
	return out, nil
}
