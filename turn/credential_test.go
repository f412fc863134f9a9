package turn

import (
	"testing"
	"time"
)

// FuzzUsername: what is taken for a credential of ours says what ours would.
func FuzzUsername(f *testing.F) {
	for _, seed := range []string{"1700000000:user:session", "1:a:b:c", "::", "-5:a:b", "99999999999999999999:a:b", "0x10:a:b", "+7:a:b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		expiry, session, ok := parseUsername(s)
		if !ok {
			return
		}
		again, same, ok := parseUsername(username(expiry, session.user, session.session))
		if !ok || !again.Equal(expiry) || same != session || expiry.Before(time.Unix(1, 0)) {
			t.Fatalf("%q is %v %+v, and that %v %+v", s, expiry, session, again, same)
		}
	})
}
