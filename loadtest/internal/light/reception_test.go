package light

import (
	"testing"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

func TestReportsCountWhatIsMissing(t *testing.T) {
	var r reception
	const start = 65500 // the sequence numbers go round
	ns := int64(1e18)
	for i := range 200 {
		if i%10 == 5 {
			continue
		}
		r.take(uint16(start+i), uint32(i*960), ns+int64(i)*20e6)
	}
	r.lastSR, r.lastSRAt = 99, ns
	b := r.block(7, ns+500e6)
	if b.SSRC != 7 || b.LastSequenceNumber != start+199 || b.TotalLost != 20 || b.FractionLost != 25 || b.LastSenderReport != 99 || b.Delay != 32768 {
		t.Errorf("%+v", b)
	}
	if b.Jitter > 1 {
		t.Errorf("jitter %d of an even stream", b.Jitter)
	}
	for i := 200; i < 300; i++ {
		r.take(uint16(start+i), uint32(i*960), ns+int64(i)*20e6+int64(i%2)*4e6)
	}
	if b = r.block(7, ns); b.FractionLost != 0 || b.TotalLost != 20 || b.Jitter < 150 || b.Jitter > 200 {
		t.Errorf("%+v", b) // every other packet is 4 ms, 192 ticks, late
	}
	if got := ntp(0); got != 2208988800<<32 {
		t.Errorf("%x", got)
	}
	if got := ntp(1_500_000_000); got != (2208988801<<32 | 1<<31) {
		t.Errorf("%x", got)
	}
}

func TestPacketsAreAsAgreed(t *testing.T) {
	var u uplink
	tm := &terms{micSSRC: 77, mid: "12", payload: 111, levelID: 1, midID: 3, transportID: 4}
	var before rtp.Packet
	for i := range uint32(3) {
		var p rtp.Packet
		if err := p.Unmarshal(u.write(tm, 5+i, []byte("opus"), 20, i > 0, i == 0, 1)); err != nil {
			t.Fatal(err)
		}
		if p.SSRC != 77 || p.PayloadType != 111 || string(p.Payload) != "opus" || p.Marker != (i == 0) || string(p.GetExtension(3)) != "12" || len(p.GetExtension(4)) != 2 {
			t.Errorf("%+v", p)
		}
		var l rtp.AudioLevelExtension
		if err := l.Unmarshal(p.GetExtension(1)); err != nil || l.Level != 20 || l.Voice != (i > 0) {
			t.Errorf("%+v %v", l, err)
		}
		if i > 0 && (p.SequenceNumber != before.SequenceNumber+1 || p.Timestamp != before.Timestamp+960) {
			t.Errorf("%+v after %+v", p.Header, before.Header)
		}
		before = p
	}
	var p rtp.Packet
	if err := p.Unmarshal(u.write(&terms{micSSRC: 77, payload: 111}, 9, []byte("opus"), 20, true, false, 1)); err != nil || p.Extension || string(p.Payload) != "opus" {
		t.Errorf("%+v %v", p, err)
	}
	if _, err := rtcp.Marshal([]rtcp.Packet{rtcp.NewCNAMESourceDescription(1, "x")}); err != nil {
		t.Error(err)
	}
}
