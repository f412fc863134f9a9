package client

import (
	"slices"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

const (
	// lookEvery is the interval of looks at what has arrived, while something should.
	lookEvery = 200 * time.Millisecond
	// stall is how long somebody speaks and nothing of it arrives before the
	// path is dead.
	stall = time.Second
	// sentAfter is the time from the server's word that it hears nothing to the
	// look whether anything was sent since.
	sentAfter = 300 * time.Millisecond
)

// watchdog compares what should arrive with what does, since a path can be dead
// while it says that it is connected. It belongs to the session's loop.
type watchdog struct {
	// What the server says: who speaks in the room, who is in our slots, whether
	// it has stopped sending to us on purpose, as on a path that carries nothing.
	speaking, slots []string
	paused          bool
	ignored         []string // whom we do not want to hear

	timer    *time.Timer // runs while somebody should be heard
	watching bool
	packets  uint64 // at the latest look that found news
	since    time.Time
	looked   time.Time

	doubt  *time.Timer // runs from the first word that we are not heard
	sent   uint64      // by then
	doubts bool
	lostOn *peer // the path on which we are said to give no sign of life
}

func newWatchdog() *watchdog {
	w := &watchdog{timer: time.NewTimer(time.Hour), doubt: time.NewTimer(time.Hour)}
	w.timer.Stop()
	w.doubt.Stop()
	return w
}

func (w *watchdog) stop() {
	w.timer.Stop()
	w.doubt.Stop()
	w.watching, w.doubts = false, false
}

// expecting says whether somebody should be heard now: who speaks, is in a slot
// of ours and is no one whom we ignore. A program that carries RTP itself is
// not watched.
func (v *Voice) expecting() bool {
	w, p := v.loop.watchdog, v.current.Load()
	if p == nil || !p.sending.Load() || v.loop.deafened || w.paused || v.conn.client.bare || !v.reachable() {
		return false
	}
	self := v.conn.Session().UserID
	return slices.ContainsFunc(w.slots, func(id string) bool {
		return id != self && slices.Contains(w.speaking, id) && !slices.Contains(w.ignored, id)
	})
}

// watch begins to look, if somebody should be heard.
func (v *Voice) watch() {
	if w := v.loop.watchdog; !w.watching && v.expecting() {
		w.watching, w.packets, w.since, w.looked = true, v.received(), time.Now(), time.Now()
		w.timer.Reset(lookEvery)
	}
}

// look compares what has arrived with the look before.
func (v *Voice) look() {
	w := v.loop.watchdog
	if !v.expecting() {
		w.watching = false
		return
	}
	w.timer.Reset(lookEvery)
	now, got := time.Now(), v.received()
	asleep := now.Sub(w.looked) > 2*lookEvery // it is we who stood still
	w.looked = now
	switch {
	case got != w.packets:
		w.packets, w.since = got, now
		v.loop.repair.flowing()
	case asleep:
		w.since = now
	case now.Sub(w.since) >= stall:
		w.since = now
		v.loop.repair.stalled()
	}
}

// received is how many packets of voice have come.
func (v *Voice) received() (n uint64) {
	for _, m := range v.in {
		n += m.packets.Load()
	}
	return n
}

// heed takes the server's word on what it hears of us.
//
// Nothing of our microphone (uplink.lossPct 100) counts once packets were sent
// in between: a program that writes nothing is not helped by a repair. Nothing
// at all, not even reports (downlink.state "lost"), counts when it is said
// again: the first may have waited for us to wake.
func (v *Voice) heed(q *wire.VoiceQuality) {
	w, p := v.loop.watchdog, v.current.Load()
	w.paused = q.Downlink.Layer == wire.DownlinkNone
	v.watch()
	if p == nil || !p.sending.Load() || v.conn.client.bare {
		w.lostOn, w.doubts = nil, false
		return
	}
	lost := q.Downlink.State == wire.DownlinkLost
	again := lost && w.lostOn == p
	w.lostOn = nil
	if lost {
		w.lostOn = p
	}
	silent := q.Uplink.LossPct >= 100 && !v.up.muted.Load()
	switch {
	case !silent && !lost:
		w.doubts = false
		w.doubt.Stop()
		v.loop.repair.heard(true)
	case again:
		v.loop.repair.heard(false)
	case silent && w.doubts:
		v.lookSent()
	case silent:
		w.doubts, w.sent = true, v.up.packets.Load()
		w.doubt.Reset(sentAfter)
	}
}

// lookSent has the path mended if anything was sent since the server said that
// it hears nothing.
func (v *Voice) lookSent() {
	w := v.loop.watchdog
	sent := v.up.packets.Load()
	if w.doubts && sent > w.sent && !v.up.muted.Load() {
		v.loop.repair.heard(false)
	}
	w.sent = sent
}
