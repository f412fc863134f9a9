package main

import (
	"context"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/boltorezka/boltorezka/client"
	"github.com/boltorezka/boltorezka/sfu"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

// inVoice signs a new account in and joins the voice of "general".
func inVoice(t *testing.T, p *process, name string, o client.VoiceOptions) *client.Voice {
	t.Helper()
	c, err := client.New(p.url, client.WithLoopback())
	if err != nil {
		t.Fatal(err)
	}
	if _, err = c.Register(within(t), wire.Register{Name: name, Password: "a long password"}); err != nil {
		t.Fatal(err)
	}
	conn, err := c.Connect(within(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	v, err := conn.JoinVoice(within(t), "general", o)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Connected(within(t)); err != nil {
		t.Fatal(err)
	}
	return v
}

// talk speaks until the end of the test.
func talk(t *testing.T, v *client.Voice) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				_ = v.WriteOpus(append([]byte{0xf8}, make([]byte, 79)...), 20*time.Millisecond, 30)
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for ctx := within(t); !ok(); {
		select {
		case <-ctx.Done():
			t.Fatalf("never: %s", what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// value is a metric's value in an answer of /metrics.
func value(body, series string) string {
	for line := range strings.Lines(body) {
		if v, ok := strings.CutPrefix(line, "boltorezka_"+series+" "); ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// TestDebugPages looks at a call of two as its operator does.
func TestDebugPages(t *testing.T) {
	p := launch(t, t.TempDir(), "BOLTOREZKA_VOICE_P2P_MAX=0", "BOLTOREZKA_AUTH_REGISTRATION=open",
		"BOLTOREZKA_TLS_SELF_SIGNED=on", "BOLTOREZKA_TLS_ADDR=127.0.0.1:0") // its series are there with a certificate
	if _, body := get(t, p.ops+"/debug/rooms"); !strings.Contains(body, "Nobody is in voice") {
		t.Errorf("the list of no rooms is\n%s", body)
	}
	heard := make(chan client.Frame, 1)
	inVoice(t, p, "ann", client.VoiceOptions{Muted: true, OnAudio: func(f client.Frame) {
		select {
		case heard <- f:
		default:
		}
	}})
	talk(t, inVoice(t, p, "bob", client.VoiceOptions{}))
	select {
	case <-heard:
	case <-within(t).Done():
		t.Fatal("ann hears nothing")
	}

	// Names come with the presence, which a room tells only so often.
	until(t, "both are connected and have names", func() bool {
		_, body := get(t, p.ops+"/debug/rooms?format=json")
		var list struct{ Rooms []roomView }
		if json.Unmarshal([]byte(body), &list) != nil || len(list.Rooms) != 1 || list.Rooms[0].Connected != 2 {
			return false
		}
		_, body = get(t, p.ops+list.Rooms[0].Path())
		return strings.Contains(body, "ann") && strings.Contains(body, "bob")
	})
	var list struct{ Rooms []roomView }
	_, body := get(t, p.ops+"/debug/rooms?format=json")
	if err := json.Unmarshal([]byte(body), &list); err != nil || len(list.Rooms) != 1 || list.Rooms[0].Slug != "general" || list.Rooms[0].Peers != 2 || list.Rooms[0].Listeners != 2 {
		t.Fatalf("the rooms are %s, %v", body, err)
	}
	at := p.ops + list.Rooms[0].Path()
	if _, body := get(t, p.ops+"/debug/rooms"); !strings.Contains(body, `href="`+list.Rooms[0].Path()+`"`) {
		t.Errorf("the list does not lead to the room:\n%s", body)
	}
	status, body := get(t, at)
	for _, want := range []string{"general", "ann", "bob", "Addresses are hidden", "muted", "connected", "seq "} {
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("the room's page (%d) has no %q:\n%s", status, want, body)
		}
	}
	_, asJSON := get(t, at+"?format=json")
	for _, body := range []string{body, asJSON} {
		if strings.Contains(body, "127.0.0.1") || strings.Contains(body, "::1") {
			t.Errorf("an address is shown without having been asked for:\n%s", body)
		}
	}
	var st roomState
	if err := json.Unmarshal([]byte(asJSON), &st); err != nil || len(st.Peers) != 2 || st.Addresses {
		t.Fatalf("the room is %s, %v", asJSON, err)
	}
	ann, bob := st.Peers[0], st.Peers[1]
	if ann.User != "ann" || !ann.Muted || ann.State != "connected" || ann.Slots[0].User != "bob" || ann.PacketsOut == 0 || st.Slots[0].User != "bob" {
		t.Errorf("ann is %+v", ann)
	}
	if bob.User != "bob" || bob.LevelDBov == nil || *bob.LevelDBov > -25 || *bob.LevelDBov < -35 || bob.PacketsIn == 0 {
		t.Errorf("bob is %+v", bob)
	}
	if _, body := get(t, at+"?addresses=1"); !strings.Contains(body, "127.0.0.1:") || !strings.Contains(body, "Addresses are shown") {
		t.Errorf("no addresses when they are asked for:\n%s", body)
	}
	if _, body := get(t, at+"?addresses=1&format=json"); !strings.Contains(body, `"address": "127.0.0.1:`) {
		t.Errorf("no addresses when they are asked for: %s", body)
	}

	_, node := get(t, p.ops+"/metrics")
	_, rooms := get(t, p.ops+"/metrics/rooms")
	label := `{room="` + st.Room.ID + `"}`
	for series, want := range map[string]string{
		"sfu_rooms": "1", "sfu_peers": "2", "sfu_peers_connected": "2", "sfu_listeners": "2", "sfu_joins_total": "2", "sfu_slots_used": "1",
		`sfu_handshakes_total{ok="true"}`: "2", `sfu_handshake_failures_total{cause="fingerprint"}`: "0", `sfu_handshake_failures_total{cause="timeout"}`: "0",
	} {
		if got := value(node, series); got != want {
			t.Errorf("%s is %q, want %s", series, got, want)
		}
	}
	if value(node, "sfu_rtt_seconds_count") == "" || value(node, `sfu_loss_percent_bucket{le="0"}`) == "" {
		t.Error("no histograms of round trips and loss")
	}
	for series, want := range map[string]string{"room_peers": "2", "room_listeners": "2", "room_joins_total": "2", "room_slots_used": "1"} {
		if got := value(rooms, series+label); got != want {
			t.Errorf("%s of the room is %q, want %s", series, got, want)
		}
	}
	if strings.Contains(rooms, "boltorezka_room_handshakes_failed_total{") || value(rooms, "room_uplink_loss_percent_count"+label) == "" || value(node, `sfu_uplink_loss_percent_bucket{le="0"}`) == "" {
		t.Errorf("no loss of publishers, or failed handshakes without one:\n%s", rooms)
	}
	if in, out := value(rooms, "room_packets_in_total"+label), value(rooms, "room_packets_out_total"+label); in == "0" || in == "" || out == "0" || out == "" {
		t.Errorf("the room's packets are %q in and %q out", in, out)
	}
	if strings.Contains(node, "boltorezka_room_") || strings.Contains(rooms, "go_goroutines") {
		t.Error("the two kinds of metrics are mixed")
	}
	documented(t, node, rooms)
}

func TestDebugIndexLeadsOn(t *testing.T) {
	p := launch(t, t.TempDir())
	status, body := get(t, p.ops+"/") // sends on to /debug/
	for _, path := range []string{"/debug", "/debug/rooms/"} {
		if status, _ := get(t, p.ops+path); status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
		}
	}
	links := regexp.MustCompile(`href="(/[^"]*)"`).FindAllStringSubmatch(body, -1)
	if status != http.StatusOK || len(links) < 8 {
		t.Fatalf("%d with %d links:\n%s", status, len(links), body)
	}
	for _, l := range links {
		if strings.Contains(l[1], "seconds=") {
			continue
		}
		if status, _ := get(t, p.ops+l[1]); status != http.StatusOK {
			t.Errorf("%s: %d", l[1], status)
		}
	}
	if status, _ := get(t, p.ops+"/debug/assets/live.js"); status != http.StatusOK {
		t.Errorf("the script: %d", status)
	}
	if status, body := get(t, p.url+"/debug/rooms"); status == http.StatusOK && strings.Contains(body, "in their voice") {
		t.Error("the rooms are public")
	}
}

// TestDebugPagesEscape shows rooms and people whose names are hostile, and
// rooms that there are not.
func TestDebugPagesEscape(t *testing.T) {
	const hostile = `../"><script>alert(1)</script>&?#/` + "\xff"
	cfg := sfu.Defaults()
	cfg.UDPAddr, cfg.TCPAddr = "127.0.0.1:0", "off"
	media, err := sfu.New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer media.Close()
	if _, err := media.Join(sfu.Join{Room: hostile, CSRC: 7, Label: hostile}); err != nil {
		t.Fatal(err)
	}
	pages := debugPages{
		node: media.Metrics, rooms: media.Rooms, version: hostile, began: time.Now(),
		inspect: func(id string) (sfu.RoomState, bool) {
			st, ok := media.Inspect(id)
			if ok {
				st.Peers[0].Address = netip.MustParseAddrPort("[2001:db8::1]:9")
			}
			return st, ok
		},
		present: func() map[string]wire.RoomPresence {
			return map[string]wire.RoomPresence{hostile: {RoomSlug: hostile, Users: []wire.PresentUser{{UserID: hostile, UserName: hostile}}}}
		},
	}
	mux := http.NewServeMux()
	pages.register(mux)
	ask := func(path, accept string) (int, string, string) {
		req := httptest.NewRequest("GET", path, nil)
		req.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, req)
		body, _ := io.ReadAll(w.Result().Body)
		if w.Code == http.StatusOK && !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s has no policy", path)
		}
		return w.Code, w.Header().Get("Content-Type"), string(body)
	}
	_, _, list := ask("/debug/rooms", "*/*")
	link := regexp.MustCompile(`<th scope="row"><a href="([^"]+)">`).FindStringSubmatch(list)
	if link == nil {
		t.Fatalf("no link in\n%s", list)
	}
	link[1] = html.UnescapeString(link[1])
	status, _, room := ask(link[1], "text/html,*/*")
	if status != http.StatusOK || !strings.Contains(room, "IPv6") || !strings.Contains(room, "&lt;script&gt;") {
		t.Errorf("%s: %d\n%s", link[1], status, room)
	}
	_, _, index := ask("/debug/", "*/*")
	status, _, none := ask("/debug/rooms/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "*/*")
	if status != http.StatusNotFound || !strings.Contains(none, "Nobody is in the voice") {
		t.Errorf("a room that is not there: %d\n%s", status, none)
	}
	_, _, shown := ask(link[1]+"?addresses=1", "*/*")
	if !strings.Contains(shown, "[2001:db8::1]:9") {
		t.Errorf("no address when it is asked for:\n%s", shown)
	}
	for _, body := range []string{list, room, index, none, shown} {
		if strings.Contains(body, "<script>alert") || strings.Contains(body, `"><script`) {
			t.Errorf("not escaped:\n%s", body)
		}
	}
	status, kind, body := ask(link[1], "application/json")
	var st roomState
	if err := json.Unmarshal([]byte(body), &st); status != http.StatusOK || kind != "application/json" || err != nil || st.Peers[0].Family != "IPv6" {
		t.Errorf("as JSON: %d %s %v\n%s", status, kind, err, body)
	}
	for _, body := range []string{room, body} {
		if strings.Contains(body, "2001:db8") {
			t.Errorf("an address is shown without having been asked for:\n%s", body)
		}
	}
	if status, kind, body := ask("/debug/rooms/x?format=json", "*/*"); status != http.StatusNotFound || kind != "application/json" || !strings.Contains(body, "nobody") {
		t.Errorf("a room that is not there, as JSON: %d %s %s", status, kind, body)
	}
}

// documented holds docs/operations.md to the series that there are: each is
// named, and none that is not there. The dashboard draws none that is not there.
func documented(t *testing.T, bodies ...string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{"room_packets_dropped_total": true, "room_handshakes_failed_total": true} // not without one
	reg := prometheus.NewRegistry()
	newKPIs(reg, time.Now)
	descs := make(chan *prometheus.Desc, 1000)
	reg.Describe(descs) // also what has no series yet
	close(descs)
	for d := range descs {
		there[regexp.MustCompile(`fqName: "boltorezka_(\w+)"`).FindStringSubmatch(d.String())[1]] = true
	}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE boltorezka_(\w+) `).FindAllStringSubmatch(strings.Join(bodies, "\n"), -1) {
		there[m[1]] = true
	}
	named := map[string]bool{}
	for _, m := range regexp.MustCompile("`(?:boltorezka_)?([a-z0-9]+(?:_[a-z0-9]+)+)[{`]").FindAllStringSubmatch(string(page), -1) {
		named[m[1]] = true
	}
	for name := range there {
		if !named[name] {
			t.Errorf("docs/operations.md does not name %s", name)
		}
	}
	refusals := map[string]bool{}
	for _, m := range regexp.MustCompile(`boltorezka_turn_refused_total\{reason="(\w+)"`).FindAllStringSubmatch(strings.Join(bodies, "\n"), -1) {
		refusals[m[1]] = true
		if !strings.Contains(string(page), "`"+m[1]+"`") {
			t.Errorf("docs/operations.md does not say what TURN refuses as %s", m[1])
		}
	}
	for name := range named {
		if !there[name] && !refusals[name] && !strings.HasPrefix(name, "transport_") && name != "no_slot" {
			t.Errorf("docs/operations.md names %s, which is not there", name)
		}
	}
	board, err := os.ReadFile("../../configs/grafana.json")
	if err != nil || !json.Valid(board) {
		t.Fatalf("configs/grafana.json: %v", err)
	}
	for _, m := range regexp.MustCompile(`boltorezka_(\w+?)(_bucket|_sum|_count)?\{`).FindAllStringSubmatch(string(board), -1) {
		if !there[m[1]] {
			t.Errorf("configs/grafana.json draws %s, which is not there", m[1])
		}
	}
}
