package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func listens(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	return c
}

// check is an ICE check of a browser with this ufrag.
func check(ufrag string) []byte {
	name := "server:" + ufrag
	padded := append([]byte(name), 0, 0, 0)[:(len(name)+3)&^3]
	b := binary.BigEndian.AppendUint16(nil, 1)
	b = binary.BigEndian.AppendUint16(b, uint16(4+len(padded)))
	b = binary.BigEndian.AppendUint32(b, 0x2112A442)
	b = append(b, make([]byte, 12)...)
	b = binary.BigEndian.AppendUint16(b, 6)
	b = binary.BigEndian.AppendUint16(b, uint16(len(name)))
	return append(b, padded...)
}

// house is a server that echoes everything, a relay in front of it, and a
// browser's port.
func house(t *testing.T) (*relay, *net.UDPConn) {
	t.Helper()
	server := listens(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, maxPacket)
		for {
			n, from, err := server.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			_, _ = server.WriteToUDPAddrPort(b[:n], from)
		}
	}()
	t.Cleanup(func() { _ = server.Close(); <-done })
	r, err := newRelay(&net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, server.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	return r, listens(t)
}

func sends(t *testing.T, r *relay, c *net.UDPConn, b []byte) {
	t.Helper()
	if _, err := c.WriteTo(b, r.front.LocalAddr()); err != nil {
		t.Fatal(err)
	}
}

func gets(t *testing.T, c *net.UDPConn) []byte {
	t.Helper()
	b := make([]byte, maxPacket)
	n, err := c.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return b[:n]
}

// TestPrecision prints how long the relay itself takes; 400 packets a second
// there and back.
func TestPrecision(t *testing.T) {
	for _, delay := range []float64{0, 20} {
		r, c := house(t)
		r.bind("abcd", "Anna")
		if err := r.set("Anna", "down", impairment{DelayMs: delay}); err != nil {
			t.Fatal(err)
		}
		sends(t, r, c, check("abcd"))
		gets(t, c)
		const n = 400
		sent := make([]time.Time, n)
		go func() {
			tick := time.NewTicker(2500 * time.Microsecond)
			defer tick.Stop()
			for k := range sent {
				<-tick.C
				sent[k] = time.Now()
				b := append(binary.BigEndian.AppendUint32([]byte{0x80, 111}, uint32(k)), make([]byte, 100)...)
				_, _ = c.WriteTo(b, r.front.LocalAddr())
			}
		}()
		var took []time.Duration
		for k := range uint32(n) {
			b := gets(t, c)
			if got := binary.BigEndian.Uint32(b[2:]); got != k {
				t.Fatalf("packet %d came as number %d", got, k)
			}
			took = append(took, time.Since(sent[k]))
		}
		slices.Sort(took)
		t.Logf("a delay of %v ms: there and back in %v at the median, %v at p99", delay, took[n/2], took[n*99/100])
		if took[0] < time.Duration(delay)*time.Millisecond {
			t.Errorf("one came after %v", took[0])
		}
	}
}

func TestNobodyPassesUnnamed(t *testing.T) {
	r, c := house(t)
	sends(t, r, c, []byte{0x80, 1, 2, 3})
	sends(t, r, c, check("abcd"))
	r.bind("efgh", "Boris") // has the reader look at them first
	for {
		r.mu.Lock()
		unnamed := r.unnamed
		r.mu.Unlock()
		if unnamed == 2 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	r.bind("abcd", "Anna")
	sends(t, r, c, check("abcd"))
	if got := gets(t, c); ufragOf(got) != "abcd" {
		t.Errorf("got %x", got)
	}
	// A restart of ICE on the same port is somebody else's until it is named.
	sends(t, r, c, check("wxyz"))
	sends(t, r, c, check("abcd"))
	if got := gets(t, c); ufragOf(got) != "abcd" {
		t.Errorf("got %x", got)
	}
	if up, down := r.read("Anna"); up.Packets != 2 || down.Packets != 2 {
		t.Errorf("counted %+v, %+v", up, down)
	}
}

func TestOrders(t *testing.T) {
	r, c := house(t)
	in, orders := io.Pipe()
	out, say := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- obey(r, in, say) }()
	answers := json.NewDecoder(out)
	var first struct{ Listening string }
	if err := answers.Decode(&first); err != nil || first.Listening != r.front.LocalAddr().String() {
		t.Fatal(first, err)
	}
	tell := func(order string) (reply, error) {
		if _, err := io.WriteString(orders, order+"\n"); err != nil {
			t.Fatal(err)
		}
		var a reply
		if err := answers.Decode(&a); err != nil {
			t.Fatal(err)
		}
		if a.Error != "" {
			return a, errors.New(a.Error)
		}
		return a, nil
	}
	for _, bad := range []string{
		`x`, `{}`, `{"op":"bind","person":"Anna"}`, `{"op":"set","person":"Anna","direction":"over"}`,
		`{"op":"set","person":"Anna","direction":"up","impairment":{"loss":3}}`, `{"op":"sing","person":"Anna"}`,
	} {
		if _, err := tell(bad); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
	for _, good := range []string{
		`{"op":"bind","person":"Anna","ufrag":"abcd"}`,
		`{"op":"set","person":"Anna","direction":"down","impairment":{"outage":true}}`,
	} {
		if _, err := tell(good); err != nil {
			t.Error(good, err)
		}
	}
	sends(t, r, c, check("abcd"))
	for {
		a, err := tell(`{"op":"read","person":"Anna"}`)
		if err != nil {
			t.Fatal(err)
		}
		if a.Up.Packets == 1 && a.Down.Lost == 1 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	_ = orders.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func FuzzUfrag(f *testing.F) {
	f.Add(check("abcd"))
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if u := ufragOf(b); u != "" && !strings.Contains(string(b), ":"+u) {
			t.Errorf("%q is not in %x", u, b)
		}
	})
}
