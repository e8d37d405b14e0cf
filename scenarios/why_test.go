package scenarios_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/scenario"
	"umqtt/scenarios"
)

// Each scenario at the level must says which sentence of the standard it rests on, but for those that
// testdata/without-why.txt lists. A file that gets its why is taken off the list; no new one goes on it.
func TestMustSaysWhy(t *testing.T) {
	suite, err := scenario.Load(scenarios.FS())
	if err != nil {
		t.Fatal(err)
	}
	var without []string
	for _, s := range suite {
		if s.Level == scenario.Must && s.Why == "" && !slices.Contains(without, s.File) {
			without = append(without, s.File)
		}
	}
	b, err := os.ReadFile("testdata/without-why.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Fields(string(b)), slices.Sorted(slices.Values(without))); diff != "" {
		t.Errorf("scenarios at the level must without why (-listed +found):\n%s", diff)
	}
}
