package sfu

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

var testCandidates = []transport.Candidate{{Addr: netip.MustParseAddrPort("127.0.0.1:7882")}}

// sinkRoom is a room of two slots with a talker and n listeners whose packets
// are encrypted and go nowhere.
func sinkRoom(tb testing.TB, n int) (r *room, talker *Peer) { return sinkRoomOf(tb, n, 2) }

// sinkRoomOf is the same with so many slots in the room, and two a listener.
func sinkRoomOf(tb testing.TB, n, slots int) (r *room, talker *Peer) {
	tb.Helper()
	s := &SFU{cfg: Defaults(), tr: new(transport.Transport)}
	s.cfg.AudioSlots = slots
	r = newRoom(s, "r")
	talker = &Peer{sfu: s, room: r, csrc: 1}
	r.peers = append(r.peers, talker)
	o, err := parseOffer(testOffer())
	if err != nil {
		tb.Fatal(err)
	}
	for i := range n {
		p := &Peer{sfu: s, room: r, csrc: uint32(i + 2)}
		l := newLink(p)
		l.configure(o, nil, slots)
		l.session, l.connected = transport.Sink(), true
		p.active = l
		r.peers = append(r.peers, p)
	}
	r.rebuild()
	return r, talker
}

// voiceOf is a talker's stream and the header of its packets, at level -20 dBov.
func voiceOf(tb testing.TB) (*inbound, *rtp.Header, []byte) {
	tb.Helper()
	in := &inbound{id: 1, ssrc: 9, track: &track{relayed: true, opusPT: 111, levelID: 1}}
	h := &rtp.Header{Version: 2, PayloadType: 111}
	if err := h.SetExtension(1, []byte{20}); err != nil {
		tb.Fatal(err)
	}
	return in, h, append([]byte{0xF8}, make([]byte, 79)...)
}

// BenchmarkFanout is the cost of one packet of voice to n listeners: choice,
// rewriting and encryption, without the socket (the batch goes nowhere).
func BenchmarkFanout(b *testing.B) {
	for _, n := range []int{10, 100, 500} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchFanout(b, n, nil) })
	}
	for _, n := range []int{500, 1000} {
		b.Run(fmt.Sprint(n, " shared"), func(b *testing.B) {
			f := startFanouts(transport.NullBatch)
			defer f.close()
			benchFanout(b, n, f)
		})
	}
}

func benchFanout(b *testing.B, n int, f *fanouts) {
	r, talker := sinkRoom(b, n)
	r.sfu.fanouts = f
	in, h, payload := voiceOf(b)
	w := transport.NullBatch()
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		h.SequenceNumber, h.Timestamp = uint16(i), uint32(i)*960
		r.relay(int64(i)*20_000, talker, in, h, payload, w)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/listener")
}

// BenchmarkWrite is the rewriting of one packet for one listener: his numbers,
// his header with its extensions.
func BenchmarkWrite(b *testing.B) {
	r, _ := sinkRoom(b, 1)
	s := r.listeners[0].slots[0]
	w := transport.NullBatch()
	k := packet{csrc: 7, level: 20, hasLevel: true, end: payloadAt + 80}
	b.ReportAllocs()
	for i := range b.N {
		seq, ts, _ := s.offset.Map(uint16(i), uint32(i)*960)
		k.write(w.Plain[:], s, numbers{seq: seq, ts: ts, wide: uint16(i)})
	}
}

// BenchmarkControl is one RTCP packet of a listener, decrypted: a receiver
// report on two slots, transport-wide feedback on 15 packets, a NACK that is
// answered with encryption.
func BenchmarkControl(b *testing.B) {
	r, talker := sinkRoom(b, 1)
	l, w := r.listeners[0], transport.NullBatch()
	in, h, payload := voiceOf(b)
	for i := range 32 {
		h.SequenceNumber, h.Timestamp = uint16(i), uint32(i)*960
		r.relay(int64(i)*20_000, talker, in, h, payload, w)
	}
	rec := twcc.NewRecorder(1)
	for i := range 15 {
		rec.Record(2, uint16(i), int64(i)*20_000)
	}
	blocks := []rtcp.ReceptionReport{{SSRC: l.slots[0].ssrc}, {SSRC: l.slots[1].ssrc}}
	last := l.slots[0].offset
	seq, _, _ := last.Map(31, 0)
	for name, p := range map[string]rtcp.Packet{
		"report":   &rtcp.ReceiverReport{SSRC: 1, Reports: blocks},
		"feedback": rec.BuildFeedbackPacket()[0],
		"nack":     &rtcp.TransportLayerNack{SenderSSRC: 1, MediaSSRC: l.slots[0].ssrc, Nacks: rtcp.NackPairsFromSequenceNumbers([]uint16{seq})},
	} {
		plain, err := rtcp.Marshal([]rtcp.Packet{p})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				for i := range l.slots[0].recent {
					l.slots[0].recent[i].again = 0
				}
				l.againCount = 0
				if !l.control(640_000, plain, w) {
					b.Fatal("not taken")
				}
			}
		})
	}
}
