package client_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"umqtt/scenarios"
)

// The tables of proofs of this package and of robust: each promise has one, each test
// and each scenario exists.
func TestProofs(t *testing.T) {
	tests := testNames(t)
	for file, least := range map[string]int{"PROOFS.md": 60, "robust/PROOFS.md": 40} {
		t.Run(file, func(t *testing.T) {
			table, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if n := checkProofs(t, string(table), tests); n < least {
				t.Errorf("only %d promises", n)
			}
		})
	}
}

// checkProofs checks a table of proofs and counts its promises.
func checkProofs(t *testing.T, table string, tests map[string]bool) (promises int) {
	proofs, promise := 0, ""
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
		if names, ok := strings.CutPrefix(line, "\t\t"); ok {
			prove(names)
			continue
		}
		if promise != "" && proofs == 0 {
			t.Errorf("%s: no proof", promise)
		}
		promise, proofs = "", 0
		if text, ok := strings.CutPrefix(line, "\t"); ok {
			promise = text
			promises++
		}
	}
	return promises
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
