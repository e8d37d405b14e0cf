package fuzz

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// targetFunc is a fuzz target with the start of its body.
var targetFunc = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(f \*testing\.F\) \{\n((?s:.*?))\tf\.Fuzz\(`)

// The list that .ci/fuzz and the build for ClusterFuzzLite read has every target. Each target has seeds, and each
// committed corpus a target and inputs.
func TestTargets(t *testing.T) {
	list, err := os.ReadFile("../.clusterfuzzlite/targets")
	if err != nil {
		t.Fatal(err)
	}
	var listed, found []string
	for line := range strings.Lines(string(list)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
			listed = append(listed, line)
		}
	}
	module := os.DirFS("..")
	corpora := map[string]int{}
	err = fs.WalkDir(module, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "harness/peers" || name != "." && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir // a module of its own, which has no target
		case d.IsDir():
			return nil
		}
		b, err := fs.ReadFile(module, name)
		if err != nil {
			return err
		}
		dir, target := path.Split(path.Dir(name))
		if pkg, ok := strings.CutSuffix(dir, "/testdata/fuzz/"); ok {
			corpora["./"+pkg+" "+target]++
			if !bytes.HasPrefix(b, []byte("go test fuzz v1\n")) {
				t.Errorf("%s is no input of a fuzz target", name)
			}
			return nil
		}
		if !strings.HasSuffix(name, "_test.go") {
			return nil
		}
		for _, m := range targetFunc.FindAllSubmatch(b, -1) {
			found = append(found, "./"+path.Dir(name)+" "+string(m[1]))
			if !bytes.Contains(m[2], []byte("f.Add(")) {
				t.Errorf("%s: %s has no seeds", name, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(listed)
	slices.Sort(found)
	if diff := cmp.Diff(found, listed); diff != "" {
		t.Errorf(".clusterfuzzlite/targets (-the code +listed):\n%s", diff)
	}
	for corpus := range corpora {
		if !slices.Contains(found, corpus) {
			t.Errorf("a corpus of %s, which is no target", corpus)
		}
	}
	if len(corpora) < 4 {
		t.Errorf("%d corpora", len(corpora))
	}
}
