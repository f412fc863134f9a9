package sfu

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pion/rtp"
)

func TestBucketGoesOnAtItsRate(t *testing.T) {
	var b bucket
	passed := 0
	for now := int64(0); now < 10_000_000; now += 1000 { // 1,000 a second for 10 seconds
		if !b.over(now) {
			b.take(now, 1, 200)
			passed++
		}
	}
	if passed < 2190 || passed > 2210 {
		t.Errorf("%d of 10,000 passed, want 200 a second and 200 at once", passed)
	}
	if b.over(11_100_000) {
		t.Error("still over a second later")
	}
}

func TestOneTransportTakesSoManySSRCs(t *testing.T) {
	f := newFuzzRoom(t, fuzzSFU(t))
	p := f.hostile[0]
	l := p.active
	opens := func(ssrc uint32, seq uint16) bool {
		b, err := (&rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 111, SSRC: ssrc, SequenceNumber: seq}, Payload: make([]byte, 20)}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if b, err = p.tx.EncryptRTP(nil, b, nil); err != nil {
			t.Fatal(err)
		}
		_, _, err = l.openRTP(l.session, f.now, b, f.w)
		return err == nil
	}
	controls := func(ssrc uint32) bool {
		b, err := p.tx.EncryptRTCP(nil, part(0, 201, ssrc), nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = l.openRTCP(l.session, f.now, b, f.w)
		return err == nil
	}
	opened, controlled := 0, 0
	for i := range uint32(300) {
		f.now += 1_000_000 // slowly enough for a stranger
		if opens(i+100, 0) {
			opened++
		}
		if controls(i + 100) {
			controlled++
		}
	}
	if opened != 64 || controlled != 64 {
		t.Errorf("RTP of %d SSRCs and RTCP of %d was opened, want 64", opened, controlled)
	}
	if !opens(105, 1) || !controls(105) {
		t.Error("one of them is refused")
	}
	if opens(1, 0) {
		t.Error("an announced one is opened, one too many")
	}
	if n := f.r.metrics.dropped[dropUnknownStream] + f.r.metrics.dropped[dropControlRate]; n != 0 {
		t.Errorf("%d were counted here, and the transport counts them", n)
	}
}

func TestStrangersAreTriedAtARate(t *testing.T) {
	var strangers bucket
	tried := 0
	for i := range int64(10_000) {
		if admits(i, false, &strangers) {
			tried++
		}
	}
	if tried > strangersPerSec+2 {
		t.Errorf("%d strangers were tried at once", tried)
	}
	if !admits(10_000, true, &strangers) {
		t.Error("a known SSRC waits for strangers")
	}
}

func TestFullServerRefuses(t *testing.T) {
	s, err := New(Config{UDPAddr: "127.0.0.1:0", AudioSlots: 1, MaxRooms: 2, MaxPeers: 3}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	join := func(room string) (*Peer, error) { return s.Join(Join{Room: room, CSRC: 1}) }
	refused := func(room, what string, limit int) {
		t.Helper()
		var full *LimitError
		if _, err := join(room); !errors.As(err, &full) || full.What != what || full.Max != limit {
			t.Errorf("join of %s: %v, want a limit of %d %s", room, err, limit, what)
		}
	}
	a, err := join("a")
	if err != nil {
		t.Fatal(err)
	}
	b, err := join("b")
	if err != nil {
		t.Fatal(err)
	}
	refused("c", "rooms", 2)
	if _, err := join("b"); err != nil {
		t.Fatal(err)
	}
	refused("a", "participants", 3)
	b.Close()
	b.Close() // counted out once
	if _, err := join("b"); err != nil {
		t.Errorf("after one has left: %v", err)
	}
	refused("a", "participants", 3)
	a.Close()
	if _, err := join("c"); err != nil {
		t.Errorf("after a room has emptied: %v", err)
	}
}

// TestWhoRejoinsAFullServer: a session that replaces one of the same
// participant is no participant more, whichever room it is in; a third is.
func TestWhoRejoinsAFullServer(t *testing.T) {
	s, err := New(Config{UDPAddr: "127.0.0.1:0", AudioSlots: 1, MaxPeers: 2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	csrc := uint32(0)
	join := func(room, label string, taken bool) *Peer {
		t.Helper()
		csrc++
		p, err := s.Join(Join{Room: room, CSRC: csrc, Label: label})
		var full *LimitError
		if taken != (err == nil) || !taken && !errors.As(err, &full) {
			t.Fatalf("%s in %s: %v, want taken %v", label, room, err, taken)
		}
		return p
	}
	anna := join("a", "anna", true)
	join("a", "", true)
	join("a", "", false) // who has no name is nobody's
	join("a", "boris", false)
	again := join("a", "anna", true)
	join("a", "anna", false)
	anna.Close()
	join("a", "boris", false)
	elsewhere := join("b", "anna", true)
	again.Close()
	elsewhere.Close()
	join("a", "anna", true)
	join("a", "boris", false)
	if s.peers != 2 || len(s.labels) != 2 {
		t.Errorf("%d participants with the labels %v", s.peers, s.labels)
	}
}

// Who tries his connection takes no place of who wants to talk, and the other
// way round.
func TestTestsTakeNoPlaces(t *testing.T) {
	s, err := New(Config{UDPAddr: "127.0.0.1:0", AudioSlots: 1, MaxRooms: 1, MaxPeers: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var tests []*Peer
	test := func(n int) error {
		p, err := s.Join(Join{Room: fmt.Sprint("test:", n/2), CSRC: uint32(n + 1), Test: true})
		if err == nil {
			tests = append(tests, p)
		}
		return err
	}
	for n := range maxTests / 2 {
		if err := test(n); err != nil {
			t.Fatal(err)
		}
	}
	talks, err := s.Join(Join{Room: "a", CSRC: 1, Label: "anna"})
	if err != nil {
		t.Fatalf("while there are tests: %v", err)
	}
	var full *LimitError
	for _, room := range []string{"a", "b"} {
		if _, err := s.Join(Join{Room: room, CSRC: 2}); !errors.As(err, &full) || full.What != "participants" {
			t.Errorf("one more: %v", err)
		}
	}
	for n := maxTests / 2; n < maxTests; n++ {
		if err := test(n); err != nil {
			t.Fatalf("while the server is full: %v", err)
		}
	}
	if err := test(maxTests); !errors.As(err, &full) || full.What != "connection tests" || full.Max != maxTests {
		t.Errorf("one test more: %v", err)
	}
	for _, p := range append(tests, talks) {
		p.Close()
		p.Close() // counted out once
	}
	if s.tests != 0 || s.testRooms != 0 || s.peers != 0 || len(s.labels) != 0 || len(s.rooms) != 0 {
		t.Errorf("%d tests in %d rooms, %d participants are left", s.tests, s.testRooms, s.peers)
	}
}

func TestImpossibleLimits(t *testing.T) {
	for _, key := range []string{"maxRooms", "maxPeers", "maxPacketsPerSec", "maxBytesPerSec"} {
		for _, v := range []int{-1, maxLimit + 1} {
			c := Defaults()
			*map[string]*int{"maxRooms": &c.MaxRooms, "maxPeers": &c.MaxPeers, "maxPacketsPerSec": &c.MaxPacketsPerSec, "maxBytesPerSec": &c.MaxBytesPerSec}[key] = v
			var bad *ConfigError
			if err := c.Validate(); !errors.As(err, &bad) || bad.Key != key || !strings.Contains(bad.Want, "no limit") {
				t.Errorf("%s %d: %v", key, v, err)
			}
		}
	}
}

// part is one RTCP packet.
func part(format, kind byte, body ...uint32) []byte {
	b := []byte{2<<6 | format, kind, 0, byte(len(body))}
	for _, v := range body {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

func TestCompoundIsWalked(t *testing.T) {
	sr, rr := part(0, 200, 1, 2, 3, 4, 5, 6), part(1, 201, 1, 2, 3, 4, 5, 6, 7)
	sdes, app, xr, pli := part(1, 202, 1, 0), part(0, 204, 1, 0), part(0, 207, 1), part(1, 206, 1, 2)
	nack, feedback := part(1, 205, 1, 2, 3), part(15, 205, 1, 2, 5, 0, 0)
	all := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	many := part(1, 205, make([]uint32, 200)...)
	for _, c := range []struct {
		name     string
		in, want []byte // want nil: refused
	}{
		{"a browser's", all(sr, sdes, nack, feedback), all(sr, nack, feedback)},
		{"reduced size", nack, nack},
		{"what nobody reads", all(sdes, app, xr, pli, part(7, 205, 1, 2)), []byte{}},
		{"nothing", nil, []byte{}},
		{"32 packets", bytes.Repeat(rr, 32), bytes.Repeat(rr, 32)},
		{"33 packets", bytes.Repeat(sdes, 33), nil},
		{"too long", rr[:len(rr)-4], nil},
		{"half a header", all(rr, []byte{0x80, 201}), nil},
		{"version 1", all(rr, []byte{0x40, 201, 0, 0}), nil},
		{"feedback of too many", part(15, 205, 1, 2, 0xffff, 0, 0), nil},
		{"feedback without a count", part(15, 205, 1, 2), []byte{}},
		{"padding", all(part(1<<5|1, 205, 1, 2, 3, 0x00000004), nack), all(part(1<<5|1, 205, 1, 2, 3, 0x00000004)[:16], nack)},
		{"padding of nothing", part(1<<5|1, 205, 1, 2, 3, 0), nil},
		{"padding that takes the header", part(1<<5|1, 205, 1, 2, 3, 17), nil},
		{"padding of what nobody reads", part(1<<5, 206, 1, 2), []byte{}},
		{"NACKs of too many", all(many[:], bytes.Repeat(many, 5)), nil},
	} {
		var got []byte
		walk := compound{ahead: c.in}
		for p, ok := walk.next(); ok; p, ok = walk.next() {
			got = append(got, p...)
		}
		if walk.bad != (c.want == nil) || !walk.bad && !bytes.Equal(got, c.want) {
			t.Errorf("%s: % x, refused %v, want % x", c.name, got, walk.bad, c.want)
		}
	}
}
