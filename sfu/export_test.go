package sfu

// AnyRTT lets NACK work at round trips that a busy machine makes.
func (s *SFU) AnyRTT() { s.nackRTTUs = 60_000_000 }
