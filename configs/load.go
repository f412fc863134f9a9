package configs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// FileEnv names the file to read when no other was given.
const FileEnv = "BOLTOREZKA_CONFIG"

// testPrefix is of variables that tests use and the server does not.
const testPrefix = envPrefix + "TEST_"

// Load makes the Config of file (none when empty) and environ (as os.Environ
// returns it), validated. strange are the variables that look like settings
// and are none: worth a warning, but no error, since orchestrators put names
// of their own into the environment.
func Load(file string, environ []string) (c Config, strange []string, err error) {
	c = Defaults()
	all := settings(&c)
	if file != "" {
		if err := readFile(file, all); err != nil {
			return Config{}, nil, err
		}
	}
	if strange, err = readEnv(environ, all); err != nil {
		return Config{}, nil, err
	}
	c.complete()
	if err := c.Validate(); err != nil {
		return Config{}, nil, err
	}
	return c, strange, nil
}

func readFile(file string, all []setting) error {
	text, err := os.ReadFile(file)
	if err != nil {
		var pathErr *fs.PathError
		if errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		return fmt.Errorf("settings file %s: %w; give a file that this user may read", file, err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return fmt.Errorf("settings file %s: not YAML: %s", file, strings.ReplaceAll(err.Error(), "\n", " "))
	}
	if len(doc.Content) == 0 {
		return nil // empty, or comments only
	}
	r := fileReader{file: file, settings: map[string]setting{}}
	for _, s := range all {
		r.settings[s.key] = s
	}
	return r.section("", doc.Content[0])
}

// fileReader walks a YAML document down to the settings.
type fileReader struct {
	file     string
	settings map[string]setting
}

func (r fileReader) errorf(node *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("settings file %s, line %d: %s", r.file, node.Line, fmt.Sprintf(format, args...))
}

func (r fileReader) section(prefix string, node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		if node.Tag == "!!null" {
			return nil // a heading with every key below it commented out
		}
		return r.errorf(node, "%s: %q is not accepted; give keys below it", strings.TrimSuffix("the file."+prefix, "."), node.Value)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, val := node.Content[i], node.Content[i+1]
		key := prefix + name.Value
		if seen[key] {
			return r.errorf(name, "%s is there twice", key)
		}
		seen[key] = true
		s, ok := r.settings[key]
		switch {
		case ok:
			if err := r.value(s, val); err != nil {
				return err
			}
		case r.isSection(key):
			if err := r.section(key+".", val); err != nil {
				return err
			}
		default:
			return r.errorf(name, "unknown key %s; known here: %s", key, strings.Join(r.known(prefix), ", "))
		}
	}
	return nil
}

func (r fileReader) value(s setting, node *yaml.Node) error {
	text := node.Value
	switch {
	case node.Kind == yaml.SequenceNode:
		parts := make([]string, len(node.Content))
		for i, n := range node.Content {
			if n.Kind != yaml.ScalarNode {
				return r.errorf(n, "%s: give a list of plain values", s.key)
			}
			parts[i] = n.Value
		}
		text = strings.Join(parts, ", ")
	case node.Kind != yaml.ScalarNode:
		return r.errorf(node, "%s: give one value", s.key)
	case node.Tag == "!!null":
		return nil // "key:" with nothing after it leaves the default
	}
	if err := s.value.set(text); err != nil {
		return r.errorf(node, "%s: %s is not accepted; %v", s.key, s.quote(text), err)
	}
	return nil
}

func (r fileReader) isSection(key string) bool { return len(r.known(key+".")) > 0 }

// known lists the names right below prefix, sorted.
func (r fileReader) known(prefix string) []string {
	var names []string
	for key := range r.settings {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			name, _, _ := strings.Cut(rest, ".")
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// quote shows a value in an error, but for one that is secret.
func (s setting) quote(text string) string {
	if s.secret {
		return "what was given"
	}
	return fmt.Sprintf("%q", text)
}

func readEnv(environ []string, all []setting) (strange []string, err error) {
	given := map[string]string{}
	for _, pair := range environ {
		if name, val, ok := strings.Cut(pair, "="); ok && strings.HasPrefix(name, envPrefix) {
			given[name] = val
		}
	}
	delete(given, FileEnv)
	for _, s := range all {
		name := s.env()
		text, ok := given[name]
		delete(given, name)
		if file, there := given[name+"_FILE"]; s.secret && there {
			delete(given, name+"_FILE")
			if ok {
				return nil, fmt.Errorf("%s and %s_FILE are both set; give one of them", name, name)
			}
			read, err := os.ReadFile(file)
			if err != nil {
				return nil, fmt.Errorf("%s (%s_FILE): %w; give a file that this user may read", s.key, name, err)
			}
			text, ok = strings.TrimRight(string(read), "\r\n"), true
		}
		if !ok {
			continue
		}
		if err := s.value.set(text); err != nil {
			return nil, fmt.Errorf("%s (from %s): %s is not accepted; %w", s.key, name, s.quote(text), err)
		}
	}
	for name := range given {
		if !strings.HasPrefix(name, testPrefix) {
			strange = append(strange, name)
		}
	}
	slices.Sort(strange)
	return strange, nil
}
