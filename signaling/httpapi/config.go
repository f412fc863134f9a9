package httpapi

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Config is where and how the server listens.
type Config struct {
	// Addr is the address to listen on, host:port; an empty host is all.
	Addr string `yaml:"addr"`
	// PublicURL is the address that people open, such as
	// https://talk.example.org, without a path. Empty: what a request says.
	PublicURL string `yaml:"publicUrl"`
	// TrustedProxies are the addresses or networks of reverse proxies whose
	// X-Forwarded-For, -Proto and -Host are believed. Empty: nobody's.
	TrustedProxies []string `yaml:"trustedProxies"`
	// MaxParticipants is rooms.maxParticipants: what a room gets that was made
	// without a limit of its own, and the most one may have.
	MaxParticipants int `yaml:"-"`
	// Rate is limits.rate: it multiplies every limit, and 0 turns them off.
	Rate float64 `yaml:"-"`
}

// Defaults returns the settings of a server that was told nothing.
func Defaults() Config { return Config{Addr: ":8080", MaxParticipants: 500, Rate: 1} }

// Validate says in one line what cannot work.
func (c Config) Validate() error {
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return fmt.Errorf("http.addr is %q: give host:port, or :port for all addresses", c.Addr)
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
			return fmt.Errorf("http.publicUrl is %q: give http(s)://host[:port] without a path, or nothing", c.PublicURL)
		}
	}
	if _, err := c.Proxies(); err != nil {
		return err
	}
	if c.MaxParticipants < 1 || c.MaxParticipants > maxRoomParticipants {
		return fmt.Errorf("rooms.maxParticipants is %d: give 1 to %d", c.MaxParticipants, maxRoomParticipants)
	}
	if !(c.Rate >= 0) {
		return fmt.Errorf("limits.rate is %v: give 0 (no limits) or a positive number", c.Rate)
	}
	return nil
}

// maxRoomParticipants is the most that rooms.maxParticipants may be.
const maxRoomParticipants = 10000

// Proxies are TrustedProxies as networks.
func (c Config) Proxies() ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, s := range c.TrustedProxies {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, addrErr := netip.ParseAddr(s)
			if addrErr != nil {
				return nil, fmt.Errorf("http.trustedProxies has %q: give an address or a network such as 10.0.0.0/8", s)
			}
			a = a.Unmap()
			p = netip.PrefixFrom(a, a.BitLen())
		}
		list = append(list, p.Masked())
	}
	return list, nil
}
