package transport

import (
	"testing"

	"github.com/pion/rtp"
	"github.com/pion/stun/v4"
)

// opener is a Handler that decrypts and nothing else.
type opener struct{ deaf }

func (opener) Packet(s *Session, now int64, b []byte, w *Batch) { _, _, _ = s.OpenRTP(now, b, w) }

// BenchmarkDatagram is the cost of one datagram after the kernel: what hostile
// ones cost before they are dropped, and what a client's do.
func BenchmarkDatagram(bb *testing.B) {
	b := newBench(bb, opener{})
	b.keys()
	b.prove(1)
	bad := b.check(bb)
	bad[len(bad)-20] ^= 1
	nobody, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername("nobodyhere:abcd"), stun.NewShortTermIntegrity("x"), stun.Fingerprint)
	if err != nil {
		bb.Fatal(err)
	}
	media := append([]byte{128, 111, 0, 1}, make([]byte, 120)...)
	for _, x := range []struct {
		name string
		b    []byte
		from *rawAddr
	}{
		{"garbage", junk(200, 100), &b.away},
		{"stun-of-nobody", nobody.Raw, &b.away},
		{"stun-bad-integrity", bad, &b.away},
		{"stun-bad-integrity-known-address", bad, &b.known},
		{"stun-valid", b.check(bb), &b.known},
		{"media-unknown-address", media, &b.away},
		{"media-forged-known-address", media, &b.known},
		{"dtls-unknown-address", hello(0), &b.away},
		{"dtls-after-handshake", hello(0), &b.known},
	} {
		bb.Run(x.name, func(bb *testing.B) {
			bb.ReportAllocs()
			buf := make([]byte, len(x.b))
			now := int64(1)
			for bb.Loop() {
				copy(buf, x.b)
				now += 20_000 // within the rate
				b.tr.packet(b.sock, now, datagram{b: buf, from: x.from}, b.w)
			}
			b.w.flush()
		})
	}
}

// BenchmarkSRTP is one packet's encryption into a batch and its decryption.
func BenchmarkSRTP(bb *testing.B) {
	bb.Run("seal", func(bb *testing.B) {
		s, w := Sink(), NullBatch()
		p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 111, SSRC: 7}, Payload: make([]byte, 100)}
		raw, err := p.Marshal()
		if err != nil {
			bb.Fatal(err)
		}
		bb.ReportAllocs()
		seq := uint16(0)
		for bb.Loop() {
			seq++
			raw[2], raw[3] = byte(seq>>8), byte(seq)
			s.SealRTP(raw, w)
		}
	})
	bb.Run("open", func(bb *testing.B) {
		b := newBench(bb, opener{})
		b.keys()
		b.prove(1)
		tx := Sink().tx
		p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 111, SSRC: 7}, Payload: make([]byte, 100)}
		raw, err := p.Marshal()
		if err != nil {
			bb.Fatal(err)
		}
		sealed, err := tx.EncryptRTP(nil, raw, nil)
		if err != nil {
			bb.Fatal(err)
		}
		buf := make([]byte, len(sealed))
		bb.ReportAllocs()
		for bb.Loop() {
			copy(buf, sealed)
			b.tr.packet(b.sock, 1, datagram{b: buf, from: &b.known}, b.w)
		}
		if n := b.tr.counters.Undecryptable.Load(); n != 0 {
			bb.Errorf("%d failed", n)
		}
	})
}
