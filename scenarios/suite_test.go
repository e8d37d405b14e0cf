package scenarios_test

import (
	"flag"
	"io/fs"
	"os"
	"regexp"
	"slices"
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

// elsewhere finds the names of other scenarios in a reason.
var elsewhere = regexp.MustCompile(`[a-z0-9]+/[a-z0-9-]+`)

// An external client plays in the real world only. What it does not meet there has another form that it meets and
// that covers one of the same rules, or a reason why there can be none: what differs over TCP from run to run, or what
// half a minute does not show.
func TestRealForms(t *testing.T) {
	suite, err := scenario.Load(scenarios.FS())
	if err != nil {
		t.Fatal(err)
	}
	simulated := 0
	for _, s := range suite {
		if s.World != scenario.Simulated {
			continue
		}
		simulated++
		form := elsewhere.FindString(s.Reason)
		if form == "" {
			if !strings.Contains(s.Reason, "over TCP") && !strings.Contains(s.Reason, "half a minute") {
				t.Errorf("%s: the reason neither names a scenario of the real world nor says why there is none: %s", s.Name, s.Reason)
			}
			continue
		}
		shows := func(o *scenario.Scenario) bool {
			same := func(id string) bool { return slices.Contains(o.Covers, id) }
			return strings.TrimSuffix(o.File, ".yaml") == form && o.World.Plays(scenario.Real) && slices.ContainsFunc(s.Covers, same)
		}
		if !slices.ContainsFunc(suite, shows) {
			t.Errorf("%s: the reason names %s, which does not play in the real world or covers none of %v", s.Name, form, s.Covers)
		}
	}
	if simulated == 0 {
		t.Error("no scenario is for the simulated world only")
	}
}
