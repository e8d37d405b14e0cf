package scenarios_test

import (
	"flag"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/scenario"
	"umqtt/harness/scenario/schema"
	"umqtt/scenarios"
)

var update = flag.Bool("update", false, "rewrite scenario.schema.json and README.md")

// The files of the suite keep the rules that mqttconform check has for them.
func TestSuiteFiles(t *testing.T) {
	suite, err := scenario.Load(scenarios.FS())
	if err != nil {
		t.Fatal(err)
	}
	if err := scenario.CheckSuite(scenarios.FS(), suite); err != nil {
		t.Error(err)
	}
	if !slices.ContainsFunc(suite, func(s *scenario.Scenario) bool { return s.World == scenario.Simulated }) {
		t.Error("no scenario is for the simulated world only")
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
