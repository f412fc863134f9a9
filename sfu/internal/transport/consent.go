package transport

// tick is what a session does by time: it asks for consent, gives it up, drops
// old credentials and notices silence. It runs on the transport's timer.
func (s *Session) tick(now int64, w *Batch) {
	lost, found := false, false
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	if p := s.ice.selected; p != nil {
		if now >= p.nextCheck {
			s.check(now, p, w)
		}
		if now-p.consentAt > consentLastsUs && !s.expired {
			// RFC 7675 section 5.1: nothing more goes there.
			s.expired = true
			s.dst.Store(nil)
			s.ice.selected, s.ice.rival = nil, nil
			s.t.counters.ConsentLost.Add(1)
		}
		s.challenge(now, w)
	}
	// A path that is gone, as one with its connection is, is silent as well.
	if silent := now-max(s.heardAt.Load(), s.mediaAt.Load()) > lostUs; s.ice.selected != nil || silent && s.ready.Load() {
		lost, found = silent && !s.lost, !silent && s.lost
		s.lost = silent
	}
	s.retire(now)
	var gone []*generation
	keep := s.ice.generations[:0:0]
	for _, g := range s.ice.generations {
		if g.replacedAt != 0 && now-g.replacedAt > oldGenerationUs {
			gone = append(gone, g)
		} else {
			keep = append(keep, g)
		}
	}
	if len(gone) > 0 {
		s.ice.generations = keep
	}
	s.mu.Unlock()
	if len(gone) > 0 {
		s.t.mu.Lock()
		for _, g := range gone {
			delete(s.t.ufrags, g.local.Ufrag)
		}
		s.t.mu.Unlock()
	}
	if s.ready.Load() {
		switch {
		case lost:
			s.h.Lost(s)
		case found:
			s.h.Found(s)
		}
	}
}

// stalled says that the process did not run for a while. Consent could not be
// asked for meanwhile, and may have been withdrawn: it is asked for at once.
func (s *Session) stalled(now int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.ice.selected; p != nil {
		p.nextCheck = now
		p.consentAt = min(p.consentAt, now-consentLastsUs+stallConsentUs)
	}
}
