package transport

import (
	"context"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// TestNATRebindingInACall: the client's port changes under him. With his next
// check, nominated or not, voice goes on at the new one, whether he talks or is
// silent.
func TestNATRebindingInACall(t *testing.T) {
	tr := newTransport(t)
	for _, talks := range []bool{true, false} {
		c := newClient(t, tr, tr.Candidates()[0])
		c.connect()
		time.Sleep(50 * time.Millisecond) // some checks and media by the old path
		stop := func() {}
		if talks {
			stop = c.call()
		}
		c.quiet.Store(true)
		c.open()
		at := c.addr()
		// What a browser sends next is its consent check.
		start := time.Now()
		c.consentCheck()
		eventually(t, "the new address is selected", func() bool { return c.session.RemoteAddr() == at })
		took := time.Since(start)
		before := c.receivedNow()
		if !talks {
			c.speak()
		}
		eventually(t, "voice from the new address comes back there", func() bool { return c.receivedNow() > before })
		stop()
		t.Logf("talks %v: the path moved %v after the first check from the new address", talks, took.Round(time.Millisecond))
		c.close()
	}
}

// TestTwoAddressesDoNotTakeTurns: a client with two addresses that checks both
// and talks by one stays there, also in pauses.
func TestTwoAddressesDoNotTakeTurns(t *testing.T) {
	tr := newTransport(t)
	c := newClient(t, tr, tr.Candidates()[0])
	c.every = 100 * time.Millisecond
	c.connect()
	selected := c.session.RemoteAddr()
	other := dial(t, tr)
	creds := c.creds
	check := func() {
		set := []stun.Setter{stun.TransactionID, stun.BindingRequest, stun.NewUsername(creds.Ufrag + ":" + c.local.Ufrag), priority(50), stun.NewShortTermIntegrity(creds.Pwd), stun.Fingerprint}
		m, err := stun.Build(set...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.c.Write(m.Raw); err != nil {
			t.Fatal(err)
		}
	}
	check()
	other.answer(other.expect(stun.ClassRequest), c.local.Pwd)
	c.quiet.Store(true) // the selected path only answers from now on
	for end := time.Now().Add(3 * rivalUs * time.Microsecond); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		check()
		if a := c.session.RemoteAddr(); a != selected {
			t.Fatalf("moved from %v to %v, which was not nominated while %v answers", selected, a, selected)
		}
	}
}

// TestRestartInACall: through an ICE restart both credentials are answered on
// the path until the new ones have one, media goes on throughout, and then the
// old ones fade. First from another port, then from the same one.
func TestRestartInACall(t *testing.T) {
	tr := newTransport(t)
	c := newClient(t, tr, tr.Candidates()[0])
	c.connect()
	stop := c.call()
	for _, samePort := range []bool{false, true} {
		before := c.creds
		local := Credentials{Ufrag: randomString(4), Pwd: randomString(22)}
		after, err := c.session.Restart(local.Ufrag, local.Pwd)
		if err != nil {
			t.Fatal(err)
		}
		probe := dial(t, tr)
		old := c.local
		both := func(want bool, what string) {
			t.Helper()
			probe.checkAs(before, old.Ufrag)
			if got := probe.expect(stun.ClassSuccessResponse) != nil; got != want {
				t.Errorf("%s: the old credentials are answered: %v, want %v", what, got, want)
			}
			probe.checkAs(after, local.Ufrag)
			if probe.expect(stun.ClassSuccessResponse) == nil {
				t.Errorf("%s: the new credentials are not answered", what)
			}
		}
		both(true, "before a path")
		c.mu.Lock()
		c.creds, c.local = after, local
		c.mu.Unlock()
		if !samePort {
			c.open()
		}
		c.check()
		at := c.addr()
		eventually(t, "the new credentials have a path", func() bool {
			c.session.mu.Lock()
			defer c.session.mu.Unlock()
			sel := c.session.ice.selected
			return sel != nil && sel.route.addr == at && sel.provenBy == c.session.ice.newest() && c.session.ice.generations[0].replacedAt != 0
		})
		both(true, "while the old ones fade")
		c.session.mu.Lock()
		c.session.ice.generations[0].replacedAt -= oldGenerationUs
		c.session.mu.Unlock()
		eventually(t, "the old credentials are gone", func() bool { return tr.byUfrag([]byte(before.Ufrag)) == nil })
		both(false, "afterwards")
	}
	stop()
	sent, received, stray := c.counts()
	if stray != 0 || received < sent/2 {
		t.Errorf("%d of %d packets came back, %d strays", received, sent, stray)
	}
	t.Logf("restarts in a call: %d packets sent, %d back, round trip %s", sent, received, c.latency())
}

// TestReturnAfterSilence: a path that is not selected any more has to prove
// itself again before media goes back there.
func TestReturnAfterSilence(t *testing.T) {
	var now int64 = 1
	p := &path{provenBy: &generation{}, consentAt: now}
	a := &agent{generations: []*generation{p.provenBy}, selected: &path{provenBy: p.provenBy, consentAt: now + consentLastsUs}}
	p.nominatedAt = now + 2*consentLastsUs
	if a.prefers(now+consentLastsUs+1, p, 0) {
		t.Error("a path without consent is selected")
	}
	p.consentAt = now + consentLastsUs
	if !a.prefers(now+consentLastsUs+1, p, now+consentLastsUs) {
		t.Error("a nominated path with consent is not selected")
	}
}

// TestLongRoundTrip: answers that come after we have asked again count.
func TestLongRoundTrip(t *testing.T) {
	tr := newTransport(t)
	c := newClient(t, tr, tr.Candidates()[0])
	c.mangle = func(bool, []byte) []time.Duration { return []time.Duration{350 * time.Millisecond} }
	c.join()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	start := time.Now()
	if err := c.shake(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("a round trip of 700 ms: connected in %v", time.Since(start).Round(10*time.Millisecond))
}
