package client_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"umqtt/scenarios"
)

// The table of proofs in the package comment: each promise has one, each test and
// each scenario exists.
func TestProofs(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(doc), "# Promises, and what proves them")
	if !ok {
		t.Fatal("doc.go has no table of proofs")
	}
	tests := testNames(t)
	promises, proofs := 0, 0
	promise := ""
	prove := func(line string) {
		for _, name := range strings.Fields(line) {
			proofs++
			_, err := fs.Stat(scenarios.FS(), name+".yaml")
			if strings.Contains(name, "/") && err != nil || !strings.Contains(name, "/") && !tests[name] {
				t.Errorf("%s: there is no %s", promise, name)
			}
		}
	}
	for line := range strings.Lines(table) {
		line = strings.TrimRight(line, "\n")
		if names, ok := strings.CutPrefix(line, "//\t\t"); ok {
			prove(names)
			continue
		}
		if promise != "" && proofs == 0 {
			t.Errorf("%s: no proof", promise)
		}
		promise, proofs = "", 0
		if text, ok := strings.CutPrefix(line, "//\t"); ok {
			promise = text
			promises++
		}
	}
	if promises < 40 {
		t.Errorf("only %d promises", promises)
	}
}

// testNames returns the tests, fuzz targets and examples of the module.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)\w*)\(`)
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(root, path)
		for _, m := range declared.FindAllSubmatch(text, -1) {
			names[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
