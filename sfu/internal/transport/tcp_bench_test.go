package transport

import (
	"fmt"
	"io"
	"net"
	"testing"
)

// BenchmarkFanoutTCP is one packet to each of some listeners over connections,
// and the same over UDP: encryption, queue and system calls.
func BenchmarkFanoutTCP(bb *testing.B) {
	for _, listeners := range []int{20} { // fewer are sent more than a connection takes
		for _, tcp := range []bool{false, true} {
			bb.Run(fmt.Sprintf("%d/tcp=%v", listeners, tcp), func(bb *testing.B) {
				tr := newTCPTransport(bb)
				var all []*Session
				for range listeners {
					if tcp {
						s, conn := reader(bb, tr)
						go func() { _, _ = io.Copy(io.Discard, conn.Conn) }()
						all = append(all, s)
						continue
					}
					sink, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
					if err != nil {
						bb.Fatal(err)
					}
					bb.Cleanup(func() { _ = sink.Close() })
					s := Sink()
					a := sink.LocalAddr().(*net.UDPAddr).AddrPort()
					s.dst.Store(&route{place: place{addr: a}, raw: rawOf(a)})
					all = append(all, s)
				}
				w := tr.NewBatch()
				plain := numbered(1)
				bb.ReportAllocs()
				i := uint16(0)
				for bb.Loop() {
					i++
					plain[2], plain[3] = byte(i>>8), byte(i)
					for _, s := range all {
						s.SealRTP(plain, w)
					}
					w.Flush()
				}
				bb.ReportMetric(float64(bb.Elapsed().Nanoseconds())/float64(bb.N*listeners), "ns/packet")
				bb.ReportMetric(float64(tr.Counters().TCPOverflow.Load()+tr.Counters().TCPStale.Load())/float64(bb.N*listeners), "given-up/packet")
			})
		}
	}
}
