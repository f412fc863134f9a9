package client

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// block is one block of a redundant payload; back is 0 for the last.
type block struct {
	pt   uint8
	back uint32
	data []byte
}

// unpack reads a redundant payload as RFC 2198 section 3 says; it is nil when
// that cannot be done.
func unpack(b []byte) []block {
	var all []block
	var sizes []int
	for {
		if len(b) == 0 {
			return nil
		}
		if b[0]&0x80 == 0 {
			all = append(all, block{pt: b[0]})
			b = b[1:]
			break
		}
		if len(b) < 4 {
			return nil
		}
		h := binary.BigEndian.Uint32(b)
		all = append(all, block{pt: b[0] & 0x7f, back: h >> 10 & 0x3fff})
		sizes = append(sizes, int(h&0x3ff))
		b = b[4:]
	}
	for i, n := range sizes {
		if n > len(b) {
			return nil
		}
		all[i].data, b = b[:n], b[n:]
	}
	all[len(all)-1].data = b
	return all
}

func TestPackRepeatsWhatFits(t *testing.T) {
	fill := func(c byte, n int) []byte { return bytes.Repeat([]byte{c}, n) }
	now := uint32(500) // timestamps wrap on the way here
	for _, c := range []struct {
		name  string
		sent  []sentPayload
		n     int
		size  int
		backs []uint32 // of what is repeated
	}{
		{"none before", nil, 2, 100, nil},
		{"none asked for", []sentPayload{{now - 960, fill(1, 50)}}, 0, 100, nil},
		{"one of two", []sentPayload{{now - 1920, fill(1, 50)}, {now - 960, fill(2, 60)}}, 1, 100, []uint32{960}},
		{"two", []sentPayload{{now - 1920, fill(1, 50)}, {now - 960, fill(2, 60)}}, 2, 100, []uint32{1920, 960}},
		{"fewer than asked for", []sentPayload{{now - 960, fill(2, 60)}}, 3, 100, []uint32{960}},
		{"the last three of four", []sentPayload{{now - 3840, fill(9, 9)}, {now - 2880, fill(1, 50)}, {now - 1920, fill(2, 60)}, {now - 960, fill(3, 1)}}, 3, 100, []uint32{2880, 1920, 960}},
		{"from before a pause", []sentPayload{{now - 1<<14, fill(1, 50)}}, 2, 100, nil},
		{"just not too old", []sentPayload{{now - maxBack, fill(1, 50)}}, 2, 100, []uint32{maxBack}},
		{"too long a block", []sentPayload{{now - 1920, fill(1, 9)}, {now - 960, fill(2, 1024)}}, 2, 9, nil},
		{"too much for a datagram", []sentPayload{{now - 1920, fill(1, 400)}, {now - 960, fill(2, 400)}}, 2, 400, []uint32{960}},
		{"a payload that fills it", []sentPayload{{now - 960, fill(2, 1)}}, 2, 1275, nil},
	} {
		var r recent
		for _, s := range c.sent {
			r.add(s.ts, s.data)
		}
		data := fill(7, c.size)
		got := r.pack(nil, 111, now, data, c.n)
		if len(c.backs) == 0 {
			if len(got) != 0 {
				t.Errorf("%s: %d bytes", c.name, len(got))
			}
			continue
		}
		blocks := unpack(got)
		if len(blocks) != len(c.backs)+1 || len(got) > maxRED {
			t.Errorf("%s: %d blocks in %d bytes", c.name, len(blocks), len(got))
			continue
		}
		for i, back := range c.backs {
			was := c.sent[len(c.sent)-len(c.backs)+i]
			if b := blocks[i]; b.back != back || b.pt != 111 || !bytes.Equal(b.data, was.data) {
				t.Errorf("%s: block %d is %d bytes of %d back", c.name, i, len(b.data), b.back)
			}
		}
		if last := blocks[len(blocks)-1]; last.pt != 111 || !bytes.Equal(last.data, data) {
			t.Errorf("%s: the packet's own payload is %d bytes of type %d", c.name, len(last.data), last.pt)
		}
	}
}

func TestPackDoesNotAllocate(t *testing.T) {
	var r recent
	buf, data := make([]byte, 0, maxRED), make([]byte, 120)
	ts := uint32(0)
	if n := testing.AllocsPerRun(100, func() {
		ts += 960
		buf = r.pack(buf[:0], 111, ts, data, 3)
		r.add(ts, data)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
