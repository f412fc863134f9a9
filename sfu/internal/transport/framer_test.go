package transport

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"testing"
)

// feed gives a framer a stream in parts of the sizes that cuts says, and returns
// what it makes of it.
func feed(stream, cuts []byte) (frames [][]byte, err error) {
	f := &framer{}
	for i := 0; len(stream) > 0; i++ {
		room := f.space()
		n := min(len(room), len(stream))
		if len(cuts) > 0 {
			n = min(n, 1+int(cuts[i%len(cuts)]))
		}
		if n == 0 {
			return frames, errors.New("no room")
		}
		f.took(copy(room[:n], stream))
		stream = stream[n:]
		for ready := f.ready(); ; ready = f.ready() {
			b, ok, err := f.next()
			if err != nil {
				return frames, err
			}
			if ok != ready {
				return frames, errors.New("not ready for what there is")
			}
			if !ok {
				break
			}
			frames = append(frames, bytes.Clone(b))
		}
	}
	return frames, nil
}

// FuzzFramer cuts any stream in any parts: what comes out is what a plain
// reading of RFC 4571 says, whatever the parts.
func FuzzFramer(f *testing.F) {
	f.Add([]byte{0, 3, 1, 2, 3, 0, 0, 0, 1, 9}, []byte{0})
	f.Add([]byte{0xff, 0xff, 1}, []byte{1, 2})
	f.Add(append([]byte{6, 64}, make([]byte, 1600)...), []byte{255})
	f.Add(append([]byte{6, 65}, make([]byte, 1601)...), []byte{255})
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"), []byte{3})
	f.Fuzz(func(t *testing.T, stream, cuts []byte) {
		var want [][]byte
		long := false
		for rest := stream; len(rest) >= 2; {
			n := int(binary.BigEndian.Uint16(rest))
			if n > bufferSize {
				long = true
				break
			}
			if len(rest) < 2+n {
				break
			}
			want = append(want, rest[2:2+n])
			rest = rest[2+n:]
		}
		got, err := feed(stream, cuts)
		if long != errors.Is(err, errFrameLength) || err != nil && !long {
			t.Fatalf("%v, too long: %v", err, long)
		}
		if len(got) != len(want) {
			t.Fatalf("%d frames, want %d", len(got), len(want))
		}
		for i := range got {
			if !bytes.Equal(got[i], want[i]) {
				t.Fatalf("frame %d is %x, want %x", i, got[i], want[i])
			}
		}
	})
}

// FuzzConnection takes any stream for what a client's connection brings, before
// and after its first check: nothing is believed, and what is kept of it is
// bounded.
func FuzzConnection(f *testing.F) {
	h := newEcho()
	b := newBench(f, h)
	b.keys()
	b.prove(1)
	f.Add(true, append([]byte{0, 100}, b.check(f)...))
	f.Add(false, []byte{0, 20, 0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add(true, append([]byte{0, 52, 128, 111}, make([]byte, 50)...))
	f.Add(true, append([]byte{0, 80}, hello(1)...))
	f.Add(true, []byte{0, 0, 0, 0, 0, 14, 70, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13})
	now := int64(1)
	f.Fuzz(func(t *testing.T, known bool, stream []byte) {
		c := &connection{t: b.tr, conn: &net.TCPConn{}, remote: addrOf(&b.away)}
		c.book.stream, c.out.c, c.out.closed = c, c, true
		if known {
			c.session = b.s
			c.byAddr = map[netip.AddrPort]owner{c.remote: {session: b.s}}
		}
		now += 10_000
		b.prove(now)
		before := b.tr.counters.Handshakes.Load()
		for len(stream) > 0 && c.cause.Load() == 0 {
			n := copy(c.in.space(), stream)
			c.in.took(n)
			stream = stream[n:]
			for {
				x, ok, err := c.in.next()
				if err != nil {
					c.end(TCPFrame)
				}
				if !ok || c.cause.Load() != 0 {
					break
				}
				c.frame(now, x, b.w)
			}
		}
		b.w.flush()
		if b.tr.counters.Handshakes.Load() != before || b.s.rtpIn.n != 0 || b.s.controlIn.n != 0 {
			t.Fatal("something was believed")
		}
		if a := b.s.RemoteAddr(); a != addrOf(&b.known) {
			t.Fatalf("media goes to %v", a)
		}
		if !known && c.strange > maxStrange+1 {
			t.Fatalf("%d frames of a stranger were looked at", c.strange)
		}
	})
}
