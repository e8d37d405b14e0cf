package harness_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// everything stands behind the arrow of a package that may import all others.
const everything = "everything"

// imports returns what each package of this module imports, test files aside, by its folder.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "umqtt/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(p.ImportPath, "umqtt/")] = p.Imports
	}
}

// section returns the indented lines below a heading of the package comment in doc.go.
func section(t *testing.T, heading string) []string {
	t.Helper()
	b, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(b), "\n// # "+heading+"\n")
	if !found {
		t.Fatalf("doc.go has no heading %q", heading)
	}
	rest, _, _ = strings.Cut(rest, "\n// # ")
	var lines []string
	for line := range strings.Lines(rest) {
		if text, ok := strings.CutPrefix(line, "//\t"); ok {
			lines = append(lines, strings.TrimSpace(text))
		}
	}
	return lines
}

// folder returns the folder of a package that the arrows name.
func folder(name string, all map[string][]string) string {
	if _, ok := all["harness/"+name]; ok {
		return "harness/" + name
	}
	return name
}

// arrows returns what each package may import, as doc.go says.
func arrows(t *testing.T, all map[string][]string) map[string][]string {
	t.Helper()
	allowed := map[string][]string{}
	for _, line := range section(t, "Arrows") {
		from, to, ok := strings.Cut(line, " → ")
		if !ok {
			t.Fatalf("no arrow in the line %q", line)
		}
		from = folder(from, all)
		if _, twice := allowed[from]; twice {
			t.Errorf("%s has two arrows", from)
		}
		allowed[from] = []string{}
		if to == "nothing" {
			continue
		}
		for name := range strings.SplitSeq(to, ", ") {
			allowed[from] = append(allowed[from], folder(name, all))
		}
	}
	return allowed
}

// strays returns what is wrong between the imports of packages and their arrows.
func strays(all, allowed map[string][]string) []string {
	var wrong []string
	for name, imports := range all {
		to, known := allowed[name]
		if !known {
			wrong = append(wrong, name+" has no arrow")
			continue
		}
		used := map[string]bool{}
		for _, imp := range imports {
			ours, isOurs := strings.CutPrefix(imp, "umqtt/")
			if first, _, _ := strings.Cut(imp, "/"); !isOurs && !strings.Contains(first, ".") {
				continue // the standard library
			}
			i := slices.IndexFunc(to, func(m string) bool {
				return isOurs && (ours == m || m == everything) || !isOurs && (imp == m || strings.HasPrefix(imp, m+"/"))
			})
			if i < 0 {
				wrong = append(wrong, fmt.Sprintf("%s imports %s, which its arrow does not allow", name, imp))
				continue
			}
			used[to[i]] = true
		}
		for _, m := range to {
			if !used[m] {
				wrong = append(wrong, fmt.Sprintf("%s does not import %s, which stands behind its arrow", name, m))
			}
		}
	}
	for name := range allowed {
		if _, ok := all[name]; !ok {
			wrong = append(wrong, name+" has an arrow and is no package")
		}
	}
	slices.Sort(wrong)
	return wrong
}

// The packages import one another as doc.go says, and nothing else.
func TestImportArrows(t *testing.T) {
	all := imports(t)
	for _, w := range strays(all, arrows(t, all)) {
		t.Error(w)
	}
}

func TestImportArrowsAreHeld(t *testing.T) {
	all := map[string][]string{
		"a": {"umqtt/b", "fmt", "x.org/m/sub"},
		"b": {"encoding/json"},
		"c": {"umqtt/a", "umqtt/b"},
	}
	for _, test := range []struct {
		reason  string
		allowed map[string][]string
		want    string
	}{
		{"all as it is", map[string][]string{"a": {"b", "x.org/m"}, "b": {}, "c": {everything}}, ""},
		{"one of ours too much", map[string][]string{"a": {"x.org/m"}, "b": {}, "c": {everything}}, "a imports umqtt/b, which its arrow does not allow"},
		{"another module", map[string][]string{"a": {"b", "x.org/other"}, "b": {}, "c": {everything}},
			"a does not import x.org/other, which stands behind its arrow; a imports x.org/m/sub, which its arrow does not allow"},
		{"an arrow that nothing follows", map[string][]string{"a": {"b", "x.org/m"}, "b": {"a"}, "c": {everything}}, "b does not import a, which stands behind its arrow"},
		{"no arrow", map[string][]string{"a": {"b", "x.org/m"}, "c": {everything}}, "b has no arrow"},
		{"no package", map[string][]string{"a": {"b", "x.org/m"}, "b": {}, "c": {everything}, "d": {}}, "d has an arrow and is no package"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			if got := strings.Join(strays(all, test.allowed), "; "); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// Every package has one line on the map, and every line a package, or a module of its own.
func TestMapIsWhole(t *testing.T) {
	onMap := map[string]bool{}
	all := imports(t)
	for _, line := range section(t, "The map") {
		name, doc, _ := strings.Cut(line, " ")
		if onMap[name] {
			t.Errorf("%s is on the map twice", name)
		}
		if strings.TrimSpace(doc) == "" {
			t.Errorf("the map does not say what %s is", name)
		}
		onMap[name] = true
		if _, ok := all[name]; ok {
			continue
		}
		if _, err := os.Stat(filepath.Join("..", name, "go.mod")); err != nil {
			t.Errorf("%s is on the map and is no package", name)
		}
	}
	for name := range all {
		if !onMap[name] {
			t.Errorf("%s is not on the map", name)
		}
	}
}
