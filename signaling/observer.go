package signaling

import (
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Observer is told of what the KPIs are counted from. Its methods are called
// from many goroutines, some of them loops: they must be quick and not block.
type Observer interface {
	// Request tells of an answered request: code is empty for an ack.
	// eventType is one of the contract's, or "unknown".
	Request(eventType string, code wire.Code, took time.Duration)
	// SocketOpened tells of a new socket; reconnect says that it asked to resume.
	SocketOpened(reconnect, resumed bool)
	// SocketClosed tells why a socket ended: client, lost, heartbeat, slow, error,
	// resumed (its client came back on another), flood, kicked, replaced, draining.
	SocketClosed(reason string)
	// Message tells of an acked chat message and whether every socket in the
	// room was handed it.
	Message(delivered bool)
	// CallSetup tells how a voice session began: took is the time from
	// voice.join to the first media; not ok: it ended without ever connecting.
	CallSetup(ok bool, took time.Duration)
	// ICEPath tells of a path that carries media, once, by what the client
	// reports of it.
	ICEPath(topology wire.Topology, candidateType, transport string)
	// ICEFailure tells of a path that failed, with the candidate type and the
	// transport that the client last reported, or "unknown" for each.
	ICEFailure(topology wire.Topology, candidateType, transport string)
	// Topology tells of each step of a room between P2P and SFU.
	Topology(topology wire.Topology, phase wire.TopologyPhase, reason string)
	// Stats tells of a client's own report.
	Stats(wire.VoiceStats)
}

// Stats are gauges and running totals of a Hub.
type Stats struct {
	Sessions, Users, Rooms, VoiceMembers, P2PRooms int64
	// SlowClosed counts sockets that were closed because their queue was full.
	SlowClosed int64
	// ChatRefused counts messages refused because a room's appender was full.
	ChatRefused int64
	// Ghosts counts stays in voice that were ended because neither media nor
	// the client was to be reached any more.
	Ghosts int64
	// OneWayUp and OneWayDown count when sound began to go one way only between
	// a participant and the SFU: nothing came of him, or nothing got to him.
	OneWayUp, OneWayDown int64
}

// silent is the Observer of a Hub that was given none.
type silent struct{}

func (silent) Request(string, wire.Code, time.Duration)           {}
func (silent) SocketOpened(bool, bool)                            {}
func (silent) SocketClosed(string)                                {}
func (silent) Message(bool)                                       {}
func (silent) CallSetup(bool, time.Duration)                      {}
func (silent) ICEPath(wire.Topology, string, string)              {}
func (silent) ICEFailure(wire.Topology, string, string)           {}
func (silent) Topology(wire.Topology, wire.TopologyPhase, string) {}
func (silent) Stats(wire.VoiceStats)                              {}
