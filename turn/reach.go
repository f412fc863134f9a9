package turn

import "net/netip"

// Unreachable says why addr is not one that the whole internet reaches, or "".
func Unreachable(addr netip.Addr) Reason { return classify(addr) }
