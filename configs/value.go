package configs

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// value is one setting's place in a Config. Set's error says what is accepted.
type value interface {
	set(text string) error
	text() string
}

// scalar is a value of any type that is read from and written as one text.
type scalar[T any] struct {
	at       *T
	parse    func(string) (T, error)
	print    func(T) string
	accepted string
}

func (v scalar[T]) set(text string) error {
	got, err := v.parse(strings.TrimSpace(text))
	if err != nil {
		return fmt.Errorf("give %s", v.accepted)
	}
	*v.at = got
	return nil
}

func (v scalar[T]) text() string { return v.print(*v.at) }

func text(at *string, accepted string) value {
	return scalar[string]{at, func(s string) (string, error) { return s, nil }, func(s string) string { return s }, accepted}
}

func oneOf(at *string, words ...string) value {
	parse := func(s string) (string, error) {
		if !slices.Contains(words, s) {
			return "", strconv.ErrSyntax
		}
		return s, nil
	}
	return scalar[string]{at, parse, func(s string) string { return s }, strings.Join(words, ", ")}
}

func onOff(at *bool) value {
	parse := func(s string) (bool, error) {
		if s != "on" && s != off {
			return false, strconv.ErrSyntax
		}
		return s == "on", nil
	}
	print := func(on bool) string {
		if on {
			return "on"
		}
		return off
	}
	return scalar[bool]{at, parse, print, "on, off"}
}

func number(at *int) value {
	return scalar[int]{at, strconv.Atoi, strconv.Itoa, "a whole number"}
}

func factor(at *float64) value {
	parse := func(s string) (float64, error) { return strconv.ParseFloat(s, 64) }
	return scalar[float64]{at, parse, func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }, "a number"}
}

func duration(at *time.Duration) value {
	return scalar[time.Duration]{at, time.ParseDuration, printDuration, "a duration such as 300ms, 5s or 24h"}
}

// printDuration leaves out the zero minutes and seconds that String ends with.
func printDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// list is a value of several texts, with commas between them in one text.
func list[T any](at *[]T, parse func(string) (T, error), print func(T) string, accepted string) value {
	return scalar[[]T]{at, func(s string) ([]T, error) {
		var out []T
		for _, part := range strings.Split(s, ",") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			one, err := parse(part)
			if err != nil {
				return nil, err
			}
			out = append(out, one)
		}
		return out, nil
	}, func(list []T) string {
		parts := make([]string, len(list))
		for i, one := range list {
			parts[i] = print(one)
		}
		return strings.Join(parts, ", ")
	}, accepted}
}

func texts(at *[]string, accepted string) value {
	return list(at, func(s string) (string, error) { return s, nil }, func(s string) string { return s }, accepted)
}

// networks takes addresses too, as networks of one.
func networks(at *[]netip.Prefix) value {
	return list(at, func(s string) (netip.Prefix, error) {
		if ip, err := netip.ParseAddr(s); err == nil {
			return ip.Prefix(ip.BitLen())
		}
		p, err := netip.ParsePrefix(s)
		return p.Masked(), err
	}, netip.Prefix.String, "networks such as 10.0.0.0/8 with commas between them")
}
