package transport

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/stun/v4"
)

// seal makes the next packet, with its number and the time in it.
func (c *client) seal(payload int) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 111, SSRC: 7, SequenceNumber: c.seq, Timestamp: uint32(c.seq) * 960}, Payload: make([]byte, max(16, payload))}
	c.seq++
	binary.BigEndian.PutUint64(p.Payload, uint64(c.sent))
	binary.BigEndian.PutUint64(p.Payload[8:], uint64(time.Since(began)))
	c.sent++
	raw, err := p.Marshal()
	if err != nil {
		panic(err)
	}
	out, err := c.tx.EncryptRTP(nil, raw, nil)
	if err != nil {
		panic(err)
	}
	return out
}

var began = time.Now()

// speak sends one packet, which the server sends back.
func (c *client) speak() { c.write(c.seal(100)) }

func (c *client) media(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rx == nil {
		return
	}
	var h rtp.Header
	plain, err := c.rx.DecryptRTP(nil, b, &h)
	if err != nil {
		c.stray++
		return
	}
	payload := plain[h.MarshalSize():]
	n := binary.BigEndian.Uint64(payload)
	if _, twice := c.received[n]; twice {
		c.stray++
	}
	c.received[n] = time.Since(began) - time.Duration(binary.BigEndian.Uint64(payload[8:]))
}

// consentCheck is a check without nomination.
func (c *client) consentCheck() {
	c.mu.Lock()
	creds, local := c.creds, c.local
	c.mu.Unlock()
	m, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername(creds.Ufrag+":"+local.Ufrag), priority(10),
		stun.NewShortTermIntegrity(creds.Pwd), stun.Fingerprint)
	if err == nil {
		c.write(m.Raw)
	}
}

func (c *client) receivedNow() int { _, n, _ := c.counts(); return n }

func (c *client) counts() (sent, received, stray int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent, len(c.received), c.stray
}

// call speaks every 5 ms until the returned function is called.
func (c *client) call() (stop func()) {
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				c.speak()
			}
		}
	}()
	return func() { close(quit); <-ended }
}

// complete checks that everything came back once and returns the latencies.
func (c *client) complete() string {
	c.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if sent, received, _ := c.counts(); received == sent {
			break
		}
	}
	sent, received, stray := c.counts()
	if sent != received || stray != 0 {
		c.t.Errorf("a call in progress: %d of %d packets came back, %d strays", received, sent, stray)
	}
	return fmt.Sprintf("%d packets, nothing lost, round trip %s", sent, c.latency())
}

func (c *client) latency() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []time.Duration
	for _, d := range c.received {
		all = append(all, d)
	}
	return percentiles(all)
}

func percentiles(d []time.Duration) string {
	if len(d) == 0 {
		return "none"
	}
	slices.Sort(d)
	at := func(p int) time.Duration { return d[min(len(d)-1, len(d)*p/100)].Round(10 * time.Microsecond) }
	return fmt.Sprintf("p50 %v p95 %v max %v", at(50), at(95), at(100))
}
