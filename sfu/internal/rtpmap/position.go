package rtpmap

// Position is the largest sequence number and the latest timestamp that the
// slot's stream has reached, for those who look at it from outside.
func (t *Timeline) Position() (seq uint16, ts uint32) { return t.lastSeq, t.lastTS }

// Position is the largest sequence number that this listener was sent.
func (o *Offset) Position() (seq uint16) { return o.last }
