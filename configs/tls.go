package configs

import (
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/boltorezka/boltorezka/edge"
)

// complete fills in what follows from other settings.
func (c *Config) complete() {
	if c.HTTP.PublicURL == "" {
		c.HTTP.PublicURL = c.TLS.PublicURL()
	}
}

// validateTLS looks at what the parts' settings of TLS say to each other.
func (c Config) validateTLS() error {
	own := c.TLS.Source() != edge.SourceNone
	if at := c.TURN.TLSAddr; at != "" && at != off {
		switch {
		case !own:
			return fmt.Errorf("turn.tlsAddr: %q is not accepted without a certificate; give tls.names, tls.cert and tls.key, or tls.selfSigned: on", at)
		case c.TURN.Off():
			return fmt.Errorf("turn.tlsAddr: %q is not accepted while turn.addr is off; give turn.addr, or turn.tlsAddr: off", at)
		case samePort(at, c.TLS.Addr):
			return fmt.Errorf("turn.tlsAddr: %q is tls.addr too; leave it empty: TURN over TLS is served there already", at)
		}
	}
	if c.HTTP.ProxyProtocol == "on" && len(c.HTTP.TrustedProxies) == 0 {
		return errors.New("http.proxyProtocol: on is not accepted while http.trustedProxies is empty; give the addresses of the load balancers there")
	}
	if len(c.TLS.Names) > 0 {
		if u, err := url.Parse(c.HTTP.PublicURL); err == nil && u.Scheme == "http" {
			return fmt.Errorf("http.publicUrl: %q is not accepted while tls.names is set; give https://, or nothing", c.HTTP.PublicURL)
		}
	}
	if own && samePort(c.TLS.Addr, c.HTTP.Addr) {
		return fmt.Errorf("tls.addr: %q is http.addr too; give another port to one of them", c.TLS.Addr)
	}
	return nil
}

// samePort says whether two addresses are one; of port 0 there are many.
func samePort(a, b string) bool {
	_, port, err := net.SplitHostPort(a)
	return err == nil && a == b && port != "0"
}
