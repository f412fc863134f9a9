package sfu

import (
	"fmt"
	"slices"
	"testing"

	"github.com/pion/rtp"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// hall is a room without sockets: some talk, others listen in slots that lead
// nowhere. What is sealed is counted as sent.
type hall struct {
	r        *room
	talkers  []*Peer
	inbound  []*inbound
	header   *rtp.Header
	listener []*Peer
	w        *transport.Batch
	now      int64
	seq      uint16
}

func newHall(t testing.TB, slots, talkers, listeners, theirs int) *hall {
	t.Helper()
	s := &SFU{cfg: Config{AudioSlots: slots}, tr: new(transport.Transport)}
	h := &hall{r: newRoom(s, "r"), w: transport.NullBatch(), header: &rtp.Header{Version: 2, PayloadType: 111}, now: 1_000_000}
	all, err := parseOffer(testOffer())
	if err != nil {
		t.Fatal(err)
	}
	for i := range talkers + listeners {
		p := &Peer{sfu: s, room: h.r, csrc: uint32(i + 1)}
		h.r.peers = append(h.r.peers, p)
		if i < talkers {
			h.talkers = append(h.talkers, p)
			h.inbound = append(h.inbound, &inbound{id: uint32(i + 1), ssrc: uint32(i + 1), track: &track{relayed: true, opusPT: 111, levelID: 1}})
			continue
		}
		p.active = newLink(p)
		p.active.session, p.active.connected = transport.Sink(), true
		o := offer{lines: slices.Clone(all.lines[:1])} // his microphone
		for i := range theirs {
			o.lines = append(o.lines, all.lines[1])
			o.lines[i+1].mid = fmt.Sprint(i + 1)
		}
		p.active.configure(&o, nil, slots)
		h.listener = append(h.listener, p)
	}
	h.r.rebuild()
	return h
}

// talk relays one packet of a talker and returns how many it was sent to.
func (h *hall) talk(t testing.TB, who int, level uint8) uint64 {
	if err := h.header.SetExtension(1, []byte{level}); err != nil {
		t.Fatal(err)
	}
	h.header.SequenceNumber, h.header.Timestamp = h.seq, uint32(h.seq)*960
	before := uint64(h.r.metrics.packetsOut)
	h.r.relay(h.now, h.talkers[who], h.inbound[who], h.header, voicePayload, h.w)
	return uint64(h.r.metrics.packetsOut) - before
}

func (h *hall) next() { h.now += frameUs; h.seq++ }

var voicePayload = append([]byte{0xF8}, make([]byte, 79)...)

func TestDeafenedListenersAreNotLookedAt(t *testing.T) {
	h := newHall(t, 2, 1, 10, 2)
	if n := h.talk(t, 0, 20); n != 10 {
		t.Fatalf("%d packets to 10 listeners", n)
	}
	for i, p := range h.listener {
		p.SetDeafened(i > 0)
	}
	h.next()
	if n := h.talk(t, 0, 20); n != 1 || len(h.r.listeners) != 1 {
		t.Errorf("%d packets, %d listeners, want the one who is not deafened", n, len(h.r.listeners))
	}
	h.listener[3].SetDeafened(false)
	h.next()
	if n := h.talk(t, 0, 20); n != 2 {
		t.Errorf("%d packets, want one more", n)
	}
}

// Who is ignored is not sent to who ignores him, and keeps his slot for
// others.
func TestIgnoredSpeakerKeepsHisSlotForOthers(t *testing.T) {
	h := newHall(t, 2, 2, 2, 2)
	h.listener[0].Ignore([]uint32{1})
	for range 10 {
		if n := h.talk(t, 0, 20); n != 1 {
			t.Fatalf("an ignored packet went to %d, want the other listener", n)
		}
		if n := h.talk(t, 1, 20); n != 2 {
			t.Fatalf("the other one's packet went to %d", n)
		}
		h.next()
	}
}

// A listener with one slot hears whom he does not ignore, however loud the
// others are, and at once when he begins to ignore them.
func TestNarrowListenerChoosesWithoutTheIgnored(t *testing.T) {
	h := newHall(t, 2, 2, 1, 1)
	l := h.listener[0].active
	if l.narrow == nil || len(l.slots) != 1 {
		t.Fatalf("%d slots, want one of two", len(l.slots))
	}
	both := func(n int) (first, second uint64) {
		for range n {
			first += h.talk(t, 0, 20)
			second += h.talk(t, 1, 40)
			h.next()
		}
		return first, second
	}
	if a, b := both(50); a < 49 || b != 0 {
		t.Errorf("%d and %d packets, want the louder one's", a, b)
	}
	h.listener[0].Ignore([]uint32{1})
	if a, b := both(50); a != 0 || b < 49 {
		t.Errorf("%d and %d packets, want those of the one who is not ignored", a, b)
	}
	h.listener[0].Ignore(nil)
	if a, b := both(200); a < 100 || b > 80 {
		t.Errorf("%d and %d packets, want the louder one's again", a, b)
	}
}

// BenchmarkFanoutDeafened is one packet to ten listeners in a room with n more
// who are deafened: the same for any n.
func BenchmarkFanoutDeafened(b *testing.B) { benchmarkSpared(b, (*Peer).SetDeafened) }

// BenchmarkFanoutIgnoring is the same with n more who ignore the speaker: a
// look each, and no encryption.
func BenchmarkFanoutIgnoring(b *testing.B) {
	benchmarkSpared(b, func(p *Peer, _ bool) { p.Ignore([]uint32{1}) })
}

func benchmarkSpared(b *testing.B, spare func(*Peer, bool)) {
	for _, n := range []int{0, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h := newHall(b, 2, 1, 10+n, 2)
			for _, p := range h.listener[10:] {
				spare(p, true)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				h.header.SequenceNumber, h.header.Timestamp = h.seq, uint32(h.seq)*960
				h.r.relay(h.now, h.talkers[0], h.inbound[0], h.header, voicePayload, h.w)
				h.next()
			}
		})
	}
}
