package transport

import (
	"encoding/binary"
	"net"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// choked is a transport whose first socket has room for nothing while full is
// set, and the address of a socket that gets what it sends.
func choked(t *testing.T) (tr *Transport, full func(bool), r route, sink *net.UDPConn) {
	t.Helper()
	tr = newTransport(t)
	sink, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sink.Close() })
	_ = sink.SetReadBuffer(1 << 20)
	a := sink.LocalAddr().(*net.UDPAddr).AddrPort()
	r = route{place: place{addr: a}, raw: rawOf(a)}
	state := make(chan bool, 1)
	state <- false
	l := &tr.sockets[0].backlog
	l.mu.Lock()
	l.voice.waits, l.control.waits = time.Hour, time.Hour // on a busy machine all of it may be late
	l.mu.Unlock()
	tr.sockets[0].send = func(fd uintptr, m *mmsghdr, n int) (int, syscall.Errno) {
		is := <-state
		state <- is
		if is {
			return 0, unix.EAGAIN
		}
		return sendmmsg(fd, m, n)
	}
	return tr, func(v bool) { <-state; state <- v }, r, sink
}

// numbers are those of the voice that came when nothing waits any more.
func numbers(t *testing.T, tr *Transport, sink *net.UDPConn) (voice []int, others int) {
	t.Helper()
	eventually(t, "the backlog is empty", func() bool { return !tr.sockets[0].backlog.waiting.Load() })
	b := make([]byte, 2000)
	for {
		_ = sink.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		n, err := sink.Read(b)
		if err != nil {
			return voice, others
		}
		if isVoice(b[:n]) {
			voice = append(voice, int(binary.BigEndian.Uint32(b[12:])))
		} else {
			others++
		}
	}
}

// TestFullSocketKeepsTheNewestVoice: while the kernel has no room, the oldest
// voice is given up, checks and reports are not, and what goes out later goes
// in order.
func TestFullSocketKeepsTheNewestVoice(t *testing.T) {
	tr, full, r, sink := choked(t)
	n := tr.Counters()
	w := newBatch(tr.sockets)
	full(true)
	const all, reports = backlogVoice + 500, 20
	start := time.Now()
	for i := range all {
		w.send(voiceOf(i), &r)
		if i < reports {
			w.send([]byte{128, 200, 0, 6, 1, 2, 3, 4}, &r)
		}
	}
	w.flush()
	took := time.Since(start)
	if got := n.SendOverflow.Load(); got != all-backlogVoice {
		t.Errorf("%d given up, want %d", got, all-backlogVoice)
	}
	full(false)
	w.send(voiceOf(all), &r)
	w.flush()
	voice, others := numbers(t, tr, sink)
	if lost := n.SendStale.Load() + n.SendOverflow.Load(); len(voice)+int(lost) != all+1 {
		t.Errorf("%d came and %d are counted, of %d", len(voice), lost, all+1)
	}
	if others != reports {
		t.Errorf("%d of %d reports came", others, reports)
	}
	for i := 1; i < len(voice); i++ {
		if voice[i] <= voice[i-1] {
			t.Fatalf("%d after %d", voice[i], voice[i-1])
		}
	}
	if len(voice) == 0 || voice[len(voice)-1] != all {
		t.Errorf("the newest did not come: %v", voice)
	}
	t.Logf("%d datagrams into a full socket took %v, none of it waiting", all+reports, took)
}

// TestFullSocketSendsNothingOld: voice that waited too long is not sent.
func TestFullSocketSendsNothingOld(t *testing.T) {
	tr, full, r, sink := choked(t)
	w := newBatch(tr.sockets)
	full(true)
	for i := range 100 {
		w.send(voiceOf(i), &r)
	}
	w.send([]byte{1, 1, 0, 0}, &r)
	w.flush()
	l := &tr.sockets[0].backlog
	l.mu.Lock()
	for i := range l.voice.q {
		l.voice.q[i].at = l.voice.q[i].at.Add(-2 * time.Hour)
	}
	l.mu.Unlock()
	full(false)
	w.send(voiceOf(100), &r)
	w.flush()
	voice, others := numbers(t, tr, sink)
	if len(voice) != 1 || voice[0] != 100 || others != 1 {
		t.Errorf("voice %v and %d others, want the newest and the other one", voice, others)
	}
	if n := tr.Counters().SendStale.Load(); n != 100 {
		t.Errorf("%d counted as too old", n)
	}
}

// TestRefusedDatagramsDoNotStopOthers: one that the kernel refuses for itself is
// counted apart, and the rest of its batch goes.
func TestRefusedDatagramsDoNotStopOthers(t *testing.T) {
	tr, _, r, sink := choked(t)
	w := newBatch(tr.sockets)
	bad := r
	bad.raw.Family = unix.AF_INET6 // an IPv4 socket refuses it
	for i := range 3 {
		w.send(voiceOf(i), &r)
		w.send(voiceOf(99), &bad)
	}
	w.flush()
	if voice, _ := numbers(t, tr, sink); len(voice) != 3 {
		t.Errorf("%v came", voice)
	}
	if n := tr.Counters().SendDropped.Load(); n != 3 {
		t.Errorf("%d refused", n)
	}
}
