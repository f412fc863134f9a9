package signaling

import (
	"encoding/json"
	"net/netip"
	"strings"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Whoever is relayed only has a promise: no participant learns his address. His
// voice is between him and the SFU alone, and what clients say to one another
// past the SFU is not passed on: neither his candidates to others, nor theirs
// to him, to which his client would show itself by its checks.

// hides says whether the user is promised that; as a user, not as a device of his.
func (r *room) hides(a *account) bool { return r.hub.cfg.Voice.RelayOnly || a.hides() }

// hides says whether he asked for it when he joined voice.
func (a *account) hides() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.voice != nil && a.voice.hidden
}

// relayed says whether a client is given a TURN server.
func relayed(servers []wire.ICEServer) bool {
	for _, s := range servers {
		for _, u := range s.URLs {
			if strings.HasPrefix(u, "turn:") || strings.HasPrefix(u, "turns:") {
				return true
			}
		}
	}
	return false
}

// namesAddress says whether a text has an IP address or an ICE candidate in it.
func namesAddress(text string) bool {
	if strings.Contains(text, "candidate:") {
		return true
	}
	words := strings.FieldsFunc(text, func(c rune) bool {
		return !strings.ContainsRune("0123456789abcdefABCDEF.:", c)
	})
	for _, w := range words {
		w = strings.TrimRight(w, ".")
		if _, err := netip.ParseAddr(w); err == nil {
			return true
		}
		if _, err := netip.ParseAddrPort(w); err == nil {
			return true
		}
	}
	return false
}

// namesAddressIn is namesAddress for all texts of a JSON value.
func namesAddressIn(raw json.RawMessage) bool {
	var v any
	return json.Unmarshal(raw, &v) != nil || anyAddress(v)
}

func anyAddress(v any) bool {
	switch v := v.(type) {
	case string:
		return namesAddress(v)
	case []any:
		for _, one := range v {
			if anyAddress(one) {
				return true
			}
		}
	case map[string]any:
		for name, one := range v {
			if namesAddress(name) || anyAddress(one) {
				return true
			}
		}
	}
	return false
}

func errNoRelay() *wire.Error {
	return wire.E(wire.CodeNoRelay, "relayOnly: this server has no TURN server to relay by")
}

func errHidden() *wire.Error {
	return wire.E(wire.CodeForbidden, "you are relayed only: what could tell your address is not passed on")
}

func errTargetHidden() *wire.Error {
	return wire.E(wire.CodeForbidden, "targetUserId: this participant is relayed only and has no pairs")
}
