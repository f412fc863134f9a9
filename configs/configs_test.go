package configs

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write boltorezka.yaml and docs/settings.md anew")

const (
	shipped = "boltorezka.yaml"
	docs    = "../docs/settings.md"
)

func TestShippedFile(t *testing.T) {
	if *update {
		if err := os.WriteFile(shipped, []byte(File()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != File() {
		t.Errorf("%s is not what the settings say; run go test ./configs -update", shipped)
	}
	got, strange, err := Load(shipped, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := settingsText(Defaults())
	for key, val := range settingsText(got) {
		if want[key] != val {
			t.Errorf("%s is %q in the shipped file, the default is %q", key, val, want[key])
		}
	}
	if len(strange) > 0 {
		t.Errorf("strange variables out of nothing: %v", strange)
	}
}

func settingsText(c Config) map[string]string {
	out := map[string]string{}
	for _, s := range settings(&c) {
		out[s.key] = s.value.text()
	}
	return out
}

func TestDocumentedTable(t *testing.T) {
	const head = "<!-- made by go test ./configs -update -->\n"
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	before, _, ok := strings.Cut(string(text), head)
	if !ok {
		t.Fatalf("%s has no place for the table", docs)
	}
	want := before + head + Table()
	if *update {
		if err := os.WriteFile(docs, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Errorf("%s is not what the settings say; run go test ./configs -update", docs)
	}
}

// TestNames holds the names that operators already use.
func TestNames(t *testing.T) {
	c := Defaults()
	got := map[string]string{}
	for _, s := range settings(&c) {
		got[s.key] = s.env()
	}
	for key, env := range map[string]string{
		"data.dir":              "BOLTOREZKA_DATA_DIR",
		"database.url":          "BOLTOREZKA_DATABASE_URL",
		"http.addr":             "BOLTOREZKA_HTTP_ADDR",
		"http.publicUrl":        "BOLTOREZKA_HTTP_PUBLIC_URL",
		"ops.addr":              "BOLTOREZKA_OPS_ADDR",
		"auth.registration":     "BOLTOREZKA_AUTH_REGISTRATION",
		"auth.guests":           "BOLTOREZKA_AUTH_GUESTS",
		"limits.rate":           "BOLTOREZKA_LIMITS_RATE",
		"rooms.maxParticipants": "BOLTOREZKA_ROOMS_MAX_PARTICIPANTS",
		"voice.p2pMax":          "BOLTOREZKA_VOICE_P2P_MAX",
		"sfu.udpAddr":           "BOLTOREZKA_SFU_UDP_ADDR",
		"sfu.tcpAddr":           "BOLTOREZKA_SFU_TCP_ADDR",
		"sfu.stun":              "BOLTOREZKA_SFU_STUN",
		"sfu.advertiseIps":      "BOLTOREZKA_SFU_ADVERTISE_IPS",
		"sfu.audioSlots":        "BOLTOREZKA_SFU_AUDIO_SLOTS",
		"turn.addr":             "BOLTOREZKA_TURN_ADDR",
		"turn.relayPorts":       "BOLTOREZKA_TURN_RELAY_PORTS",
		"turn.external.urls":    "BOLTOREZKA_TURN_EXTERNAL_URLS",
		"turn.external.secret":  "BOLTOREZKA_TURN_EXTERNAL_SECRET",
		"turn.tlsAddr":          "BOLTOREZKA_TURN_TLS_ADDR",
		"http.proxyProtocol":    "BOLTOREZKA_HTTP_PROXY_PROTOCOL",
		"tls.addr":              "BOLTOREZKA_TLS_ADDR",
		"tls.names":             "BOLTOREZKA_TLS_NAMES",
		"tls.acmeDirectory":     "BOLTOREZKA_TLS_ACME_DIRECTORY",
		"tls.selfSigned":        "BOLTOREZKA_TLS_SELF_SIGNED",
		"log.level":             "BOLTOREZKA_LOG_LEVEL",
		"log.format":            "BOLTOREZKA_LOG_FORMAT",
	} {
		if got[key] != env {
			t.Errorf("%s is %q in the environment, want %q", key, got[key], env)
		}
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "b.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestOrder(t *testing.T) {
	secret := write(t, "from a file\n")
	file := write(t, `
http:
  addr: ":1"
  publicUrl:            # nothing: the default
  trustedProxies: [10.0.0.1, 10.1.0.0/16]
sfu: {audioSlots: 5}
voice: {relayOnly: on}
turn:
  relayPorts: 2000-3000
  allowPeers: 192.168.1.7/24, 10.0.0.1
  external: {urls: ["turn:a", "turn:b"], secret: x}
`)
	c, strange, err := Load(file, []string{
		"BOLTOREZKA_HTTP_ADDR=:2", "BOLTOREZKA_TURN_EXTERNAL_SECRET_FILE=" + secret, "BOLTOREZKA_VOICE_P2P_SETTLE=1s",
		"BOLTOREZKA_HTTP_ADR=:3", "BOLTOREZKA_CONFIG=x", "BOLTOREZKA_TEST_POSTGRES=x", "HOME=/",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := settingsText(c)
	for key, want := range map[string]string{
		"http.addr": ":2", "http.publicUrl": "", "http.trustedProxies": "10.0.0.1, 10.1.0.0/16", "sfu.audioSlots": "5",
		"turn.relayPorts": "2000-3000", "turn.allowPeers": "192.168.1.0/24, 10.0.0.1/32", "turn.external.urls": "turn:a, turn:b",
		"turn.external.secret": "from a file", "voice.p2pSettle": "1s", "voice.relayOnly": "on", "voice.p2pMax": "2",
	} {
		if got[key] != want {
			t.Errorf("%s is %q, want %q", key, got[key], want)
		}
	}
	if !reflect.DeepEqual(strange, []string{"BOLTOREZKA_HTTP_ADR"}) {
		t.Errorf("strange variables: %v", strange)
	}
}

// TestErrors holds that each error is one line with the key, the value and what is accepted.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name, file string
		env        []string
		want       []string
	}{
		{"unknown key", "http:\n  adr: x\n", nil, []string{"line 2", "http.adr", "addr"}},
		{"unknown section", "htp:\n  addr: x\n", nil, []string{"line 1", "htp", "http"}},
		{"twice", "http:\n  addr: a\n  addr: b\n", nil, []string{"http.addr", "twice"}},
		{"a section's value", "http: yes\n", nil, []string{"http", "yes"}},
		{"not a map", "- a\n", nil, []string{"line 1"}},
		{"not YAML", "a: [\n", nil, []string{"not YAML"}},
		{"a map's value", "http:\n  addr: {a: b}\n", nil, []string{"http.addr", "one value"}},
		{"nested list", "turn:\n  allowPeers: [[a]]\n", nil, []string{"turn.allowPeers"}},
		{"bad network", "turn:\n  allowPeers: [nowhere]\n", nil, []string{"turn.allowPeers", "nowhere", "10.0.0.0/8"}},
		{"bad ports", "", []string{"BOLTOREZKA_TURN_RELAY_PORTS=9-8"}, []string{"turn.relayPorts", "BOLTOREZKA_TURN_RELAY_PORTS", "9-8", "49152-50175"}},
		{"bad number", "sfu:\n  audioSlots: many\n", nil, []string{"sfu.audioSlots", "many", "number"}},
		{"too many", "sfu:\n  audioSlots: 99\n", nil, []string{"sfu.audioSlots", "99", "1 to"}},
		{"bad word", "", []string{"BOLTOREZKA_AUTH_GUESTS=maybe"}, []string{"auth.guests", "maybe", "open, invite, off"}},
		{"bad duration", "voice:\n  p2pSettle: soon\n", nil, []string{"voice.p2pSettle", "soon", "300ms"}},
		{"bad address", "", []string{"BOLTOREZKA_HTTP_ADDR=8080"}, []string{"http.addr", "8080", "host:port"}},
		{"bad port", "", []string{"BOLTOREZKA_OPS_ADDR=:99999"}, []string{"ops.addr", "99999"}},
		{"bad URL", "", []string{"BOLTOREZKA_DATABASE_URL=mysql://u:hush@h/d"}, []string{"database.url", "mysql", "postgres://"}},
		{"two sources", "tls:\n  names: [a.example]\n  selfSigned: on\n", nil, []string{"tls.names", "tls.selfSigned"}},
		{"a name that is none", "tls:\n  names: [\"*.example\"]\n", nil, []string{"tls.names", "*.example", "talk.example.org"}},
		{"TLS without a certificate", "turn:\n  tlsAddr: \":5349\"\n", nil, []string{"turn.tlsAddr", ":5349", "tls.names"}},
		{"TURN over TLS without TURN", "turn: {addr: \"off\", tlsAddr: \":5349\"}\ntls: {selfSigned: on}\n", nil, []string{"turn.tlsAddr", "turn.addr"}},
		{"one port twice", "tls: {selfSigned: on, addr: \":8080\"}\n", nil, []string{"tls.addr", "http.addr"}},
		{"nobody to trust", "http:\n  proxyProtocol: on\n", nil, []string{"http.proxyProtocol", "http.trustedProxies"}},
		{"no secret", "turn:\n  external: {urls: [turn:a]}\n", nil, []string{"turn.external.secret"}},
		{"no TURN URL", "turn:\n  external: {urls: [\"http://a\"], secret: hush}\n", nil, []string{"turn.external.urls", "http://a", "turns:"}},
		{"too narrow", "", []string{"BOLTOREZKA_TURN_MAX_BYTES_PER_SEC_PER_USER=100"}, []string{"turn.maxBytesPerSecPerUser", "100", "20000"}},
		{"fewer than none", "turn:\n  maxAllocations: -1\n", nil, []string{"turn.maxAllocations:", "-1"}},
		{"no switch", "voice:\n  relayOnly: yes\n", nil, []string{"voice.relayOnly", "yes", "on, off"}},
		{"nothing relays", "voice:\n  relayOnly: on\nturn:\n  addr: off\n", nil, []string{"voice.relayOnly", "on", "turn.addr", "turn.external.urls"}},
		{"secret twice", "", []string{"BOLTOREZKA_DATABASE_URL=a", "BOLTOREZKA_DATABASE_URL_FILE=b"}, []string{"BOLTOREZKA_DATABASE_URL_FILE", "both"}},
		{"no secret file", "", []string{"BOLTOREZKA_DATABASE_URL_FILE=/nowhere/x"}, []string{"database.url", "/nowhere/x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := ""
			if c.file != "" {
				file = write(t, c.file)
			}
			_, _, err := Load(file, c.env)
			if err == nil {
				t.Fatal("taken")
			}
			msg := err.Error()
			for _, part := range c.want {
				if !strings.Contains(msg, part) {
					t.Errorf("%q does not name %q", msg, part)
				}
			}
			if strings.Contains(msg, "\n") || strings.Contains(msg, "hush") {
				t.Errorf("%q is more than one line, or tells a secret", msg)
			}
		})
	}
	if _, _, err := Load("/nowhere/b.yaml", nil); err == nil || !strings.Contains(err.Error(), "/nowhere/b.yaml") {
		t.Errorf("a missing file: %v", err)
	}
}

// TestPublicURL holds that the first public name is the address that people open.
func TestPublicURL(t *testing.T) {
	for want, text := range map[string]string{
		"https://talk.example.org":      "tls: {names: [talk.example.org, b.example]}\n",
		"https://talk.example.org:8443": "tls: {names: [talk.example.org], addr: \":8443\"}\n",
		"https://other.example":         "tls: {names: [talk.example.org]}\nhttp: {publicUrl: \"https://other.example\"}\n",
		"":                              "tls: {selfSigned: on}\n",
	} {
		if c, _, err := Load(write(t, text), nil); err != nil || c.HTTP.PublicURL != want {
			t.Errorf("%s: %q, %v", text, c.HTTP.PublicURL, err)
		}
	}
}
