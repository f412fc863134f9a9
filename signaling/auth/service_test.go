package auth

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

var background = context.Background()

const secret = "correct horse"

func wantCode(t testing.TB, err error, code wire.Code) *wire.Error {
	t.Helper()
	var coded *wire.Error
	if !errors.As(err, &coded) || coded.Code != code || coded.Message == "" {
		t.Fatalf("error is %v, want %s", err, code)
	}
	return coded
}

func owner(t testing.TB, s *Service) SignedIn {
	t.Helper()
	in, err := s.Register(background, wire.Register{Name: "Owner", Password: secret}, Client{RemoteIP: "127.0.0.1", Local: true})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestWaysIn(t *testing.T) {
	for _, c := range []struct {
		registration, guests    Access
		invite                  bool
		wantAccount, wantsGuest wire.Code
	}{
		{AccessOpen, AccessOpen, false, "", ""},
		{AccessInvite, AccessInvite, false, wire.CodeForbidden, wire.CodeForbidden},
		{AccessInvite, AccessInvite, true, "", ""},
		{AccessClosed, AccessOff, true, wire.CodeForbidden, wire.CodeForbidden},
		{AccessClosed, AccessOpen, false, wire.CodeForbidden, ""},
	} {
		s, _ := newTestService(t, func(cfg *Config) { cfg.Registration, cfg.Guests = c.registration, c.guests })
		if in := owner(t, s); in.User.Role != wire.RoleOwner {
			t.Fatalf("the first account is a %s", in.User.Role)
		} else if c.invite {
			code := ""
			i, err := s.NewInvite(background, in.Identity, wire.NewInvite{}, Client{BaseURL: "http://x"})
			if code = i.Code; err != nil || i.URL != "http://x/invite/"+code {
				t.Fatal(i, err)
			}
			_, err = s.Register(background, wire.Register{Name: "Ann", Password: secret, InviteCode: " " + strings.ToUpper(code[:8]) + "-" + code[8:]}, Client{})
			if c.wantAccount == "" && err != nil {
				t.Errorf("%+v: %v", c, err)
			} else if c.wantAccount != "" {
				wantCode(t, err, c.wantAccount)
			}
			_, err = s.Guest(background, wire.Guest{Name: "Bob", InviteCode: code}, Client{})
			if c.wantsGuest == "" && err != nil {
				t.Errorf("%+v: %v", c, err)
			} else if c.wantsGuest != "" {
				wantCode(t, err, c.wantsGuest)
			}
			continue
		}
		_, err := s.Register(background, wire.Register{Name: "Ann", Password: secret}, Client{})
		if c.wantAccount == "" && err != nil {
			t.Errorf("%+v: %v", c, err)
		} else if c.wantAccount != "" {
			wantCode(t, err, c.wantAccount)
		}
		_, err = s.Guest(background, wire.Guest{Name: "Bob"}, Client{})
		if c.wantsGuest == "" && err != nil {
			t.Errorf("%+v: %v", c, err)
		} else if c.wantsGuest != "" {
			wantCode(t, err, c.wantsGuest)
		}
	}
}

func TestOwnerMadeElsewhere(t *testing.T) {
	s, m := newTestService(t, nil)
	if s.SetupCode() == "" || !s.Mode(background, Client{}).NeedsSetupCode || s.Mode(background, Client{Local: true}).NeedsSetupCode {
		t.Fatal("no setup code is asked for")
	}
	if _, err := m.CreateUser(background, NewUser{Name: "Own", NameKey: "own", Role: wire.RoleOwner}); err != nil {
		t.Fatal(err)
	}
	if s.Mode(background, Client{}).NeedsOwner || s.SetupCode() != "" {
		t.Fatal("the setup code is still in force")
	}
}

func TestTokensAreKeptAsHashes(t *testing.T) {
	s, m := newTestService(t, nil)
	in := owner(t, s)
	for _, row := range m.sessions {
		if row.hash == in.Token || len(row.hash) != 64 {
			t.Fatalf("kept %q", row.hash)
		}
	}
	for _, u := range m.users {
		if !strings.HasPrefix(u.hash, "$argon2id$v=19$m=64,t=1,p=1$") || strings.Contains(u.hash, secret) {
			t.Fatalf("kept %q", u.hash)
		}
	}
	if len(in.Token) != tokenLength {
		t.Fatalf("a token has %d characters", len(in.Token))
	}
}

func TestLogin(t *testing.T) {
	s, _ := newTestService(t, nil)
	in := owner(t, s)
	for _, name := range []string{"Owner", "OWNER", "ｏｗｎｅｒ"} {
		got, err := s.Login(background, wire.Login{Name: name, Password: secret}, Client{})
		if err != nil || got.User != in.User || got.Token == in.Token {
			t.Fatalf("%s: %+v %v", name, got, err)
		}
	}
	var said string
	for _, l := range []wire.Login{{Name: "Owner", Password: "not this one"}, {Name: "Nobody", Password: secret}, {Name: "Owner"}, {Name: "\x00", Password: secret}} {
		_, err := s.Login(background, l, Client{})
		e := wantCode(t, err, wire.CodeUnauthorized)
		if said == "" {
			said = e.Message
		}
		if e.Message != said || e.Issues != nil {
			t.Fatalf("%+v tells: %v", l, e)
		}
	}
	// Guests have no password, not even an empty one.
	guests, _ := newTestService(t, func(c *Config) { c.Guests = AccessOpen })
	if _, err := guests.Guest(background, wire.Guest{Name: "Bob"}, Client{}); err != nil {
		t.Fatal(err)
	}
	_, err := guests.Login(background, wire.Login{Name: "Bob", Password: "        "}, Client{})
	wantCode(t, err, wire.CodeUnauthorized)
}

// The work is counted and not timed: what argon2id costs is its parameters, for
// passwords of one length.
func TestUnknownNameTakesAsMuchWork(t *testing.T) {
	s, _ := newTestService(t, func(c *Config) { c.Hash = HashCost{MemoryKiB: 1 << 10, Passes: 4, Parallel: 1}; c.Rate = 0 })
	owner(t, s)
	type work struct {
		password       string
		salt           int // bytes
		passes, memory uint32
		lanes          uint8
	}
	var done []work
	derive := s.hasher.derive
	s.hasher.derive = func(password string, salt []byte, passes, memory uint32, lanes uint8) []byte {
		done = append(done, work{password, len(salt), passes, memory, lanes})
		return derive(password, salt, passes, memory, lanes)
	}
	want := []work{{"not this one", saltBytes, 4, 1 << 10, 1}}
	for _, name := range []string{"Owner", "Nobody"} {
		done = nil
		_, err := s.Login(background, wire.Login{Name: name, Password: "not this one"}, Client{})
		wantCode(t, err, wire.CodeUnauthorized)
		if !slices.Equal(done, want) {
			t.Errorf("for %s the work is %+v, want %+v", name, done, want)
		}
	}
}

func TestSessionsLiveAndRotate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newTestService(t, func(c *Config) { c.SessionLifetime = 24 * time.Hour })
		in := owner(t, s)
		who, err := s.Identify(background, in.Token)
		if err != nil || who != in.Identity {
			t.Fatal(who, err)
		}
		time.Sleep(23 * time.Hour)
		again, err := s.Refresh(background, who)
		if err != nil || again.Token == in.Token || !again.ExpiresAt.Equal(time.Now().Add(24*time.Hour)) {
			t.Fatal(again, err)
		}
		for _, token := range []string{in.Token, again.Token} {
			if _, err := s.Identify(background, token); err != nil {
				t.Fatal("just after the rotation:", err)
			}
		}
		list, err := s.Sessions(background, who)
		if err != nil || len(list) != 1 || !list[0].Current || !list[0].LastSeenAt.Equal(time.Now().UTC().Truncate(time.Millisecond)) {
			t.Fatal(list, err)
		}
		time.Sleep(rotationGrace)
		_, err = s.Identify(background, in.Token)
		wantCode(t, err, wire.CodeUnauthorized)
		time.Sleep(24 * time.Hour)
		_, err = s.Identify(background, again.Token)
		wantCode(t, err, wire.CodeUnauthorized)
	})
}

func TestRunSweeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := newTestService(t, func(c *Config) { c.SessionLifetime = time.Hour })
		s.NewTicket(owner(t, s).Identity)
		ctx, cancel := context.WithCancel(background)
		done := make(chan struct{})
		go func() { defer close(done); s.Run(ctx) }()
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if len(m.sessions) != 0 || len(s.tickets.byHash) != 0 || len(s.tickets.bySession) != 0 || len(s.limits.byKey) != 0 {
			t.Fatalf("left: %d sessions, %d tickets, %d counters", len(m.sessions), len(s.tickets.byHash), len(s.limits.byKey))
		}
		cancel()
		<-done
	})
}

func TestRunFreesMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newTestService(t, nil)
		var freed int
		s.freeMemory = func() { freed++ }
		ctx, cancel := context.WithCancel(background)
		done := make(chan struct{})
		go func() { defer close(done); s.Run(ctx) }()
		owner(t, s)
		for _, c := range []struct{ logins, freed int }{{0, 1}, {0, 1}, {1, 2}, {3, 3}, {0, 3}} {
			for range c.logins {
				if _, err := s.Login(background, wire.Login{Name: "Owner", Password: secret}, Client{}); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			if freed != c.freed {
				t.Fatalf("after %d logins memory was freed %d times, want %d", c.logins, freed, c.freed)
			}
		}
		cancel()
		<-done
	})
}

func TestTickets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newTestService(t, nil)
		who := owner(t, s).Identity
		use := func(token string) error {
			got, _, err := s.UseTicket(background, token)
			if err == nil && got != who {
				t.Fatalf("the ticket is %+v's", got)
			}
			return err
		}
		k := s.NewTicket(who)
		if k.ExpiresInSec != 45 {
			t.Fatalf("ticket %+v", k)
		}
		time.Sleep(45*time.Second - 1)
		if err := use(k.Ticket); err != nil {
			t.Fatal(err)
		}
		wantCode(t, use(k.Ticket), wire.CodeInvalidTicket)
		k = s.NewTicket(who)
		time.Sleep(45 * time.Second)
		wantCode(t, use(k.Ticket), wire.CodeInvalidTicket)
		wantCode(t, use(""), wire.CodeMissingTicket)
		wantCode(t, use("x"), wire.CodeInvalidTicket)
		// The oldest of too many goes.
		first := s.NewTicket(who)
		var last wire.Ticket
		for range maxTickets {
			last = s.NewTicket(who)
		}
		wantCode(t, use(first.Ticket), wire.CodeInvalidTicket)
		if err := use(last.Ticket); err != nil {
			t.Fatal(err)
		}
		k = s.NewTicket(who)
		if err := s.EndSession(background, who, who.SessionID); err != nil {
			t.Fatal(err)
		}
		wantCode(t, use(k.Ticket), wire.CodeInvalidTicket)
	})
}

func TestLimitsOfSigningIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newTestService(t, nil)
		owner(t, s)
		try := func(name, pass, ip string) error {
			_, err := s.Login(background, wire.Login{Name: name, Password: pass}, Client{RemoteIP: ip})
			return err
		}
		// One name from many addresses.
		ips := func(i int) string { return "203.0.113." + string(rune('0'+i%10)) + string(rune('0'+i/10)) }
		for i := range perName {
			wantCode(t, try("Owner", "not this one", ips(i+10)), wire.CodeUnauthorized)
		}
		e := wantCode(t, try("OWNER", secret, "203.0.113.200"), wire.CodeRateLimited)
		if wait := time.Duration(e.RetryAfterMs) * time.Millisecond; wait <= 0 || wait > perNameEvery+time.Second {
			t.Fatalf("wait %v", wait)
		}
		time.Sleep(time.Duration(e.RetryAfterMs) * time.Millisecond)
		if err := try("Owner", secret, "203.0.113.200"); err != nil {
			t.Fatal(err)
		}
		// Who came in has all attempts again.
		for range perName {
			wantCode(t, try("Owner", "not this one", "203.0.113.201"), wire.CodeUnauthorized)
		}
		// Many names from one IPv6 network.
		for i := range perAddress {
			wantCode(t, try("Nobody"+string(rune('a'+i)), secret, "2001:db8::"+string(rune('1'+i%9))), wire.CodeUnauthorized)
		}
		wantCode(t, try("Somebody", secret, "2001:db8::ffff"), wire.CodeRateLimited)
		wantCode(t, try("Somebody", secret, "2001:db8:0:1::1"), wire.CodeUnauthorized)
	})
	s, _ := newTestService(t, func(c *Config) { c.Rate = 0 })
	for range 100 {
		_, err := s.Login(background, wire.Login{Name: "Nobody", Password: secret}, Client{RemoteIP: "1.2.3.4"})
		wantCode(t, err, wire.CodeUnauthorized)
	}
}

func TestLimiterIsBounded(t *testing.T) {
	l := NewLimiter(1, time.Now)
	for i := range maxBuckets + 100 {
		if err := l.Take(strconv.Itoa(i), 2, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.byKey) > maxBuckets {
		t.Fatalf("%d counters", len(l.byKey))
	}
}

func TestHasherRefusesTooMany(t *testing.T) {
	h := newHasher(HashCost{MemoryKiB: 64, Passes: 1, Parallel: 1}, nil)
	for range maxWaiting + 1 {
		h.queue <- struct{}{}
	}
	_, err := h.hash(background, secret)
	wantCode(t, err, wire.CodeRateLimited)
	<-h.queue
	h.place <- struct{}{}
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err = h.hash(ctx, secret); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if len(h.queue) != maxWaiting {
		t.Fatalf("%d wait", len(h.queue))
	}
}

func TestStorageFaultsAreTheServers(t *testing.T) {
	s, m := newTestService(t, func(c *Config) { c.Guests = AccessOpen })
	m.failing = errors.New("disk")
	_, err := s.Guest(background, wire.Guest{Name: "Bob"}, Client{})
	var coded *wire.Error
	if err == nil || errors.As(err, &coded) || !errors.Is(err, m.failing) {
		t.Fatalf("got %v", err)
	}
}
