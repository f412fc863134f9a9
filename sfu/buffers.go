package sfu

import "github.com/boltorezka/boltorezka/sfu/internal/transport"

// SocketReadBuffer and SocketWriteBuffer are what the media socket asks of the
// kernel, in bytes. With less it works, and loses packets when many come at
// once.
const (
	SocketReadBuffer  = transport.ReadBuffer
	SocketWriteBuffer = transport.WriteBuffer
)
