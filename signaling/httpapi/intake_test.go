package httpapi

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// onlyCoded wants an error that names a field, or none.
func onlyCoded(t *testing.T, err error) {
	t.Helper()
	var coded *wire.Error
	if err != nil && (!errors.As(err, &coded) || coded.Code != wire.CodeValidation || len(coded.Issues) == 0 || coded.Issues[0].Field == "") {
		t.Fatalf("not the contract's error: %v", err)
	}
}

func FuzzBody(f *testing.F) {
	for _, seed := range []string{``, `{}`, `{"slug":"general","title":"General"}`, `{"slug":1}`, `[]`, `{"categoryId":null,"position":1e9}`,
		`{"title":"\ud800"}`, `{"maxParticipants":-1,"isPublic":[]}`, "{\"title\":\"\xff\"}", `{"a":{"b":[{"c":1}]}}`} {
		f.Add([]byte(seed))
	}
	s := &Server{cfg: Defaults()}
	f.Fuzz(func(t *testing.T, body []byte) {
		var room wire.NewRoom
		if err := decode(body, &room); err != nil {
			onlyCoded(t, err)
		} else if err := s.completeRoom(&room); err != nil {
			onlyCoded(t, err)
		} else if !slugForm.MatchString(room.Slug) || strings.ContainsRune(room.Title, 0) || room.Position == nil || room.MaxParticipants == nil || room.IsPublic == nil {
			t.Fatalf("let through: %+v", room)
		}
		for _, into := range []any{&wire.Register{}, &inviteBody{}, &wire.RoomPatch{}, &wire.TelemetryEvent{}, &wire.Promote{}} {
			err := decode(body, into)
			onlyCoded(t, err)
			if err == nil && !json.Valid(body) {
				t.Fatal("took what is no JSON")
			}
		}
	})
}

func FuzzPage(f *testing.F) {
	for _, seed := range []string{"", "limit=1", "limit=x&afterSeq=-1", "beforeCreatedAt=2026-01-01T00:00:00Z&beforeId=01890a5d-ac96-774b-bcce-b302099a8057",
		"beforeCreatedAt=9999-12-31T23:59:59-14:00", "beforeCreatedAt=0001-01-01T00:00:00Z", "afterSeq=9223372036854775807", "beforeId=%00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		q, err := parsePage(values.Get)
		onlyCoded(t, err)
		if err != nil {
			return
		}
		if q.Limit < 1 || q.Limit > maxPage || q.AfterSeq != nil && (*q.AfterSeq < 0 || q.BeforeID != "") || q.BeforeID != "" && !isID(q.BeforeID) {
			t.Fatalf("let through: %+v", q)
		}
		if q.BeforeCreatedAt != nil && (q.BeforeCreatedAt.UTC().Year() < 1970 || q.BeforeCreatedAt.UTC().Year() > 9999) {
			t.Fatalf("let through: %v", q.BeforeCreatedAt)
		}
	})
}

func TestConfigSaysWhatIsWrong(t *testing.T) {
	if err := Defaults().Validate(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Config){
		"http.addr":             func(c *Config) { c.Addr = "8080" },
		"http.publicUrl":        func(c *Config) { c.PublicURL = "talk.example.org" },
		"http.publicUrl is":     func(c *Config) { c.PublicURL = "https://talk.example.org/path" },
		"http.trustedProxies":   func(c *Config) { c.TrustedProxies = []string{"proxy"} },
		"rooms.maxParticipants": func(c *Config) { c.MaxParticipants = 0 },
		"limits.rate":           func(c *Config) { c.Rate = -1 },
	} {
		c := Defaults()
		change(&c)
		if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", want, err)
		}
	}
}
