package transport

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/stun/v4"
)

func addr(ip net.IP) netip.Addr { a, _ := netip.AddrFromSlice(ip); return a.Unmap() }

// reader is a session whose client is a connection that the test reads itself.
func reader(t testing.TB, tr *Transport) (*Session, framed) {
	t.Helper()
	s, creds, err := tr.NewSession(deaf{}, Remote{Ufrag: remoteUfrag, Pwd: remotePwd, Hash: "sha-256", Fingerprint: "00"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	conn := knock(t, tr)
	_ = conn.Conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	set := func(m *stun.Message, err error) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(m.Raw); err != nil {
			t.Fatal(err)
		}
	}
	set(stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername(creds.Ufrag+":"+remoteUfrag), nominate, stun.NewShortTermIntegrity(creds.Pwd), stun.Fingerprint))
	b := make([]byte, 2000)
	for !s.TCP() {
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := conn.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		m := &stun.Message{Raw: b[:n]}
		if m.Decode() == nil && m.Type == stun.BindingRequest {
			set(stun.Build(stun.NewTransactionIDSetter(m.TransactionID), stun.BindingSuccess, stun.NewShortTermIntegrity(remotePwd), stun.Fingerprint))
			eventually(t, "the connection is selected", s.TCP)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tx = Sink().tx
	return s, conn
}

// numbered is a plain packet with a number in it.
func numbered(i int) []byte {
	p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 111, SSRC: 7, SequenceNumber: uint16(i), Timestamp: uint32(i) * 960}, Payload: make([]byte, 120)}
	b, err := p.Marshal()
	if err != nil {
		panic(err)
	}
	return b
}

// TestFullConnectionKeepsTheNewestVoice: sending to a client that reads nothing
// waits for nothing; the oldest voice is given up and counted, what comes when
// it reads again is whole, in order, and ends with the newest.
func TestFullConnectionKeepsTheNewestVoice(t *testing.T) {
	tr := newTCPTransport(t, tcpLimits{stalled: time.Hour})
	n := tr.Counters()
	s, conn := reader(t, tr)
	w := tr.NewBatch()
	start, last := time.Now(), 0
	for ; n.TCPOverflow.Load() < 50; last++ {
		s.SealRTP(numbered(last), w)
		w.Flush()
		if last > 60_000 {
			t.Fatal("the connection never gets full")
		}
	}
	t.Logf("%d packets into a connection that nobody reads took %v", last, time.Since(start))
	rx := Sink().rx
	got, b := []int{}, make([]byte, 2000)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		k, err := conn.Read(b)
		if err != nil {
			break
		}
		if !isVoice(b[:k]) {
			continue
		}
		var h rtp.Header
		if _, err := rx.DecryptRTP(nil, b[:k], &h); err != nil {
			t.Fatal(err)
		}
		got = append(got, int(h.SequenceNumber))
	}
	for i := 1; i < len(got); i++ {
		if got[i] <= got[i-1] {
			t.Fatalf("%d after %d", got[i], got[i-1])
		}
	}
	if lost := int(n.TCPOverflow.Load() + n.TCPStale.Load()); len(got)+lost != last {
		t.Errorf("%d came and %d are counted, of %d", len(got), lost, last)
	}
	// It is a connection like any other again.
	s.SealRTP(numbered(last), w)
	w.Flush()
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if k, err := conn.Read(b); err != nil || binary.BigEndian.Uint16(b[2:]) != uint16(last) {
		t.Errorf("%d bytes, %v", k, err)
	}
	eventually(t, "the writer ends", func() bool {
		c := s.dst.Load().stream
		c.out.mu.Lock()
		defer c.out.mu.Unlock()
		return !c.out.writing
	})
}

// TestStalledConnectionEnds: a client that takes nothing for some seconds is
// given up; sending to him never waited.
func TestStalledConnectionEnds(t *testing.T) {
	tr := newTCPTransport(t, tcpLimits{stalled: 200 * time.Millisecond})
	n := tr.Counters()
	s, _ := reader(t, tr)
	other := newTCPClient(t, tr)
	other.connect()
	stop := other.call()
	w := tr.NewBatch()
	worst := time.Duration(0)
	for i := 0; n.TCPEnded[TCPStalled].Load() == 0; i++ {
		start := time.Now()
		s.SealRTP(numbered(i), w)
		w.Flush()
		worst = max(worst, time.Since(start))
		if i%100 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	eventually(t, "there is no path", func() bool { return !s.HasPath() })
	stop()
	t.Logf("the longest send took %v; beside it %s", worst, other.complete())
}

// TestChecksOutliveVoice: of what does not fit voice goes first, and never what
// the kernel has begun with.
func TestChecksOutliveVoice(t *testing.T) {
	c := &connection{t: &Transport{}}
	c.out.c = c
	o := &c.out
	check := make([]byte, 20)
	c.put(check)
	for i := range 2 * outboxFrames {
		c.put(voiceOf(i))
	}
	if len(o.frames) != outboxFrames || o.frames[0].voice {
		t.Errorf("%d frames, the first is voice: %v", len(o.frames), o.frames[0].voice)
	}
	if newest := o.frames[len(o.frames)-1].b; binary.BigEndian.Uint32(newest[frameHeader+12:]) != 2*outboxFrames-1 {
		t.Error("the newest was given up")
	}
	o.sent(1)
	first := &o.frames[0].b[0]
	for range 2 * outboxFrames {
		c.put(check)
	}
	if len(o.frames) != outboxFrames || &o.frames[0].b[0] != first {
		t.Errorf("%d frames, or the one that was begun is gone", len(o.frames))
	}
	if n := c.t.counters.TCPOverflow.Load(); n != 3*outboxFrames+1 {
		t.Errorf("%d counted", n)
	}
}
