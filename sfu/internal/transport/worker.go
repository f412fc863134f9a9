package transport

// NewBatch makes a batch for a goroutine that is neither a reader nor the
// timer; it sends with Flush.
func (t *Transport) NewBatch() *Batch { return newBatch(t.sockets) }

// Flush sends all that is queued.
func (b *Batch) Flush() { b.flush() }

// HasPath says whether packets to the client have somewhere to go.
func (s *Session) HasPath() bool { return s.dst.Load() != nil }
