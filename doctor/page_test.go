package doctor

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/boltorezka/boltorezka/configs"
)

// What ends TLS in front and does not say so has a server with TLS of its own
// send everybody to where he is.
func TestVisitGoesInCircles(t *testing.T) {
	for to, want := range map[string]bool{"": false, "/elsewhere": false, "https://other.example/": false, "/": true, "itself": true} {
		s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/version":
				_, _ = io.WriteString(w, `{"version":"1"}`)
			case to == "itself":
				http.Redirect(w, r, "https://"+r.Host+r.URL.RequestURI(), http.StatusTemporaryRedirect)
			case to != "":
				w.Header().Set("Location", to)
				w.WriteHeader(http.StatusTemporaryRedirect)
			}
		}))
		p := &patient{cfg: configs.Defaults(), page: visit(t.Context(), s.URL)}
		p.cfg.HTTP.PublicURL = s.URL
		if p.page.err != nil || p.page.version != "1" || p.page.circles != want {
			t.Errorf("to %q: %+v", to, p.page)
		}
		s.Close()
	}
	// Not to be reached, it goes nowhere.
	at, _ := url.Parse("https://127.0.0.1:1")
	if p := visit(t.Context(), at.String()); p.err == nil || p.circles {
		t.Errorf("%+v", p)
	}
}
