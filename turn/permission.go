package turn

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Bounds of one relay: pion keeps a timer for each permission and looks through
// all channels at each datagram. A call with seven pairs has some 80 peers.
const (
	maxPeers    = 128
	maxChannels = 256
	// peerLife is after how long pion has forgotten a peer that is not named
	// again: a permission lasts 5 minutes, a channel 10.
	peerLife = 11 * time.Minute
)

// permit is pion's PermissionHandler: it is asked of each peer in a
// CreatePermission or ChannelBind request.
func (s *Server) permit(from net.Addr, peer net.IP) bool {
	ip, ok := netip.AddrFromSlice(peer)
	reason := ReasonUnspecified
	if ok {
		ip = ip.Unmap()
		if reason = s.rules.refuseIP(ip); reason == "" {
			reason = s.admit(clientOf(from), ip)
		}
	}
	if reason != "" {
		s.count.refuse(reason)
	}
	return reason == ""
}

// admit enters a peer with the relays of a client. One whose relays are being
// closed gets no permission any more.
func (s *Server) admit(c client, ip netip.Addr) Reason {
	s.mu.Lock()
	relays := slices.Clone(s.ledger.relaysOf[c])
	s.mu.Unlock()
	if len(relays) == 0 {
		return ReasonUnknown
	}
	now := s.now()
	for _, r := range relays {
		if !r.addPeer(ip, now) {
			return ReasonPeers
		}
	}
	return ""
}

// addPeer notes that the client has a permission for ip; false: it has too many.
func (r *relayConn) addPeer(ip netip.Addr, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.peers[ip]; !known && len(r.peers) >= maxPeers {
		for old, at := range r.peers {
			if now.Sub(at) > peerLife {
				delete(r.peers, old)
			}
		}
		if len(r.peers) >= maxPeers {
			return false
		}
	}
	r.peers[ip] = now
	return true
}

// hasPeer says whether the client ever had a permission for ip. pion knows
// whether it still has; this is so that strangers, who may send to any relay,
// use up nobody's bandwidth.
func (r *relayConn) hasPeer(ip netip.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.peers[ip]
	return ok
}

// onChannel counts a relay's channels, and ends one that has too many.
func (s *Server) onChannel(_, _ net.Addr, _, _, _ string, relayed, _ net.Addr, _ uint16) {
	r := s.relayAt(relayed)
	if r == nil {
		return
	}
	r.mu.Lock()
	r.channels++
	tooMany := r.channels > maxChannels
	r.mu.Unlock()
	if tooMany {
		s.count.refuse(ReasonChannels)
		_ = r.Close()
	}
}

func (s *Server) onChannelGone(_, _ net.Addr, _, _, _ string, relayed, _ net.Addr, _ uint16) {
	if r := s.relayAt(relayed); r != nil {
		r.mu.Lock()
		r.channels--
		r.mu.Unlock()
	}
}

// onFailure is told of each message that pion could not handle, in words.
func (s *Server) onFailure(from, _ net.Addr, _, words string) {
	if s.ledger.promises.Load() > 0 {
		s.mu.Lock()
		s.ledger.unpromise(clientOf(from)) // its relay could not be opened
		s.mu.Unlock()
	}
	// A Send indication gets no answer (RFC 8656 section 11.2). Which peer it
	// was for is at the end of the words.
	if !strings.Contains(words, "no permission added") {
		return
	}
	reason := ReasonPermission
	if i := strings.LastIndex(words, " "); i >= 0 {
		if peer, err := netip.ParseAddrPort(words[i+1:]); err == nil {
			if why := s.rules.refuse(peer); why != "" {
				reason = why
			}
		}
	}
	s.count.refuse(reason)
}
