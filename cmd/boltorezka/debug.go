package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/boltorezka/boltorezka/sfu"
	"github.com/boltorezka/boltorezka/signaling"
	"github.com/boltorezka/boltorezka/signaling/wire"
)

//go:embed debug
var debugFiles embed.FS

// debugPages show an operator what goes on in the rooms' voice.
type debugPages struct {
	node    func() sfu.Metrics
	rooms   func() []sfu.RoomStats
	inspect func(id string) (sfu.RoomState, bool)
	present func() map[string]wire.RoomPresence
	version string
	began   time.Time
}

func newDebugPages(media *sfu.SFU, hub *signaling.Hub) debugPages {
	return debugPages{node: media.Metrics, rooms: media.Rooms, inspect: media.Inspect, present: hub.Present, version: buildVersion().Version, began: time.Now()}
}

func (d debugPages) register(mux *http.ServeMux) {
	for from, to := range map[string]string{"/{$}": "/debug/", "/debug": "/debug/", "/debug/rooms/{$}": "/debug/rooms"} {
		mux.Handle("GET "+from, http.RedirectHandler(to, http.StatusFound))
	}
	mux.HandleFunc("GET /debug/{$}", d.index)
	mux.HandleFunc("GET /debug/rooms", d.list)
	mux.HandleFunc("GET /debug/rooms/{id}", d.room)
	assets, err := fs.Sub(debugFiles, "debug/assets")
	if err != nil {
		panic(err) // the folder is in the program
	}
	mux.Handle("GET /debug/assets/", http.StripPrefix("/debug/assets/", http.FileServerFS(assets)))
}

// page is what a template is given.
type page struct {
	Title string
	Here  string // the page's own address, without its query
	JSON  string // the address of the same as JSON, empty: none
	Live  bool   // it is drawn anew every two seconds
	Data  any
}

func (d debugPages) index(w http.ResponseWriter, _ *http.Request) {
	m := d.node()
	show(w, http.StatusOK, "index.html", page{Title: "Operator", Here: "/debug/", Live: true, Data: map[string]any{
		"Version": d.version, "UpSec": new(time.Since(d.began).Seconds()), "Node": m,
	}})
}

func (d debugPages) list(w http.ResponseWriter, r *http.Request) {
	rooms := viewRooms(d.rooms(), d.present())
	if wantsJSON(r) {
		showJSON(w, http.StatusOK, map[string]any{"rooms": rooms})
		return
	}
	show(w, http.StatusOK, "rooms.html", page{Title: "Rooms", Here: r.URL.EscapedPath(), JSON: "?format=json", Live: true, Data: rooms})
}

func (d debugPages) room(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	addresses := r.URL.Query().Get("addresses") == "1"
	s, ok := d.inspect(id)
	if !ok {
		if wantsJSON(r) {
			showJSON(w, http.StatusNotFound, map[string]any{"error": "nobody is in the voice of this room", "id": id})
			return
		}
		show(w, http.StatusNotFound, "none.html", page{Title: "No such room", Here: r.URL.EscapedPath(), Live: true, Data: id})
		return
	}
	v := viewState(s, d.present()[id], addresses)
	if wantsJSON(r) {
		showJSON(w, http.StatusOK, v)
		return
	}
	as := url.Values{"format": {"json"}}
	if addresses {
		as.Set("addresses", "1")
	}
	show(w, http.StatusOK, "room.html", page{Title: v.Room.Name(), Here: r.URL.EscapedPath(), JSON: "?" + as.Encode(), Live: true, Data: v})
}

func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return r.URL.Query().Get("format") == "json" || strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

func showJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	write(w, status, "application/json", append(b, '\n'))
}

func show(w http.ResponseWriter, status int, name string, p page) {
	var b bytes.Buffer
	if err := debugTemplates[name].ExecuteTemplate(&b, "layout.html", p); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	write(w, status, "text/html; charset=utf-8", b.Bytes())
}

func write(w http.ResponseWriter, status int, contentType string, b []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

// debugTemplates are the pages, each within the layout.
var debugTemplates = func() map[string]*template.Template {
	out := map[string]*template.Template{}
	for _, name := range []string{"index.html", "rooms.html", "room.html", "none.html"} {
		out[name] = template.Must(template.New(name).Funcs(debugFuncs).ParseFS(debugFiles, "debug/layout.html", "debug/"+name))
	}
	return out
}()

var debugFuncs = template.FuncMap{
	"count":   grouping,
	"count32": func(n uint32) string { return grouping(uint64(n)) },
	"age":     age,
	"rate":    func(v float64) string { return grouping(uint64(v + .5)) },
	"ms":      func(v *float64) string { return measured(v, "%.1f ms") },
	"pct":     func(v *float64) string { return measured(v, "%.1f %%") },
	"kbps":    func(n int) string { return fmt.Sprintf("%d kbit/s", n/1000) },
	"dbov":    func(v *float64) string { return measured(v, "%.0f dBov") },
	"mean":    func(h sfu.Histogram, scale float64) *float64 { return meanOf(h, scale) },
	"lossy":   func(v *float64) bool { return v != nil && *v >= 3 },
	"slow":    func(v *float64) bool { return v != nil && *v >= 300 },
}

func meanOf(h sfu.Histogram, scale float64) *float64 {
	if h.Count == 0 {
		return nil
	}
	return new(h.Mean() * scale)
}

// measured writes a value, a dash for none.
func measured(v *float64, format string) string {
	if v == nil {
		return "–"
	}
	return strings.Replace(fmt.Sprintf(format, *v), "-", "−", 1)
}

// grouping writes 1234567 as 1 234 567, with narrow spaces that do not break.
func grouping(n uint64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// age writes seconds as people say them.
func age(sec *float64) string {
	if sec == nil {
		return "–"
	}
	switch s := int(*sec); {
	case *sec < 10:
		return fmt.Sprintf("%.1f s", *sec)
	case s < 120:
		return fmt.Sprintf("%d s", s)
	case s < 2*3600:
		return fmt.Sprintf("%d min", s/60)
	case s < 48*3600:
		return fmt.Sprintf("%d h", s/3600)
	default:
		return fmt.Sprintf("%d days", s/86400)
	}
}
