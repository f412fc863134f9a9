// Package client speaks the realtime contract v1 to a Boltorezka server: HTTP
// for accounts, rooms and history, one WebSocket with heartbeat, resume and
// reconnection for everything live, and voice through the server's SFU over
// one PeerConnection of pion/webrtc.
//
// A Client is an address and a session token; a Conn is one live connection of
// it; a Voice is the Conn's part in one room's voice:
//
//	c, _ := client.New("https://talk.example.org")
//	_, err := c.Guest(ctx, "ada", "")
//	conn, err := c.Connect(ctx)
//	defer conn.Close()
//	_, err = conn.JoinRoom(ctx, "general")
//	voice, err := conn.JoinVoice(ctx, "general", client.VoiceOptions{OnAudio: hear})
//
// The program brings its own Opus encoder: it gives packets to Voice.WriteOpus
// and sets the encoder by Voice.Uplink, which has the server's word on bitrate,
// frames and layers. What a listener himself gets, and why, is in the event
// voice.quality. A media path that is lost, or that is there and carries nothing
// one way, is mended in steps, which events of TypeRepair tell of.
//
// What the server refuses comes back as *wire.Error, whose Code callers branch
// on. All types are safe for use by several goroutines.
package client
