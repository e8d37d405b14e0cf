package scenarios

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// goodFiles returns the suite and testdata/good.
func goodFiles(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for dir, fsys := range map[string]fs.FS{"": FS(), "testdata/good/": os.DirFS("testdata/good")} {
		err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			all[dir+name], err = fs.ReadFile(fsys, name)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestGoodFiles(t *testing.T) {
	schema := compileSchema(t)
	used := map[string]bool{}
	for name, b := range goodFiles(t) {
		all, err := ParseAll(name, b)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, s := range all {
			for _, step := range s.Steps {
				used[step.Key] = true
			}
		}
		var v any
		if err := yaml.Unmarshal(b, &v); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if err := schema.Validate(asJSON(t, v)); err != nil {
			t.Errorf("%s: the schema refuses what ParseAll accepts: %v", name, err)
		}
	}
	for _, v := range Table() {
		if !used[v.Key] {
			t.Errorf("no good file has the step %s", v.Key)
		}
	}
}

// The suite's own files lie in directories by behaviour, and name their schema to editors.
func TestSuiteFiles(t *testing.T) {
	behaviours := " connect publish subscribe session qos1 qos2 keepalive recursion reconnect will malformed network "
	suite, err := Load(FS())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range suite {
		dir, name, _ := strings.Cut(strings.TrimSuffix(s.File, ".yaml"), "/")
		if !strings.Contains(behaviours, " "+dir+" ") {
			t.Errorf("%s: %s is not one of the behaviours%s", s.File, dir, behaviours)
		}
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%s: a name has lower case letters, digits and dashes", s.File)
		}
		b, err := fs.ReadFile(FS(), s.File)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(b), "# yaml-language-server: $schema=../scenario.schema.json\n") {
			t.Errorf("%s: the first line does not name the schema", s.File)
		}
	}
}
