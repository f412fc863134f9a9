package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
)

// ufragOf returns the sender's own ufrag from an ICE check: a STUN binding
// request's USERNAME is "receiver's:sender's" (RFC 8445 section 7.2.2). It is
// empty for everything else.
func ufragOf(packet []byte) string {
	const (
		header      = 20
		magicCookie = 0x2112A442
		request     = 0x0001
		username    = 0x0006
	)
	if len(packet) < header || binary.BigEndian.Uint16(packet) != request ||
		binary.BigEndian.Uint32(packet[4:]) != magicCookie {
		return ""
	}
	rest := packet[header:]
	for len(rest) >= 4 {
		kind, size := binary.BigEndian.Uint16(rest), int(binary.BigEndian.Uint16(rest[2:]))
		rest = rest[4:]
		if size > len(rest) {
			return ""
		}
		if kind == username {
			_, own, _ := bytes.Cut(rest[:size], []byte{':'})
			return string(own)
		}
		rest = rest[min(len(rest), (size+3)&^3):]
	}
	return ""
}

func isClosed(err error) bool { return errors.Is(err, net.ErrClosed) }
