package main

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSuiteNames holds that a scenario is called the same whichever way it is reached, and that its
// positions lead to its file.
func TestSuiteNames(t *testing.T) {
	dir := t.TempDir()
	passes := read(t, "testdata/mixed/connect/passes.yaml")
	for _, name := range []string{"suite/a/one.yaml", "suite/a/deep/two.yaml", "suite/a-b/three.yaml", "suite/top.yaml"} {
		write(t, dir, name, strings.Replace(passes, "c1", name, 1))
	}
	t.Chdir(dir)
	abs, err := os.Getwd() // TempDir may lead through links
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		want []string // name file
	}{
		{"a tree", []string{"suite"}, []string{"a/one suite/a/one.yaml", "a-b/three suite/a-b/three.yaml", "a/deep/two suite/a/deep/two.yaml", "suite/top suite/top.yaml"}},
		{"a folder", []string{"./suite/a/"}, []string{"a/one suite/a/one.yaml", "deep/two suite/a/deep/two.yaml"}},
		{"files", []string{"suite/top.yaml", "./suite/a/one.yaml"}, []string{"a/one ./suite/a/one.yaml", "suite/top suite/top.yaml"}},
		{"a file twice", []string{"suite/a/one.yaml", filepath.Join(abs, "suite", "a", "one.yaml")}, []string{"a/one suite/a/one.yaml"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all, err := suite(tt.args)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, sc := range all {
				got = append(got, sc.Name+" "+sc.File)
				if sc.Steps[0].Pos.File != sc.File {
					t.Errorf("%s: a step is in %s", sc.File, sc.Steps[0].Pos.File)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("the folder itself", func(t *testing.T) {
		t.Chdir("suite/a")
		all, err := suite([]string{"."})
		if err != nil {
			t.Fatal(err)
		}
		if all[0].Name != "a/one" || all[0].File != "one.yaml" {
			t.Errorf("got %s %s", all[0].Name, all[0].File)
		}
	})
	t.Run("two of one name", func(t *testing.T) {
		write(t, dir, "other/a/one.yaml", passes)
		_, err := suite([]string{"suite", "other/a/one.yaml"})
		if err == nil || !strings.Contains(err.Error(), ": the scenario is called a/one, as is that of ") {
			t.Errorf("got %v", err)
		}
	})
}

// TestSuiteBuiltin holds that positions of the built-in suite are paths in the module.
func TestSuiteBuiltin(t *testing.T) {
	all, err := suite(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, sc := range all {
		if _, err := os.Stat(filepath.Join("../../..", sc.File)); err != nil {
			t.Error(err)
		}
		file := strings.TrimSuffix(strings.TrimPrefix(sc.File, "scenarios/"), ".yaml")
		if sc.Name != file && path.Dir(sc.Name) != file { // the latter is a case of a table
			t.Errorf("%s is in %s", sc.Name, sc.File)
		}
	}
}

// TestSuiteOfCases holds that a table of cases has the same names whichever way its file was reached.
func TestSuiteOfCases(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "own"), 0o777); err != nil {
		t.Fatal(err)
	}
	file := write(t, filepath.Join(dir, "own"), "table.yaml", `title: a table
covers: [MQTT-3.1.0-1]
level: must
why: a client begins with CONNECT (3.1)
peer: script
cases:
  one: {with: {code: 1}}
  two: {with: {code: 2}}
steps:
  - client connect: {as: up}
  - send CONNACK: {code: $code}
  - client fails: up
  - expect close:
    or: [expect DISCONNECT: ]
`)
	for _, at := range []string{dir, filepath.Join(dir, "own"), file} {
		all, err := suite([]string{at})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, sc := range all {
			names = append(names, sc.Name)
			if sc.Case.File != sc.File {
				t.Errorf("by %s: the case of %s is in %s, the scenario in %s", at, sc.Name, sc.Case.File, sc.File)
			}
		}
		if last := all[0].Steps[3]; len(last.Or) != 1 || last.Or[0].Pos.File != all[0].File {
			t.Errorf("by %s: the alternatives of %v are %+v", at, last.Pos, last.Or)
		}
		if got := strings.Join(names, " "); got != "own/table/one own/table/two" {
			t.Errorf("by %s: %s", at, got)
		}
	}
}
