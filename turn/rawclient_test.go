package turn

import (
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	pion "github.com/pion/turn/v5"
)

// rawClient speaks TURN over UDP message by message, to send what pion's client
// would not.
type rawClient struct {
	t          *testing.T
	b          *bed
	conn       *net.UDPConn
	user, pass string
	nonce      string
	sent       []byte // the last request
	answer     *stun.Message
}

func (b *bed) raw(user, pass string) *rawClient {
	b.t.Helper()
	conn, err := net.DialUDP("udp4", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: b.Port()})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = conn.Close() })
	return &rawClient{t: b.t, b: b, conn: conn, user: user, pass: pass}
}

// allocated is a raw client of a session that has an allocation.
func (b *bed) allocated(session string) *rawClient {
	b.t.Helper()
	user, pass := b.credentials(session)
	c := b.raw(user, pass)
	if code := c.allocate(); code != 0 {
		b.t.Fatalf("allocate: %d", code)
	}
	return c
}

// udpTransport is REQUESTED-TRANSPORT: UDP.
var udpTransport = stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{17, 0, 0, 0}}

func (c *rawClient) allocate() stun.ErrorCode { return c.do(stun.MethodAllocate, udpTransport) }

// do sends an authenticated request, with the nonce that the server asks for,
// and returns the error code of the answer; 0 for a success, -1 for an error
// without a code.
func (c *rawClient) do(method stun.Method, with ...stun.Setter) stun.ErrorCode {
	c.t.Helper()
	if c.nonce == "" {
		m := stun.MustBuild(stun.TransactionID, stun.NewType(method, stun.ClassRequest), udpTransport)
		answer := c.send(m.Raw)
		var nonce stun.Nonce
		if err := nonce.GetFrom(answer); err != nil {
			c.t.Fatalf("no nonce in %v: %v", answer, err)
		}
		c.nonce = nonce.String()
	}
	c.answer = c.send(c.request(method, with...))
	return codeIn(c.answer)
}

// request is an authenticated request.
func (c *rawClient) request(method stun.Method, with ...stun.Setter) []byte {
	setters := append([]stun.Setter{stun.TransactionID, stun.NewType(method, stun.ClassRequest)}, with...)
	setters = append(setters, stun.NewUsername(c.user), stun.NewRealm(realm), stun.NewNonce(c.nonce),
		stun.MessageIntegrity(pion.GenerateAuthKey(c.user, realm, c.pass)), stun.Fingerprint)
	return stun.MustBuild(setters...).Raw
}

// tell sends an authenticated request and does not wait for an answer.
func (c *rawClient) tell(method stun.Method, with ...stun.Setter) {
	_, _ = c.conn.Write(c.request(method, with...))
}

// send sends bytes and returns the answer to them.
func (c *rawClient) send(raw []byte) *stun.Message {
	c.t.Helper()
	c.sent = raw
	if _, err := c.conn.Write(raw); err != nil {
		c.t.Fatal(err)
	}
	buf := make([]byte, 2048)
	for {
		_ = c.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, err := c.conn.Read(buf)
		if err != nil {
			c.t.Fatalf("no answer: %v", err)
		}
		m := &stun.Message{Raw: append([]byte{}, buf[:n]...)}
		if m.Decode() == nil && string(m.TransactionID[:]) == string(raw[8:20]) {
			return m
		}
	}
}

func codeIn(m *stun.Message) stun.ErrorCode {
	if m.Type.Class != stun.ClassErrorResponse {
		return 0
	}
	var e stun.ErrorCodeAttribute
	if e.GetFrom(m) != nil {
		return -1
	}
	return e.Code
}

// indicate sends a Send indication.
func (c *rawClient) indicate(peer net.UDPAddr, data string) {
	c.t.Helper()
	m := stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodSend, stun.ClassIndication), peerOf(peer),
		stun.RawAttribute{Type: stun.AttrData, Value: []byte(data)})
	if _, err := c.conn.Write(m.Raw); err != nil {
		c.t.Fatal(err)
	}
}

// peerOf is XOR-PEER-ADDRESS.
func peerOf(peer net.UDPAddr) stun.Setter { return peerSetter(peer) }

type peerSetter net.UDPAddr

func (p peerSetter) AddTo(m *stun.Message) error {
	return stun.XORMappedAddress{IP: p.IP, Port: p.Port}.AddToAs(m, stun.AttrXORPeerAddress)
}

// channel is CHANNEL-NUMBER: the nth channel.
func channel(n int) stun.Setter {
	return stun.RawAttribute{Type: stun.AttrChannelNumber, Value: []byte{0x40 + byte(n>>8), byte(n), 0, 0}}
}

// peerAt reads host:port; the host is an address, IPv4-mapped ones as they are.
func peerAt(t *testing.T, s string) net.UDPAddr {
	t.Helper()
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return net.UDPAddr{IP: net.ParseIP(host), Port: n}
}
