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

// FuzzMention: the names that a text may mean are few, and such as names are.
func FuzzMention(f *testing.F) {
	for _, seed := range []string{"@Ann", "hi @Ann Lee, @bob", "a@b.c", "@@", "@\u202e", strings.Repeat("@a ", 40), "@\xff\xfe@x y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := MentionKeys(text)
		if len(all) > maxMentions || len(all) > strings.Count(text, "@") {
			t.Fatalf("%q has %d mentions", text, len(all))
		}
		for _, keys := range all {
			for i, key := range keys {
				if nameKey(key) != key || key == "" || len(keys) > MaxName {
					t.Fatalf("%q may mean %q, of %d", text, key, len(keys))
				}
				if i > 0 && key == keys[i-1] {
					t.Fatalf("%q may mean %q twice", text, key)
				}
			}
		}
	})
}
