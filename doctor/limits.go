package doctor

import (
	"context"
	"fmt"

	"github.com/boltorezka/boltorezka/sfu"
)

// buffers compares what the kernel gives the media socket with what it asks for.
func (p *patient) buffers(context.Context) []Finding {
	const check = "buffers"
	read, write, known := grantedBuffers(sfu.SocketReadBuffer, sfu.SocketWriteBuffer)
	if !known {
		return []Finding{skipped(check, "not known on this system")}
	}
	f := fine(check, "UDP sockets get %d kB to read and %d kB to write", read>>10, write>>10)
	if read < sfu.SocketReadBuffer || write < sfu.SocketWriteBuffer {
		f.State = Warning
		f.What += fmt.Sprintf(", of %d and %d asked for", sfu.SocketReadBuffer>>10, sfu.SocketWriteBuffer>>10)
		f.Why = "with many people in voice, packets that come at once are lost"
		f.Do = fmt.Sprintf("sysctl -w net.core.rmem_max=%d net.core.wmem_max=%d, and put both into /etc/sysctl.d for the next start, on the host where this is a container",
			sfu.SocketReadBuffer, max(sfu.SocketWriteBuffer, 212992))
	}
	return []Finding{f}
}

// Descriptors: those that the server has in any case, those of one person
// (a WebSocket, and a call over HTTP now and then), and the least to do with.
const (
	ownFiles    = 64
	personFiles = 2
	leastFiles  = 512
)

// files compares the limit of open files with what the settings allow people
// to take.
func (p *patient) files(context.Context) []Finding {
	const check = "files"
	limit, known := fileLimit()
	what := "a server started from here may have %d files open"
	if p.running != nil && p.running.FileLimit > 0 {
		limit, known = p.running.FileLimit, true
		what = fmt.Sprintf("the running server has %d", p.running.OpenFiles) + " of %d files open"
	}
	if !known {
		return []Finding{skipped(check, "not known on this system")}
	}
	f := fine(check, what, limit)
	fixed := uint64(ownFiles + p.cfg.Store.MaxConns)
	people := uint64(p.cfg.SFU.MaxPeers)
	if people == 0 {
		people = 10_000 // no limit: as many as its default
	}
	var relays uint64
	if !p.cfg.TURN.Off() {
		// Each relay has a socket; few come by TCP.
		relays = uint64(p.cfg.TURN.RelayPorts.Len())
	}
	need := fixed + people*personFiles + relays
	why := fmt.Sprintf("at about %d people nobody else can connect", (max(limit, fixed)-fixed)/(personFiles+1))
	do := "raise it: LimitNOFILE= of the systemd service, --ulimit nofile= of the container, or ulimit -n; or set sfu.maxPeers lower"
	switch {
	case limit < leastFiles || p.running != nil && p.running.OpenFiles*10 > limit*9 && p.running.FileLimit > 0:
		f.State, f.Why, f.Do = Problem, why, do
	case limit < need:
		f.State, f.Why, f.Do = Warning, fmt.Sprintf("%d people (sfu.maxPeers) and their relays take up to %d; %s", people, need, why), do
	}
	return []Finding{f}
}
