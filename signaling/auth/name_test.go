package auth

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

func TestNames(t *testing.T) {
	for raw, want := range map[string]string{
		"Ann": "Ann", "Анна Мария": "Анна Мария", "e\u0301a": "éa", "李明": "李明", "a-b_c.d": "a-b_c.d", strings.Repeat("я", 32): strings.Repeat("я", 32), "😀😀": "😀😀",
	} {
		if got, err := cleanName(raw); err != nil || got != want {
			t.Errorf("%q: %q %v", raw, got, err)
		}
	}
	for _, raw := range []string{
		"", "a", " ab", "ab ", "a  b", "a\tb", "a\nb", "a\x00b", "a\u202eb", "a\u200bb", "a\u200db", "a\u00a0b", "a\ufeffb", "\u3164\u3164", "\u2800\u2800",
		"x\u0301\u0302\u0303\u0304b", "\u0301\u0301", "a\ue000b", "\xff\xfe", strings.Repeat("a", 33), strings.Repeat("a", 10000), "ab\ufe0f", "a\u2028b",
	} {
		if got, err := cleanName(raw); err == nil {
			t.Errorf("%q passes as %q", raw, got)
		} else if err.Code != wire.CodeValidation || err.Issues[0].Field != "name" {
			t.Errorf("%q: %v", raw, err)
		}
	}
	for _, same := range [][2]string{{"Ann", "aNN"}, {"Straße", "STRASSE"}, {"Ａｎｎ", "ann"}, {"Éa", "e\u0301a"}, {"ΣΑΣ", "σας"}} {
		if nameKey(same[0]) != nameKey(same[1]) {
			t.Errorf("%q and %q are two names", same[0], same[1])
		}
	}
}

func TestPasswords(t *testing.T) {
	for pass, ok := range map[string]bool{
		"": false, "1234567": false, "12345678": true, "пароль12": true, "парольо": false, strings.Repeat("x", 256): true, strings.Repeat("x", 257): false, "\xff2345678": false,
	} {
		if err := checkPassword(pass); (err == nil) != ok {
			t.Errorf("%q: %v", pass, err)
		}
	}
}

func TestHashes(t *testing.T) {
	h := newHasher(HashCost{MemoryKiB: 64, Passes: 1, Parallel: 1}, nil)
	one, err := h.hash(background, "caf\u00e9 au lait")
	if err != nil {
		t.Fatal(err)
	}
	// Whatever form a keyboard gives, and whatever a hash costs nowadays.
	newer := newHasher(HashCost{MemoryKiB: 128, Passes: 2, Parallel: 1}, nil)
	if ok, err := newer.verify(background, one, "cafe\u0301 au lait"); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if ok, err := h.verify(background, one, "cafe au lait"); ok || err != nil {
		t.Fatal(ok, err)
	}
	if two, _ := h.hash(background, "caf\u00e9 au lait"); two == one {
		t.Fatal("one salt twice")
	}
	if ok, err := h.verify(background, "", secret); ok || err != nil {
		t.Fatal(ok, err)
	}
	for _, bad := range []string{"x", "$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA", "$argon2id$v=1$m=64,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=4294967295,t=1,p=1$AAAA$AAAA",
		"$argon2id$v=19$m=64,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=1,p=1$!$AAAA", "$argon2id$v=19$m=64,t=1,p=1$AAAA$!"} {
		if ok, err := h.verify(background, bad, secret); ok || err == nil {
			t.Errorf("%s: %v %v", bad, ok, err)
		}
	}
}

func TestCodes(t *testing.T) {
	code := newCode(nil)
	if len(code) != codeLength || foldCode(code) != code || newCode(nil) == code {
		t.Fatalf("code %q", code)
	}
	for raw, want := range map[string]string{"ABCD-efgh": "abcdefgh", " oIl 1 ": "0111", "u": "", "\x00": "", strings.Repeat("a", 100): "", "я": ""} {
		if got := foldCode(raw); got != want {
			t.Errorf("%q folds to %q", raw, got)
		}
	}
}

func TestConfigSaysWhatIsWrong(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"auth.registration":    func(c *Config) { c.Registration = "off" },
		"auth.guests":          func(c *Config) { c.Guests = "closed" },
		"auth.sessionLifetime": func(c *Config) { c.SessionLifetime = 0 },
		"auth.guestLifetime":   func(c *Config) { c.GuestLifetime = -1 },
		"limits.rate":          func(c *Config) { c.Rate = -1 },
		"password hash":        func(c *Config) { c.Hash.Parallel = 0 },
	} {
		c := Defaults()
		change(&c)
		if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := Defaults().Validate(); err != nil {
		t.Fatal(err)
	}
}

func FuzzName(f *testing.F) {
	for _, seed := range []string{"Ann", "a\u202eb", "e\u0301", "\xff", "ﷺﷺﷺﷺ", "a b", "\u0130i", "ǅx"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		name, err := cleanName(raw)
		if err != nil {
			return
		}
		if n := utf8.RuneCountInString(name); n < MinName || n > MaxName || !norm.NFC.IsNormalString(name) || strings.ContainsAny(name, "\x00\n") {
			t.Fatalf("%q passes as %q", raw, name)
		}
		if again, err := cleanName(name); err != nil || again != name {
			t.Fatalf("%q is %q, which is %q: %v", raw, name, again, err)
		}
		if nameKey(name) != nameKey(nameKey(name)) {
			t.Fatalf("%q has no one key", name)
		}
	})
}
