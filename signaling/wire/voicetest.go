package wire

// VoiceTest answers POST /v1/voice/tests: a place on the SFU where the caller's
// own sessions hear each other, and nobody else is. It is no room: nobody sees
// it, and it is no call for the KPIs.
type VoiceTest struct {
	ID string `json:"id"`
	// Seconds after which the test ends by itself, its sessions and its TURN
	// credentials with it.
	ExpiresInSec int         `json:"expiresInSec"`
	ICEServers   []ICEServer `json:"iceServers"`
	// How many people in a room may talk directly on this server; 0: nobody.
	P2PMax int `json:"p2pMax"`
}

// VoiceTestOffer is a whole SDP offer of one session of a test: a sendonly line
// to be heard, recvonly lines to hear. It can be sent before there are
// candidates: the server takes a client's addresses from its checks (RFC 8445).
type VoiceTestOffer struct {
	SDP string `json:"sdp"`
}

// VoiceTestAnswer is the whole SDP answer, with the server's candidates.
type VoiceTestAnswer struct {
	SDP string `json:"sdp"`
}
