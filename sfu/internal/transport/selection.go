package transport

// choose selects p, which was just heard, when it is better than the path that
// is selected, and lets a waiting handshake begin once there is one. The caller
// holds s.mu.
func (s *Session) choose(now int64, p *path) {
	sel := s.ice.selected
	switch {
	case s.ice.prefers(now, p, s.selectedHeard()):
		s.selectPath(p)
	case sel != nil && p != sel && p.usable(now) && s.ice.rival == nil:
		// The client may have moved, or have two addresses: challenge decides.
		s.ice.rival, s.ice.rivalAt = p, now
	}
	s.retire(now)
	s.startHandshake()
}

// challenge decides between the selected path and one that was heard beside it:
// when the selected one stays silent it is asked, and without an answer the
// other one is where the client is now. The timer calls it; the caller holds
// s.mu.
func (s *Session) challenge(now int64, w *Batch) {
	r, sel := s.ice.rival, s.ice.selected
	if r == nil {
		return
	}
	switch silent := now - s.ice.rivalAt; {
	case sel == nil || r == sel || !r.usable(now) || s.selectedHeard() > s.ice.rivalAt:
		s.ice.rival = nil
	case silent > rivalUs+min(s.ice.rtt, rivalUs):
		s.selectPath(r)
	case silent > movedUs && now-sel.sentAt >= recheckUs:
		s.check(now, sel, w)
	}
}

// selectedHeard is when something authentic came by the selected path.
func (s *Session) selectedHeard() int64 {
	if s.ice.selected == nil {
		return 0
	}
	return max(s.ice.selected.heardAt, s.mediaAt.Load())
}

// selectPath makes p the path that everything goes by.
func (s *Session) selectPath(p *path) {
	s.ice.selected, s.ice.rival = p, nil
	s.expired = false
	s.mediaAt.Store(p.heardAt)
	r := p.route
	s.dst.Store(&r)
}

// retire follows a selected path whose own address of ours has changed, and
// lets the credentials before a restart fade once the new ones have a path.
func (s *Session) retire(now int64) {
	sel := s.ice.selected
	if sel == nil {
		return
	}
	if d := s.dst.Load(); d == nil || !d.same(&sel.route) {
		r := sel.route
		s.dst.Store(&r)
	}
	if newest := s.ice.newest(); sel.provenBy == newest {
		for _, g := range s.ice.generations {
			if g != newest && g.replacedAt == 0 {
				g.replacedAt = now
			}
		}
	}
}
