package scenario_test

import (
	"io/fs"
	"os"
	"testing"

	"go.yaml.in/yaml/v4"

	"umqtt/harness/scenario"
	"umqtt/scenarios"
)

// goodFiles returns the suite and testdata/good.
func goodFiles(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for dir, fsys := range map[string]fs.FS{"": scenarios.FS(), "testdata/good/": os.DirFS("testdata/good")} {
		err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || name == scenario.AliasesFile {
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
		all, err := scenario.ParseAll(name, b)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, s := range all {
			for step := range s.AllSteps() {
				used[step.Key] = true
			}
		}
		var v any
		if err := yaml.Unmarshal(b, &v); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if err := schema.Validate(asJSON(t, v)); err != nil {
			t.Errorf("%s: the schema refuses what scenario.ParseAll accepts: %v", name, err)
		}
	}
	for _, v := range scenario.Table() {
		if !used[v.Key] {
			t.Errorf("no good file has the step %s", v.Key)
		}
	}
}
