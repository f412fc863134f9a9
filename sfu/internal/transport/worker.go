package transport

// NewBatch makes a batch for a goroutine that is neither a reader nor the
// timer; it sends with Flush.
func (t *Transport) NewBatch() *Batch { return newBatch(t.sockets) }

// Flush sends all that is queued.
func (b *Batch) Flush() { b.flush() }

// SendRTCP encrypts a compound packet and sends it at once, for the end of a
// session, under the same lock as SealRTCP.
func (s *Session) SendRTCP(plain []byte) {
	r := s.dst.Load()
	if r == nil || !s.ready.Load() || len(plain) > maxPlain {
		return
	}
	if out, err := s.tx.EncryptRTCP(nil, plain, nil); err == nil {
		_, _ = s.t.sockets[r.socket].writeTo(out, r)
	}
}
