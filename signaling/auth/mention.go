package auth

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxMentions is how many times a text may name somebody; more count for
// nothing.
const maxMentions = 20

// MentionKeys are, for each @ of a text, the names that may be meant, folded
// as names are compared, longest first. A name may have spaces in it, so only
// who knows all names can tell which it is. An @ within a word is none, as in
// an address.
func MentionKeys(text string) [][]string {
	var all [][]string
	before := ' '
	for i, r := range text {
		if r == '@' && !isWord(before) && before != '@' {
			if keys := namesAt(text[i+1:]); len(keys) > 0 {
				all = append(all, keys)
			}
			if len(all) == maxMentions {
				break
			}
		}
		before = r
	}
	return all
}

// namesAt are the names that s may begin with: they end where a word does.
func namesAt(s string) (keys []string) {
	first, _ := utf8.DecodeRuneInString(s)
	if first == '@' || unicode.IsSpace(first) {
		return nil
	}
	s, _, _ = strings.Cut(s, "\n")
	runes, last := 0, ' '
	for i, r := range s {
		if runes > MaxName {
			return keys
		}
		if runes >= MinName && ends(last, r) {
			keys = prepend(keys, s[:i])
		}
		runes++
		last = r
	}
	if runes >= MinName && runes <= MaxName {
		keys = prepend(keys, s)
	}
	return keys
}

// ends says whether a name may end between two characters.
func ends(last, next rune) bool {
	return !unicode.IsMark(next) && (!isWord(last) || !isWord(next)) && last != ' '
}

// prepend adds a name that is not one already: spaces at its end are no part of it.
func prepend(keys []string, name string) []string {
	key := nameKey(strings.TrimSpace(norm.NFC.String(name)))
	if len(keys) > 0 && keys[0] == key {
		return keys
	}
	return append([]string{key}, keys...)
}

func isWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_'
}
