package main

import (
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
	"github.com/boltorezka/boltorezka/turn"
)

// iceServers is the built-in TURN server, the external one, both or neither,
// as signaling's Credentials.
type iceServers struct {
	own      *turn.Server // nil: off
	external turn.External
}

func (s iceServers) Issue(userID, voiceSessionID, host string) []wire.ICEServer {
	list := []wire.ICEServer{} // a client expects an array
	if s.own != nil {
		for _, one := range s.own.Issue(userID, voiceSessionID, host) {
			list = append(list, wire.ICEServer(one))
		}
	}
	if one, ok := s.external.Issue(userID, voiceSessionID, time.Now()); ok {
		list = append(list, wire.ICEServer(one))
	}
	return list
}

func (s iceServers) Revoke(userID, voiceSessionID string) {
	if s.own != nil {
		s.own.Revoke(userID, voiceSessionID)
	}
}
