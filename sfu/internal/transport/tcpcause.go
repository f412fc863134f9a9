package transport

// TCPCause says why a TCP connection ended or was not taken in.
type TCPCause int

// The causes of ended connections.
const (
	TCPPeer     TCPCause = iota // the client closed it, or its network did
	TCPGone                     // its session ended, or gave up the path
	TCPSilent                   // no authentic check in time
	TCPStranger                 // something else than a check before the first authentic one, or too many wrong ones
	TCPFrame                    // a frame longer than the media path takes
	TCPStalled                  // the client took nothing for seconds
	TCPIdle                     // nothing came for a minute
	TCPEvicted                  // it had shown no check yet and newer ones had no room
	TCPRate                     // refused: too many a second from one address
	TCPAddress                  // refused: too many from one address
	TCPFull                     // refused: too many in all
	TCPShutdown                 // the server ended
	TCPCauses                   // how many there are
)

// String is the cause as metrics name it.
func (c TCPCause) String() string {
	if c < 0 || c >= TCPCauses {
		return "unknown"
	}
	return [...]string{
		"peer", "gone", "silent", "stranger", "frame", "stalled", "idle", "evicted", "rate", "address", "full", "shutdown",
	}[c]
}
