package loadtest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestShapesAreRead(t *testing.T) {
	got, err := ParseShapes("1x60/15, 100x5/2,2x3/1:speech:churn,churn")
	if err != nil {
		t.Fatal(err)
	}
	want := []Shape{
		{Name: "1x60/15", Rooms: 1, People: 60, Talkers: 15}, {Name: "100x5/2", Rooms: 100, People: 5, Talkers: 2},
		{Name: "2x3/1:speech:churn", Rooms: 2, People: 3, Talkers: 1, Speech: true, Churn: true}, presets[0],
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if all, err := ParseShapes("all"); err != nil || len(all) != len(AllShapes) {
		t.Errorf("%v %v", all, err)
	}
	if c := (VoiceConfig{Full: everybody}).In(want[1]); c.Participants != 500 || c.Rooms != 100 || c.Talkers != 2 || c.Full != 500 {
		t.Errorf("%+v", c)
	}
}

func TestWrongShapesAreRefused(t *testing.T) {
	for _, s := range []string{
		"", ",", "1x", "1x2", "x2/1", "1x2/", "/1", "1x2/3", "0x2/1", "1x0/0", "-1x2/1", "+1x2/1", "1x2/-1", "1.5x2/1", "1x2/1:", "1x2/1:sing", "churns", "speech:churn",
		"1x2001/1", "100x100/2", "9999999999999999999999x1/1", strings.Repeat("1x2/1,", 101) + "1x2/1",
	} {
		if got, err := ParseShapes(s); err == nil || !strings.HasPrefix(err.Error(), "loadtest:") {
			t.Errorf("%.40q: %v %v", s, got, err)
		}
	}
	for _, s := range []string{"", "-1", "some", "2001", "1.5"} {
		if _, err := ParseFull(s); err == nil {
			t.Errorf("%q full clients", s)
		}
	}
	if _, err := ParseTalk("song"); err == nil {
		t.Error("song")
	}
}

func TestTheTraceIsSpeech(t *testing.T) {
	all := utterances(speechTrace)
	frames, silent := 0, 0
	for _, u := range all {
		frames += u.frames()
		for i := range u.frames() {
			size, level := u.at(i)
			if size == 0 {
				silent++
			}
			if level > 127 {
				t.Errorf("level %d", level)
			}
		}
	}
	if len(all) < 10 || frames < 2000 || silent < 100 || silent > frames/2 {
		t.Errorf("%d sentences, %d frames, %d of them silent", len(all), frames, silent)
	}
	for _, b := range [][]byte{nil, {1}, {0, 1}, {0, 0, 0, 0}, {255, 255, 1, 2}} {
		if got := utterances(b); len(got) != 0 {
			t.Errorf("%v: %v", b, got)
		}
	}
}

func TestConversationsTakeTurns(t *testing.T) {
	const talkers = 6
	turns := conversation(talkers, 10*time.Minute, rand.New(rand.NewPCG(1, 2)))
	busy := make([]int, 10*60*50)
	for who, ts := range turns {
		if len(ts) == 0 {
			t.Errorf("%d never speaks", who)
		}
		end := uint32(0)
		for _, x := range ts {
			if x.start < end {
				t.Errorf("%d speaks with two tongues", who)
			}
			end = x.start + uint32(x.what.frames())
			for i := x.start; i < end && int(i) < len(busy); i++ {
				busy[i]++
			}
		}
	}
	var count [talkers + 1]int
	for _, n := range busy {
		count[n]++
	}
	if count[1] < len(busy)/3 || count[2] < len(busy)/50 || count[0] == 0 {
		t.Errorf("so many speak at a time: %v", count)
	}
	if len(conversation(0, time.Minute, rand.New(rand.NewPCG(1, 2)))) != 0 || len(conversation(1, time.Minute, rand.New(rand.NewPCG(1, 2)))[0]) == 0 {
		t.Error("nobody, or one alone")
	}
}
