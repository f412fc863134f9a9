package loadtest

import (
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"
)

// page is the whole report as one file that needs nothing else.
var page = template.Must(template.New("report").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{(index . 0).Title}}</title>
<style>
:root { color-scheme: light dark; --ink: #1c2430; --soft: #667085; --line: #d8dde5; --bg: #fff; --a: #2463c9; --b: #c26a00; --c: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #9aa4b2; --line: #343b46; --bg: #14181f; --a: #7fb0ff; --b: #f0a94a; --c: #ff8a80; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--bg); max-width: 800px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 3rem 0 0; } .wide { overflow-x: auto; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { color: var(--soft); margin: .25rem 0; }
table { border-collapse: collapse; width: 100%; margin-top: 1rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 500; white-space: nowrap; color: var(--soft); }
.met { color: var(--a); } .missed { color: var(--c); font-weight: 600; }
svg { width: 100%; height: auto; }
svg text { font-size: 11px; fill: var(--soft); } .left { text-anchor: end; } .foot { text-anchor: middle; }
.grid { stroke: var(--line); } rect { fill: var(--a); }
polyline { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
polyline.a { stroke: var(--a); } polyline.b { stroke: var(--b); } polyline.c { stroke: var(--c); }
.key::before { content: ""; display: inline-block; width: 1em; height: 3px; margin: 0 .4em .25em .2em; background: currentColor; }
.key.a { color: var(--a); } .key.b { color: var(--b); } .key.c { color: var(--c); }
</style>
{{range .}}<h1>{{.Title}}</h1>
<p>{{.Started}}</p>
{{range .Goals}}<p class="{{if .Met}}met{{else}}missed{{end}}">{{.}}</p>
{{end}}<div class="wide"><table>
{{range .Rows}}<tr><th scope="row">{{.Name}}</th>{{range .Cells}}<td>{{.}}</td>{{end}}</tr>
{{end}}</table></div>
{{range .Plots}}{{if .SVG}}<h2>{{.Name}}</h2>
{{.SVG}}
{{end}}{{end}}{{end}}</html>
`))

type plot struct {
	Name string
	SVG  template.HTML
}

// section is one report on the page.
type section struct {
	Title, Started string
	Goals          []Verdict
	Rows           []struct {
		Name  string
		Cells []string
	}
	Plots []plot
}

// WriteHTML writes a report as a page with plots, in one file without scripts.
// A series has its table first, then each of its reports.
func WriteHTML(w io.Writer, r Report) error {
	sections := []section{sectionOf(r)}
	if s, ok := r.(*VoiceSeries); ok {
		for _, run := range s.Runs {
			sections = append(sections, sectionOf(run))
		}
	}
	if err := page.Execute(w, sections); err != nil {
		return fmt.Errorf("loadtest: report: %w", err)
	}
	return nil
}

func sectionOf(r Report) section {
	s := r.summary()
	out := section{Title: "Load test: " + s.Scenario, Started: s.StartedAt.Format(time.RFC1123), Goals: s.Goals}
	if v, ok := r.(*VoiceReport); ok && v.Shape != "" {
		out.Title += " " + v.Shape
	}
	for _, row := range r.rows() {
		out.Rows = append(out.Rows, struct {
			Name  string
			Cells []string
		}{row.name, strings.Split(row.text, "\t")})
	}
	var at, p50, p95, p99, sent, delivered, cores []float64
	for _, x := range s.Timeline {
		at = append(at, x.At)
		p50, p95, p99 = append(p50, x.P50), append(p95, x.P95), append(p99, x.P99)
		sent, delivered, cores = append(sent, x.Sent), append(delivered, x.Delivered), append(cores, x.ServerCores)
	}
	if len(at) == 0 && len(s.Histogram) == 0 {
		return out
	}
	out.Plots = []plot{
		{"Latency over time, ms", curves("Latency over time", at, line{"p50", "a", p50}, line{"p95", "b", p95}, line{"p99", "c", p99})},
		{"Latencies, how many of each", columns("Histogram of latencies", s.Histogram)},
		{"Deliveries a second", curves("Deliveries a second", at, line{"delivered", "a", delivered})},
		{"Sent a second", curves("Sent a second", at, line{"sent", "b", sent})},
	}
	if s.Server != nil {
		out.Plots = append(out.Plots, plot{"Server CPU, cores", curves("Server CPU", at, line{"cores", "c", cores})})
	}
	return out
}
