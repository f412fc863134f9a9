package auth

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

// Limits of names and passwords, in characters.
const (
	MinName     = 2
	MaxName     = 32
	MinPassword = 8
	MaxPassword = 256
)

// cleanName checks a name and returns it as it is kept.
func cleanName(raw string) (string, *wire.Error) {
	const accepted = "give 2 to 32 visible characters"
	// A character is at most 4 bytes, and composing shortens at most to a third.
	if len(raw) > MaxName*12 {
		return "", wire.Invalid("name", accepted)
	}
	if !utf8.ValidString(raw) {
		return "", wire.Invalid("name", "is not UTF-8")
	}
	name := norm.NFC.String(raw)
	visible, marks, last := 0, 0, ' '
	for _, r := range name {
		switch {
		case r == ' ':
			if last == ' ' {
				return "", wire.Invalid("name", "may have single spaces between words only")
			}
		case !unicode.IsGraphic(r) || unicode.IsSpace(r) || isBlank(r):
			return "", wire.Invalid("name", "has a character that cannot be seen; "+accepted)
		case unicode.IsMark(r):
			// Stacked marks reach over the lines around them.
			if marks++; marks > 3 || last == ' ' {
				return "", wire.Invalid("name", "has too many marks on one letter")
			}
		default:
			marks = 0
			visible++
		}
		last = r
	}
	if last == ' ' && name != "" {
		return "", wire.Invalid("name", "may have single spaces between words only")
	}
	if visible < MinName || utf8.RuneCountInString(name) > MaxName {
		return "", wire.Invalid("name", accepted)
	}
	return name, nil
}

// isBlank: graphic by their class, but drawn as nothing.
func isBlank(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800', '\u034f', '\u17b4', '\u17b5':
		return true
	}
	return unicode.Is(unicode.Variation_Selector, r)
}

// nameKey is the form in which names are compared.
func nameKey(name string) string {
	// Folding may undo normalisation, so normalise again; Cherokee, which folds to
	// its capitals, is the one script that needs to be made small after it.
	return norm.NFKC.String(strings.ToLower(cases.Fold().String(norm.NFKC.String(name))))
}

func checkPassword(password string) *wire.Error {
	if !utf8.ValidString(password) {
		return wire.Invalid("password", "is not UTF-8")
	}
	if n := utf8.RuneCountInString(password); n < MinPassword || n > MaxPassword {
		return wire.Invalid("password", "give 8 to 256 characters")
	}
	return nil
}
