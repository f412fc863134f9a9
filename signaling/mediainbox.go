package signaling

import (
	"sync"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// mediaInbox holds what the SFU has said of a room's members since the loop
// last looked. Of each kind the newest word counts, so it is bounded by the
// members, loses nothing that matters, and never makes the SFU wait.
type mediaInbox struct {
	nudge func()

	mu   sync.Mutex
	news map[*member]*mediaNews
}

// mediaNews is the newest of each kind of event; nil: none.
type mediaNews struct {
	state    *MediaState
	slots    []MediaSlot
	speaking *bool
	quality  *wire.VoiceQuality
	first    bool
}

// put notes an event.
func (in *mediaInbox) put(m *member, note func(*mediaNews)) {
	in.mu.Lock()
	if in.news == nil {
		in.news = make(map[*member]*mediaNews)
	}
	n := in.news[m]
	if n == nil {
		n = &mediaNews{}
		in.news[m] = n
	}
	note(n)
	in.mu.Unlock()
	in.nudge()
}

// take empties the inbox.
func (in *mediaInbox) take() map[*member]*mediaNews {
	in.mu.Lock()
	defer in.mu.Unlock()
	news := in.news
	in.news = nil
	return news
}

// events are the callbacks for a member's media session.
func (in *mediaInbox) events(m *member) MediaEvents {
	return MediaEvents{
		State: func(s MediaState) { in.put(m, func(n *mediaNews) { n.state = &s }) },
		Slots: func(s []MediaSlot) {
			// The SFU may use its slice again; an empty list is news too.
			s = append(make([]MediaSlot, 0, len(s)), s...)
			in.put(m, func(n *mediaNews) { n.slots = s })
		},
		Quality:    func(q wire.VoiceQuality) { in.put(m, func(n *mediaNews) { n.quality = &q }) },
		Speaking:   func(on bool) { in.put(m, func(n *mediaNews) { n.speaking = &on }) },
		FirstMedia: func() { in.put(m, func(n *mediaNews) { n.first = true }) },
	}
}
