// Package boltorezka_test holds the module to its own architecture: who may
// import whom, how long a file may be, and that each package says what it is.
// It reads the source itself, so that the test cache knows every file it
// depends on and a change anywhere runs it again.
package boltorezka_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module   = "github.com/boltorezka/boltorezka/"
	maxLines = 450
)

// layers says which of our packages each folder may import, its own
// subfolders aside; the longest folder that matches a file counts. Data goes
// down the same way: this table is the architecture.
var layers = []struct {
	folder string
	may    []string
	any    bool
}{
	{folder: "cmd/boltorezka", any: true},
	{folder: "cmd/loadtest", may: []string{"loadtest", "client"}},
	{folder: "netaddr"},
	{folder: "configs", may: []string{"edge", "sfu", "signaling", "turn", "store"}},
	{folder: "signaling", may: []string{"signaling/wire"}},
	{folder: "signaling/wire"},
	{folder: "signaling/auth", may: []string{"signaling/wire"}},
	{folder: "signaling/httpapi", may: []string{"signaling", "signaling/auth", "signaling/wire"}},
	{folder: "edge", may: []string{"netaddr"}},
	{folder: "sfu", may: []string{"netaddr"}},
	{folder: "turn", may: []string{"netaddr"}},
	{folder: "store"},
	{folder: "client", may: []string{"signaling/wire"}},
	{folder: "loadtest", may: []string{"client", "signaling/wire"}},
	{folder: "doctor", may: []string{"configs", "edge", "netaddr", "sfu", "signaling/wire", "store", "turn"}},
	{folder: "smoke", may: []string{"client", "signaling/wire"}},
	{folder: "faults", may: []string{"client", "loadtest", "store/storetest", "signaling/wire"}},
	{folder: "examples", may: []string{"client", "signaling/wire"}},
	{folder: "docs/api", may: []string{"signaling/wire"}},
	{folder: "web"},
}

// owners are the folders that alone may import a library.
var owners = []struct {
	library string
	folders []string
}{
	{"github.com/gofiber/", []string{"signaling/httpapi"}},
	{"github.com/valyala/fasthttp", []string{"signaling/httpapi"}},
	{"gorm.io/", []string{"store"}},
	{"github.com/glebarez/", []string{"store"}},
	{"github.com/caddyserver/certmagic", []string{"edge"}},
	{"github.com/pires/go-proxyproto", []string{"edge"}},
	{"github.com/pion/turn/", []string{"turn"}},
	{"github.com/pion/webrtc/", []string{"client", "loadtest", "examples"}}, // the server has its own transport
}

type source struct {
	path string // with slashes, from the module's root
	ast  *ast.File
	text []byte
}

func (s source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

func (s source) imports() []string {
	var out []string
	for _, spec := range s.ast.Imports {
		if name, err := strconv.Unquote(spec.Path.Value); err == nil {
			out = append(out, name)
		}
	}
	return out
}

func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != "." && (base == "node_modules" || base == "testdata" || strings.HasPrefix(base, ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(fset, name, text, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		out = append(out, source{path: filepath.ToSlash(name), ast: file, text: text})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// under says whether name is folder or below it.
func under(name, folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }

// layerOf returns the index of the longest folder of layers that holds dir, or -1.
func layerOf(dir string) int {
	best := -1
	for i, l := range layers {
		if under(dir, l.folder) && (best < 0 || len(l.folder) > len(layers[best].folder)) {
			best = i
		}
	}
	return best
}

// mayImport says whether a file in dir may import the package in folder other.
func mayImport(dir, other string) bool {
	from, to := layerOf(dir), layerOf(other)
	if from < 0 || to < 0 {
		return false
	}
	if from == to || layers[from].any {
		return true
	}
	return slices.Contains(layers[from].may, layers[to].folder)
}

func TestImportsGoOneWay(t *testing.T) {
	for _, s := range sources(t) {
		dir := path.Dir(s.path)
		if layerOf(dir) < 0 {
			if dir != "." || !s.test() {
				t.Errorf("%s is in no folder of the architecture", s.path)
			}
			continue
		}
		if s.test() {
			continue // a test may stand a package on its real neighbours
		}
		for _, name := range s.imports() {
			if other, ours := strings.CutPrefix(name, module); ours && !mayImport(dir, other) {
				t.Errorf("%s imports %s, which %s may not", s.path, other, layers[layerOf(dir)].folder)
			}
			for _, o := range owners {
				if strings.HasPrefix(name, o.library) && !slices.ContainsFunc(o.folders, func(f string) bool { return under(dir, f) }) {
					t.Errorf("%s imports %s, which only %s may", s.path, name, strings.Join(o.folders, ", "))
				}
			}
		}
	}
}

// TestRules is a test of the test: what must be refused is.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"cmd/boltorezka", "store", true},
		{"signaling/httpapi", "signaling", true},
		{"signaling/httpapi", "store", false},
		{"signaling", "signaling/auth", false},
		{"signaling/wire", "signaling", false},
		{"sfu", "sfu/internal/transport", true},
		{"sfu", "signaling/wire", false},
		{"cmd/loadtest", "signaling/wire", false},
		{"client", "sfu", false},
		{"web", "store", false},
	} {
		if got := mayImport(c.from, c.to); got != c.want {
			t.Errorf("%s importing %s: allowed is %v, want %v", c.from, c.to, got, c.want)
		}
	}
}

func TestFilesAreShort(t *testing.T) {
	for _, s := range sources(t) {
		if n := bytes.Count(s.text, []byte("\n")); n > maxLines && !ast.IsGenerated(s.ast) {
			t.Errorf("%s has %d lines, %d is the limit: it wants to be two files", s.path, n, maxLines)
		}
	}
}

func TestPackagesSayWhatTheyAre(t *testing.T) {
	said := map[string]bool{}
	for _, s := range sources(t) {
		if s.test() {
			continue
		}
		dir := path.Dir(s.path)
		said[dir] = said[dir] || s.ast.Doc != nil
	}
	for dir, ok := range said {
		if !ok {
			t.Errorf("package %s has no comment", dir)
		}
	}
}
