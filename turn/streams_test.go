package turn

import (
	"net"
	"net/netip"
	"testing"

	pion "github.com/pion/turn/v5"
)

// TestStreamsFromElsewhere has connections come by a listener of the program's:
// they are counted, relay, and end with the server.
func TestStreamsFromElsewhere(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Addr: "127.0.0.1:0", RelayPorts: PortRange{First: 49152, Last: 50175}},
		Options{RelayIP: netip.MustParseAddr("127.0.0.1"), Streams: ln})
	if err != nil {
		t.Fatal(err)
	}
	b := &bed{Server: s, t: t}
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	user, pass := b.credentials("call")
	client, err := pion.NewClient(&pion.ClientConfig{
		STUNServerAddr: ln.Addr().String(), TURNServerAddr: ln.Addr().String(), Username: user, Password: pass, Realm: realm,
		Conn: pion.NewSTUNConn(conn), LoggerFactory: quiet(),
	})
	if err == nil {
		err = client.Listen()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	relay, err := client.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	if st := s.Stats(); st.StreamConnections != 1 || st.Allocations != 1 {
		t.Errorf("counted %+v", st)
	}
	_ = relay.Close()

	// The same address and port once more, to another port of ours: streams are
	// known by where they come from, so that one is refused.
	if again := s.addStream(&twin{Conn: conn}); again != nil || s.Stats().Refused[ReasonConns] != 1 {
		t.Errorf("a second stream of one address and port: %v", s.Stats().Refused)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ln.Accept(); err == nil {
		t.Error("the listener is still open")
	}
	if st := s.Stats(); st.StreamConnections != 0 || st.Allocations != 0 {
		t.Errorf("left %+v", st)
	}
}

// twin comes from where another connection goes out.
type twin struct{ net.Conn }

// RemoteAddr implements net.Conn.
func (t *twin) RemoteAddr() net.Addr { return t.LocalAddr() }
