package httpapi

import (
	"crypto/sha1"
	"encoding/base64"
	"net"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// acceptGUID is the server's part of a handshake (RFC 6455 section 1.3).
const acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// upgrade answers a WebSocket handshake (RFC 6455 section 4.2) and hands the
// connection to serve, on a goroutine of its own: what the HTTP server needed
// for the request, some 40 KiB with its stack, is free again.
func (s *Server) upgrade(c *call, serve func(*wsConn)) error {
	if !named(c.Get(fiber.HeaderConnection), "upgrade") || !named(c.Get(fiber.HeaderUpgrade), "websocket") {
		c.Set(fiber.HeaderUpgrade, "websocket")
		return wire.E(wire.CodeValidation, "this address speaks WebSocket")
	}
	if c.Get("Sec-WebSocket-Version") != "13" {
		c.Set("Sec-WebSocket-Version", "13")
		return wire.Invalid("Sec-WebSocket-Version", "13 is spoken here")
	}
	key := c.Get("Sec-WebSocket-Key")
	if raw, err := base64.StdEncoding.DecodeString(key); err != nil || len(raw) != 16 {
		return wire.Invalid("Sec-WebSocket-Key", "16 bytes in base64")
	}
	sum := sha1.Sum([]byte(key + acceptGUID))
	c.Set(fiber.HeaderUpgrade, "websocket")
	c.Set(fiber.HeaderConnection, "Upgrade")
	c.Set("Sec-WebSocket-Accept", base64.StdEncoding.EncodeToString(sum[:]))
	c.Status(fiber.StatusSwitchingProtocols)
	c.Context().Hijack(func(hijacked net.Conn) {
		go serve(release(hijacked))
	})
	return nil
}

// named reports whether a header's list has an item (RFC 9110 section 5.6.1).
func named(list, item string) bool {
	for part := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(part), item) {
			return true
		}
	}
	return false
}

// release takes a connection from the HTTP server, with what that has read of
// it beyond the request: a client should wait for the answer, and need not.
func release(hijacked net.Conn) *wsConn {
	under, ok := hijacked.(interface{ UnsafeConn() net.Conn })
	if !ok {
		return newConn(hijacked, nil)
	}
	conn := under.UnsafeConn()
	// With a deadline in the past only what is in memory is read.
	_ = conn.SetReadDeadline(time.Unix(1, 0))
	var ahead []byte
	var part [512]byte
	for {
		n, err := hijacked.Read(part[:])
		ahead = append(ahead, part[:n]...)
		if err != nil || n == 0 {
			break
		}
	}
	_ = conn.SetReadDeadline(time.Time{})
	return newConn(conn, ahead)
}
