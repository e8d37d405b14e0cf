package scenarios_test

import (
	"flag"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/scenario"
	"umqtt/harness/scenario/schema"
	"umqtt/scenarios"
)

var update = flag.Bool("update", false, "rewrite scenario.schema.json and README.md")

// The suite's own files lie in directories by behaviour, and name their schema to editors.
func TestSuiteFiles(t *testing.T) {
	behaviours := " connect publish subscribe session qos1 qos2 keepalive recursion reconnect will malformed network concurrent tls websocket "
	suite, err := scenario.Load(scenarios.FS())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range suite {
		dir, _, _ := strings.Cut(s.File, "/")
		if !strings.Contains(behaviours, " "+dir+" ") {
			t.Errorf("%s: %s is not one of the behaviours%s", s.File, dir, behaviours)
		}
		b, err := fs.ReadFile(scenarios.FS(), s.File)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(b), "# yaml-language-server: $schema=../scenario.schema.json\n") {
			t.Errorf("%s: the first line does not name the schema", s.File)
		}
	}
}

// The files are what editors and people read.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	for name, want := range map[string][]byte{"scenario.schema.json": schema.JSON(), "README.md": schema.Reference()} {
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is not current; go test ./scenarios -update rewrites it (-want +got):\n%s", name, diff)
		}
	}
}
