package loadtest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Goal is something that a run has to reach, such as p99<25ms.
type Goal struct {
	Figure string  // one of Figures
	Op     string  // < <= = >= >
	Value  float64 // in the figure's unit: ms for times
	text   string
}

// Verdict is what became of a goal. A figure that the run did not measure
// misses its goal.
type Verdict struct {
	Goal     string  `json:"goal"`
	Measured float64 `json:"measured"`
	Known    bool    `json:"known"`
	Met      bool    `json:"met"`
}

// String says it in a line.
func (v Verdict) String() string {
	switch {
	case !v.Known:
		return v.Goal + ": not measured (is --server-pid given, or --ops?)"
	case v.Met:
		return fmt.Sprintf("%s: met, %v", v.Goal, v.Measured)
	}
	return fmt.Sprintf("%s: MISSED, %v", v.Goal, v.Measured)
}

// costFigures need the server's process, or its operator's metrics, but for the
// first.
var costFigures = map[string]string{
	"generator": "cores that the load tester took",
	"cpu":       "cores that the server took (with --server-pid)",
	"cpu-us":    "its microseconds a delivery",
	"rss":       "its memory in MB at the end",
	"kib":       "by how many KiB a client it grew",

	"goroutines": "of the server, with the joins settled (with the operator's metrics, --ops)",
	"heap-kib":   "by how many KiB a client its heap and stacks grew",
}

var latencyFigures = map[string]string{
	"p50": "ms, of send to delivery", "p95": "", "p99": "", "max": "",
}

var talkFigures = map[string]string{
	"ack": "p99 in ms, of send to ack", "acked": "messages a second", "lost": "deliveries of acked messages that never came", "recovered": "that came only by history",
	"unacked": "messages without an answer", "nacked": "messages that were refused", "duplicates": "", "disorder": "", "gaps": "in the order at a client",
	"late": "messages that the load tester sent late", "deliveries": "a second",
	"joins": "p95 in ms, from the ticket to being in the room", "sockets-lost": "",
}

// Figures are the names that goals of a scenario can be set for, each with
// what it is.
func Figures(scenario string) map[string]string {
	all := maps.Clone(costFigures)
	switch scenario {
	case "voice":
		maps.Copy(all, latencyFigures)
		maps.Copy(all, map[string]string{
			"lost": "packets", "loss": "percent of packets", "duplicates": "", "disorder": "sequence numbers that came late",
			"foreign": "packets of nobody here", "silent": "participants that heard nothing", "deliveries": "a second",
			"first-audio": "p95 in ms, from voice.join", "late": "packets that the load tester sent late",
			"join": "p95 in ms, from voice.join to the media path", "join-max": "the slowest join's", "join-cpu": "the server's ms of CPU a join (with --server-pid)",
			"onset": "p95 in ms, of a talk spurt's first packet to the first heard", "clipped": "talk spurts whose first packet was not heard",
			"wrong": "packets with the CSRC of somebody else", "echoes": "packets of one's own voice", "breaks": "timestamps that did not go on as the audio",
			"swaps": "changes of the speaker in a slot", "repairs": "of media paths", "deaths": "media sessions that ended by themselves", "failed": "rejoins that did not succeed", "retried": "joins that failed and were tried again",
			"forwarded": "percent of packets, with more voices than slots", "voice": "percent of those with voice in them", "loudest": "percent of those of the loudest",
			"overflows": "packets that the load tester's sockets had no room for", "generator-us": "microseconds of the load tester a delivery",
		})
	case "chat":
		maps.Copy(all, latencyFigures)
		maps.Copy(all, talkFigures)
	case "reconnect":
		maps.Copy(all, latencyFigures)
		maps.Copy(all, talkFigures)
		maps.Copy(all, map[string]string{
			"back": "p95 in ms, from the cut to being in the room again", "back-max": "the last client's", "caught-up": "p95 in ms, from the cut to having all that was missed",
			"away": "clients that did not come back", "resumed": "percent of the returns that were resumed",
		})
	case "presence":
		maps.Copy(all, latencyFigures)
		maps.Copy(all, map[string]string{
			"ack": "p99 in ms, of act to ack", "lost": "changes that a watcher was not told", "unacked": "", "nacked": "", "duplicates": "", "disorder": "", "late": "",
			"stale": "clients whose last picture of their room is not the truth", "deliveries": "a second", "joins": "p95 in ms, from the ticket to being in the room", "sockets-lost": "",
		})
	}
	return all
}

// ParseGoals reads goals such as `p99<25ms,lost=0,cpu<=1`: a figure of the
// scenario, one of < <= = >= >, and a number or, for times, a duration.
func ParseGoals(scenario, s string) ([]Goal, error) {
	var goals []Goal
	known := Figures(scenario)
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		i := strings.IndexAny(part, "<>=")
		if i < 0 {
			return nil, fmt.Errorf("loadtest: goal %q: want a figure, one of < <= = >= > and a value", part)
		}
		g := Goal{Figure: strings.TrimSpace(part[:i]), Op: part[i : i+1], text: part}
		rest := part[i+1:]
		if g.Op != "=" && strings.HasPrefix(rest, "=") {
			g.Op, rest = g.Op+"=", rest[1:]
		}
		if _, ok := known[g.Figure]; !ok {
			return nil, fmt.Errorf("loadtest: goal %q: %s has the figures %s", part, scenario, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
		rest = strings.TrimSpace(rest)
		v, err := strconv.ParseFloat(strings.TrimSuffix(rest, "%"), 64)
		if err != nil {
			d, derr := time.ParseDuration(rest)
			if derr != nil {
				return nil, fmt.Errorf("loadtest: goal %q: %q is neither a number nor a duration", part, rest)
			}
			v = float64(d) / float64(time.Millisecond)
		}
		g.Value = v
		goals = append(goals, g)
	}
	return goals, nil
}

// Judge writes the verdicts on goals into the report and says whether all were
// met.
func Judge(r Report, goals []Goal) bool {
	if s, ok := r.(*VoiceSeries); ok {
		return s.judge(goals)
	}
	s, figures, all := r.summary(), r.figures(), true
	s.Goals = nil
	for _, g := range goals {
		v, ok := figures[g.Figure]
		met := ok
		switch g.Op {
		case "<":
			met = met && v < g.Value
		case "<=":
			met = met && v <= g.Value
		case "=":
			met = met && v == g.Value
		case ">=":
			met = met && v >= g.Value
		case ">":
			met = met && v > g.Value
		}
		s.Goals = append(s.Goals, Verdict{Goal: g.text, Measured: v, Known: ok, Met: met})
		all = all && met
	}
	return all
}
