package sfu

import (
	"bytes"
	"testing"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"github.com/boltorezka/boltorezka/sfu/internal/ladder"
	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

// fuzzRoom is a room whose sessions encrypt, authenticate and send nowhere:
// two hostile talkers, one honest, a listener with as many slots as the room
// and one with fewer. Time is the test's.
type fuzzRoom struct {
	t   testing.TB
	r   *room
	w   *transport.Batch
	now int64

	hostile      [2]*fuzzPeer
	honest       *fuzzPeer
	full, narrow *Peer

	rx    *srtp.Context // opens what the server sent
	top   map[uint32]uint32
	given map[[2]uint32][]byte // datagrams by SSRC and extended sequence number
	heard []rtp.Packet         // by the full listener, of the honest talker
}

// fuzzPeer is a talker with the keys of its session.
type fuzzPeer struct {
	*Peer
	tx  *srtp.Context
	seq [4]uint16 // by SSRC, which are 1 to 4
	ts  [4]uint32
}

// zeroKeys are a Sink's.
func zeroKeys(t testing.TB) *srtp.Context {
	c, err := srtp.CreateContext(make([]byte, 16), make([]byte, 12), srtp.ProtectionProfileAeadAes128Gcm)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newFuzzRoom(t testing.TB, s *SFU) *fuzzRoom {
	f := &fuzzRoom{
		t: t, r: newRoom(s, "fuzz"), w: transport.NullBatch(), now: 1_000_000,
		rx: zeroKeys(t), top: map[uint32]uint32{}, given: map[[2]uint32][]byte{},
	}
	for i := range f.hostile {
		f.hostile[i] = &fuzzPeer{Peer: f.join(uint32(i+1), fuzzTalker(i)), tx: zeroKeys(t)}
	}
	f.honest = &fuzzPeer{Peer: f.join(3, fuzzTalker(0)), tx: zeroKeys(t)}
	f.full = f.join(4, testHead+testLine("0", "recvonly")+testLine("1", "recvonly")+testLine("2", "recvonly"))
	f.narrow = f.join(5, testHead+testLine("0", "recvonly")+testLine("1", "recvonly"))
	for i, p := range []*Peer{f.full, f.narrow} {
		for k, s := range p.active.slots { // what a fuzzer can name
			s.ssrc = uint32(0x11111111 * (1 + 3*i + k))
			s.offset.Seed(0, 0)
		}
	}
	f.r.rebuild()
	return f
}

// fuzzTalker is the offer of a talker with a low layer or without.
func fuzzTalker(low int) string {
	o := testHead + testSDP.Line("0", "sendonly", 1)
	if low > 0 {
		o += testSDP.Line("1", "sendonly", 2)
	}
	return o
}

// fuzzTracks are its tracks.
func fuzzTracks(o *offer) (tracks []Track) {
	for i := range o.lines {
		if o.lines[i].sends() {
			tracks = append(tracks, Track{MID: o.lines[i].mid, Mic: true, Low: i > 0})
		}
	}
	return tracks
}

func (f *fuzzRoom) join(csrc uint32, sdp string) *Peer {
	p := &Peer{sfu: f.r.sfu, room: f.r, csrc: csrc}
	f.r.peers = append(f.r.peers, p)
	o, err := parseOffer(sdp)
	if err != nil {
		f.t.Fatal(err)
	}
	mics, err := microphones(o, fuzzTracks(o))
	if err != nil {
		f.t.Fatal(err)
	}
	l := newLink(p)
	l.session = transport.Sink()
	l.configure(o, mics, f.r.sfu.cfg.AudioSlots)
	p.active, l.connected = l, true
	return p
}

// rtp encrypts a whole packet as p and lets the server take it. What SRTP
// itself cannot read is taken as it is.
func (f *fuzzRoom) rtp(p *fuzzPeer, plain []byte) {
	b, err := p.tx.EncryptRTP(nil, plain, nil)
	if err != nil {
		b = plain
	}
	f.datagram(p.Peer, b, p.active.Packet)
}

func (f *fuzzRoom) rtcp(p *Peer, tx *srtp.Context, plain []byte) {
	b, err := tx.EncryptRTCP(nil, plain, nil)
	if err != nil {
		b = plain
	}
	f.datagram(p, b, p.active.Control)
}

func (f *fuzzRoom) datagram(p *Peer, b []byte, take func(*transport.Session, int64, []byte, *transport.Batch)) {
	if len(b) >= 13 && len(b) <= 1600 { // what the demultiplexer hands on
		take(p.active.session, f.now, b, f.w)
	}
	f.check()
}

// check looks at what the server sent: whole RTP packets of the slots, and
// never two different ones under one SSRC and index, which would give the SRTP
// key away (RFC 7714 section 8.1).
func (f *fuzzRoom) check() {
	for _, b := range f.w.Drain() {
		if b[1] >= 192 && b[1] <= 223 {
			continue
		}
		sent := bytes.Clone(b)
		var h rtp.Header
		plain, err := f.rx.DecryptRTP(nil, b, &h)
		if err != nil {
			f.t.Fatalf("what was sent cannot be read: %v", err)
		}
		payload, ok := payloadOf(&h, plain)
		if !ok || len(payload) == 0 || h.PayloadType != 111 && h.PayloadType != 63 || len(h.CSRC) != 1 || h.CSRC[0] < 1 || h.CSRC[0] > 3 {
			f.t.Fatalf("%v with %d bytes was sent", h, len(payload))
		}
		top, begun := f.top[h.SSRC]
		index := uint32(1<<16) + uint32(h.SequenceNumber)
		if begun {
			index = top + uint32(int32(int16(h.SequenceNumber-uint16(top))))
		}
		if !begun || index > top {
			f.top[h.SSRC] = index
		}
		k := [2]uint32{h.SSRC, index}
		if was, twice := f.given[k]; twice && !bytes.Equal(was, sent) {
			f.t.Fatalf("SSRC %d, sequence number %d is given to two packets", h.SSRC, h.SequenceNumber)
		} else if twice {
			continue
		}
		f.given[k] = sent
		if h.CSRC[0] == 3 {
			for _, s := range f.full.active.slots {
				if s.ssrc == h.SSRC {
					f.heard = append(f.heard, rtp.Packet{Header: h, Payload: payload})
				}
			}
		}
	}
}

// speak has the honest talker say n packets, varied as syllables are.
func (f *fuzzRoom) speak(n int) {
	for i := range n {
		h := rtp.Header{Version: 2, PayloadType: 111, SSRC: 1, SequenceNumber: f.honest.seq[0], Timestamp: f.honest.ts[0]}
		level := byte(20)
		if i%10 >= 7 {
			level = 45
		}
		_ = h.SetExtension(1, []byte{level})
		b, _ := (&rtp.Packet{Header: h, Payload: append([]byte{0xF8}, make([]byte, 60)...)}).Marshal()
		f.honest.seq[0]++
		f.honest.ts[0] += 960
		f.rtp(f.honest, b)
		f.now += 20_000
	}
}

// afterwards fails the test unless, whatever went before, the honest talker is
// heard by a listener who wants to: with as many slots as talkers, all but the
// one frame that a change of speaker may cost, in order and in time.
func (f *fuzzRoom) afterwards() {
	f.full.Ignore(nil)
	f.full.SetDeafened(false)
	f.full.active.judge = judge{next: 1 << 62}
	f.full.active.reshape(f.now, ladder.Plan{FrameMs: 20, Slots: 3})
	f.speak(1) // what waited to be joined goes with it
	f.heard = nil
	f.speak(60)
	if len(f.heard) < 59 {
		f.t.Fatalf("%d of 60 packets of the honest talker were heard", len(f.heard))
	}
	for i := 1; i < len(f.heard); i++ {
		a, b := &f.heard[i-1], &f.heard[i]
		if a.SSRC != b.SSRC || b.SequenceNumber != a.SequenceNumber+1 || b.Timestamp != a.Timestamp+960 {
			f.t.Fatalf("packet %d of the honest talker: %d %d %d after %d %d %d", i, b.SSRC, b.SequenceNumber, b.Timestamp, a.SSRC, a.SequenceNumber, a.Timestamp)
		}
	}
}
