package auth

import (
	"reflect"
	"strings"
	"testing"
)

func TestMentionKeys(t *testing.T) {
	for text, want := range map[string][][]string{
		"":                       nil,
		"nobody":                 nil,
		"@":                      nil,
		"@ ann":                  nil,
		"@a":                     nil,
		"@Ann":                   {{"ann"}},
		"mail me: x@example.org": nil,
		"(@Ann)":                 {{"ann)", "ann"}},
		"@Ann, hello":            {{"ann, hello", "ann,", "ann"}},
		"@Аня Петрова!\nx":       {{"аня петрова!", "аня петрова", "аня"}},
		"@Ann @Bob":              {{"ann @bob", "ann @", "ann"}, {"bob"}},
		"@@Ann":                  nil,
	} {
		if got := MentionKeys(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if n := len(MentionKeys(strings.Repeat("@ann ", 1000))); n != maxMentions {
		t.Errorf("%d mentions of a text that names too many", n)
	}
	for _, keys := range MentionKeys(strings.Repeat("@"+strings.Repeat("-.", 500)+" ", 100)) {
		if len(keys) > MaxName {
			t.Errorf("%d candidates", len(keys))
		}
	}
}
