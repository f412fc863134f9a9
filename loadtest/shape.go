package loadtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Shape is how the participants of a voice run are spread, and how they talk.
type Shape struct {
	Name string `json:"name"`
	// Rooms have People each, of whom Talkers talk.
	Rooms   int `json:"rooms"`
	People  int `json:"people"`
	Talkers int `json:"talkers"`
	// Speech has the talkers hold a conversation, from recorded speech, in
	// place of talking all the time.
	Speech bool `json:"speech,omitempty"`
	// Churn has everybody leave voice and come back, once a minute or, in a
	// shorter run, once.
	Churn bool `json:"churn,omitempty"`
}

// presets are the shapes that have names of their own.
var presets = []Shape{
	{Name: "churn", Rooms: 1, People: 50, Talkers: 3, Churn: true},
	{Name: "speech", Rooms: 1, People: 20, Talkers: 20, Speech: true},
}

// AllShapes are what the shape `all` stands for, in their order.
var AllShapes = []string{"1x20/3", "1x50/3", "10x5/5", "1x100/2", "1x20/20", "1x60/15", "1x500/4", "100x5/2", "churn", "speech"}

// churnEvery is how long everybody takes to have left and come back.
const churnEvery = time.Minute

// ParseShapes reads a list of shapes, separated by commas: a preset's name,
// ROOMSxPEOPLE/TALKERS with :speech and :churn after it if that is wanted, or
// all.
func ParseShapes(s string) ([]Shape, error) {
	var shapes []Shape
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		if part == "all" {
			for _, name := range AllShapes {
				shape, err := parseShape(name)
				if err != nil {
					return nil, err
				}
				shapes = append(shapes, shape)
			}
			continue
		}
		shape, err := parseShape(part)
		if err != nil {
			return nil, err
		}
		shapes = append(shapes, shape)
	}
	if len(shapes) > maxShapes {
		return nil, fmt.Errorf("loadtest: %d shapes: want up to %d", len(shapes), maxShapes)
	}
	return shapes, nil
}

// maxShapes bounds a series.
const maxShapes = 100

func parseShape(s string) (Shape, error) {
	if i := slices.IndexFunc(presets, func(p Shape) bool { return p.Name == s }); i >= 0 {
		return presets[i], nil
	}
	sh := Shape{Name: s}
	wrong := func(what string) error {
		return fmt.Errorf("loadtest: shape %q: %s; want ROOMSxPEOPLE/TALKERS such as 1x60/15, with :speech or :churn after it or not, or one of churn, speech, all", s, what)
	}
	numbers, manners, _ := strings.Cut(s, ":")
	if strings.HasSuffix(s, ":") {
		return sh, wrong("nothing after the colon")
	}
	for manner := range strings.SplitSeq(manners, ":") {
		switch manner {
		case "speech":
			sh.Speech = true
		case "churn":
			sh.Churn = true
		case "":
		default:
			return sh, wrong(fmt.Sprintf("%q is no manner of talking", manner))
		}
	}
	rooms, rest, ok := strings.Cut(numbers, "x")
	people, talkers, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 {
		return sh, wrong("not that form")
	}
	for _, x := range []struct {
		name, text string
		into       *int
		least      int
	}{{"rooms", rooms, &sh.Rooms, 1}, {"people", people, &sh.People, 1}, {"talkers", talkers, &sh.Talkers, 0}} {
		n, err := strconv.Atoi(x.text)
		if err != nil || n < x.least || n > maxParticipants || x.text[0] == '+' {
			return sh, wrong(fmt.Sprintf("%q %s", x.text, x.name))
		}
		*x.into = n
	}
	if sh.Rooms*sh.People > maxParticipants {
		return sh, wrong(fmt.Sprintf("%d participants are more than %d", sh.Rooms*sh.People, maxParticipants))
	}
	if sh.Talkers > sh.People {
		return sh, wrong("more talkers than people")
	}
	return sh, nil
}

// everybody is more than there can be, for VoiceConfig.Full.
const everybody = 1 << 30

// ParseFull reads how many participants are to be full clients: a number, all,
// or auto.
func ParseFull(s string) (int, error) {
	switch s {
	case "all":
		return everybody, nil
	case "auto":
		return -1, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > maxParticipants {
		return 0, fmt.Errorf("loadtest: %q full clients: want a number up to %d, all or auto", s, maxParticipants)
	}
	return n, nil
}

// ParseTalk reads how talkers talk; speech is true for a conversation.
func ParseTalk(s string) (speech bool, err error) {
	switch s {
	case "constant", "speech":
		return s == "speech", nil
	}
	return false, fmt.Errorf("loadtest: talk %q: want constant or speech", s)
}
