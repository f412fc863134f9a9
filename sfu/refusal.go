package sfu

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxReason bounds a refusal in bytes: it quotes the offer.
const maxReason = 300

// NegotiationError says what was wrong with an offer, its tracks or a
// candidate, for a person.
type NegotiationError struct{ Reason string }

func (e *NegotiationError) Error() string { return e.Reason }

func refuse(format string, args ...any) error {
	return &NegotiationError{Reason: printable(fmt.Sprintf(format, args...))}
}

// printable is s as a person may be shown it: no control characters, valid
// UTF-8, at most maxReason bytes.
func printable(s string) string {
	cut := len(s) > maxReason
	if cut {
		s = s[:maxReason-len("…")]
	}
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) {
			return '?'
		}
		return r
	}, s)
	if cut {
		s += "…"
	}
	return s
}
