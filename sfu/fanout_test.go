package sfu

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/pion/rtp"

	"github.com/boltorezka/boltorezka/sfu/internal/transport"
)

var testCandidates = []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:7882")}

// BenchmarkFanout is the cost of one packet of voice to n listeners: choice,
// rewriting and encryption, without the socket (the batch goes nowhere).
func BenchmarkFanout(b *testing.B) {
	for _, n := range []int{10, 100, 500} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := &SFU{cfg: Defaults()}
			r := newRoom(s, "r")
			talker := &Peer{sfu: s, room: r, csrc: 1}
			r.peers = append(r.peers, talker)
			o, err := parseOffer(testOffer())
			if err != nil {
				b.Fatal(err)
			}
			for i := range n {
				p := &Peer{sfu: s, room: r, csrc: uint32(i + 2)}
				l := newLink(p)
				l.configure(o, nil, 2)
				l.narrow = nil
				l.session, l.connected = transport.Sink(), true
				p.active = l
				r.peers = append(r.peers, p)
			}
			r.selector, r.slots = newSelector(2), r.slots[:2]
			r.rebuild()
			in := &inbound{id: 1, ssrc: 9, track: &track{relayed: true, opusPT: 111, levelID: 1}}
			h := &rtp.Header{Version: 2, PayloadType: 111}
			if err := h.SetExtension(1, []byte{20}); err != nil {
				b.Fatal(err)
			}
			payload := append([]byte{0xF8}, make([]byte, 79)...)
			w := transport.NullBatch()
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				h.SequenceNumber, h.Timestamp = uint16(i), uint32(i)*960
				r.relay(int64(i)*20_000, talker, in, h, payload, w)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/listener")
		})
	}
}
