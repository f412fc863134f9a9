package configs

import (
	"fmt"
	"strings"
)

// File returns the text of the shipped boltorezka.yaml: every key with its
// default and what it means.
func File() string {
	c := Defaults()
	var b strings.Builder
	b.WriteString(`# Every setting of Boltorezka with its default. A key that is left out keeps
# its default; an unknown one stops the start. Each can be set in the
# environment too, which comes after this file: http.addr is
# BOLTOREZKA_HTTP_ADDR. Lists are written [a, b]. Start with:
#   boltorezka serve --config boltorezka.yaml
`)
	var open []string
	for _, s := range settings(&c) {
		path := strings.Split(s.key, ".")
		sections := path[:len(path)-1]
		for i, name := range sections {
			if i < len(open) && open[i] == name {
				continue
			}
			open = open[:min(i, len(open))]
			if i == 0 {
				b.WriteByte('\n')
			}
			fmt.Fprintf(&b, "%s%s:\n", strings.Repeat("  ", i), name)
			open = append(open, name)
		}
		open = open[:len(sections)]
		indent := strings.Repeat("  ", len(sections))
		fmt.Fprintf(&b, "%s# %s\n%s%s: %s\n", indent, s.help, indent, path[len(path)-1], quoteYAML(s.value.text()))
	}
	return b.String()
}

// quoteYAML writes a default as a YAML scalar: bare when it reads back as
// itself, else in quotes.
func quoteYAML(s string) string {
	if s == "" || s == off || strings.ContainsAny(s[:1], ":&*!|>%@`[{#-'\"") {
		return fmt.Sprintf("%q", s)
	}
	return s
}

// Table returns the settings as a Markdown table.
func Table() string {
	c := Defaults()
	var b strings.Builder
	b.WriteString("| key | environment | default | what it is |\n| --- | --- | --- | --- |\n")
	for _, s := range settings(&c) {
		def := s.value.text()
		if def != "" {
			def = "`" + def + "`"
		}
		env := "`" + s.env() + "`"
		if s.secret {
			env += " or `" + s.env() + "_FILE`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.key, env, def, s.help)
	}
	return b.String()
}
