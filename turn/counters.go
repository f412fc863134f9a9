package turn

import "sync/atomic"

// Reason says why something was refused. Its text is a metric's label.
type Reason string

// The reasons for refusing a peer, a credential or a connection.
const (
	ReasonLoopback    Reason = "loopback"
	ReasonLinkLocal   Reason = "link_local"
	ReasonPrivate     Reason = "private"
	ReasonMulticast   Reason = "multicast"
	ReasonUnspecified Reason = "unspecified"
	ReasonCGNAT       Reason = "cgnat"
	ReasonReserved    Reason = "reserved"
	ReasonMetadata    Reason = "metadata"
	ReasonOwn         Reason = "own_address" // of the server's addresses, a port that is neither the SFU's nor a relay's
	ReasonPort        Reason = "port"        // port 0
	ReasonMalformed   Reason = "malformed_username"
	ReasonExpired     Reason = "expired"
	ReasonUnknown     Reason = "revoked_or_unknown"
	ReasonPassword    Reason = "wrong_password"
	ReasonNonce       Reason = "stale_nonce"
	ReasonReplayed    Reason = "replayed"
	ReasonConns       Reason = "too_many_connections"
)

// The reasons for refusing what is over a limit.
const (
	ReasonUserQuota      Reason = "user_quota"  // allocations of one user
	ReasonTotalQuota     Reason = "total_quota" // of all
	ReasonUserBandwidth  Reason = "user_bandwidth"
	ReasonTotalBandwidth Reason = "total_bandwidth"
	ReasonNoPort         Reason = "no_relay_port" // other programs have the ports that are left
	ReasonPeers          Reason = "too_many_peers"
	ReasonChannels       Reason = "too_many_channels"
	ReasonPermission     Reason = "no_permission"  // a peer that the client has named in no request
	ReasonFamily         Reason = "address_family" // a relay, or a peer, with an IPv6 address
)

var reasons = []Reason{
	ReasonLoopback, ReasonLinkLocal, ReasonPrivate, ReasonMulticast, ReasonUnspecified, ReasonCGNAT, ReasonReserved,
	ReasonMetadata, ReasonOwn, ReasonPort, ReasonMalformed, ReasonExpired, ReasonUnknown, ReasonPassword, ReasonNonce,
	ReasonReplayed, ReasonConns, ReasonUserQuota, ReasonTotalQuota, ReasonUserBandwidth, ReasonTotalBandwidth,
	ReasonNoPort, ReasonPeers, ReasonChannels, ReasonPermission, ReasonFamily,
}

// Stats are counters since the start, and Allocations as of now.
type Stats struct {
	Allocations      int
	AllocationsTotal uint64
	// Evicted counts allocations that were closed because their client had long
	// been silent and their user, who had all that he may have, asked for another.
	Evicted           uint64
	ToPeerPackets     uint64
	ToPeerBytes       uint64
	FromPeerPackets   uint64
	FromPeerBytes     uint64
	StreamConnections int
	// Refused counts refusals; every reason is in it, also at zero.
	Refused map[Reason]uint64
}

// counters are written on the packet path, so they are atomics and the map is
// never changed once made.
type counters struct {
	allocations, evicted    atomic.Uint64
	toPeer, toPeerBytes     atomic.Uint64
	fromPeer, fromPeerBytes atomic.Uint64
	refused                 map[Reason]*atomic.Uint64
}

func newCounters() *counters {
	c := &counters{refused: make(map[Reason]*atomic.Uint64, len(reasons))}
	for _, r := range reasons {
		c.refused[r] = new(atomic.Uint64)
	}
	return c
}

func (c *counters) refuse(r Reason) { c.refused[r].Add(1) }
