package transport

import "testing"

// TestTooLong: a datagram that the kernel cut off is counted and never taken
// for a packet, and neither is a plain packet too large to encrypt.
func TestTooLong(t *testing.T) {
	tr := newTransport(t)
	c := newClient(t, tr, tr.Candidates()[0])
	c.connect()
	n := tr.Counters()
	undecryptable := n.Undecryptable.Load()
	for _, first := range []byte{0, 22, 128} {
		b := make([]byte, bufferSize+1)
		b[0] = first
		c.write(b)
	}
	c.write(c.seal(bufferSize)) // authentic, if all of it were there
	eventually(t, "each is counted", func() bool { return n.Truncated.Load() == 4 })
	if n.Undecryptable.Load() != undecryptable {
		t.Error("one of them was taken for a packet")
	}
	c.h.mu.Lock()
	ok := c.session.SealRTP(make([]byte, maxPlain+1), newBatch(tr.sockets)) || c.session.SealRTCP(make([]byte, maxPlain+1), newBatch(tr.sockets))
	c.h.mu.Unlock()
	if ok || n.TooLarge.Load() != 2 {
		t.Errorf("sealed %v, %d counted as too large", ok, n.TooLarge.Load())
	}
}
