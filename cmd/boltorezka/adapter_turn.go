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
	// overTLS are the own one's URLs over TLS, for a client that reached the
	// server by host; there may be none.
	overTLS func(host string) []string
}

func (s iceServers) Issue(userID, voiceSessionID, host string) []wire.ICEServer {
	list := []wire.ICEServer{} // a client expects an array
	if s.own != nil {
		for _, one := range s.own.Issue(userID, voiceSessionID, host) {
			if one.Username != "" {
				one.URLs = append(one.URLs, s.overTLS(host)...)
			}
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
