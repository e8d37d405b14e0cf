package scenario_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/scenario"
)

const (
	aliasOne = "title: One\nlevel: may\npeer: script\nsteps:\n  - client connect:\n  - expect CONNECT:\n"
	aliasTab = "title: Two\nlevel: may\npeer: script\ncases:\n  high: {with: {wait: 2s}}\n  low: {with: {wait: 1s}}\nsteps:\n  - client connect:\n  - expect CONNECT:\n  - expect silence: $wait\n"
)

func aliased(t *testing.T, list string) ([]*scenario.Scenario, error) {
	t.Helper()
	return scenario.Load(fstest.MapFS{
		"a/one.yaml":         {Data: []byte(aliasOne)},
		"a/two.yaml":         {Data: []byte(aliasTab)},
		scenario.AliasesFile: {Data: []byte(list)},
	})
}

// An old name selects what has the place of its scenario.
func TestAliases(t *testing.T) {
	all, err := aliased(t, "# what was\n\nb/first\ta/one\na/uno\ta/one\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b/first", "a/uno"}, all[0].Aliases); diff != "" {
		t.Errorf("aliases (-want +got):\n%s", diff)
	}
	for pattern, want := range map[string]bool{"b/first": true, "a/uno": true, "b/*st": true, "a/one": true, "a/ten": false, "b": false} {
		if got, err := all[0].Matches(pattern); got != want || err != nil {
			t.Errorf("%s: %t, %v; want %t", pattern, got, err, want)
		}
	}
	if _, err := all[0].Matches("["); err == nil {
		t.Error("a pattern that is none: no error")
	}
}

// The old name of a table stands for all of its cases, and one case may have had a name of its own.
func TestAliasesOfCases(t *testing.T) {
	all, err := aliased(t, "b/old\ta/two\nb/max\ta/two/high\n")
	if err != nil {
		t.Fatal(err)
	}
	for pattern, want := range map[string][]string{
		"b/old": {"a/two/high", "a/two/low"}, "b/old/low": {"a/two/low"}, "b/max": {"a/two/high"}, "a/two": {"a/two/high", "a/two/low"},
	} {
		var got []string
		for _, s := range all {
			if ok, _ := s.Matches(pattern); ok {
				got = append(got, s.Name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", pattern, diff)
		}
	}
}

func TestAliasesRefused(t *testing.T) {
	for _, tt := range []struct{ reason, list, want string }{
		{"one column", "a/one\n", "aliases.tsv:1:1: want an old name, a tab and a new name"},
		{"three columns", "a\tb\tc\n", "aliases.tsv:1:1: want an old name, a tab and a new name"},
		{"no such scenario", "a/uno\ta/three\n", "aliases.tsv:1:1: there is no scenario a/three"},
		{"twice", "a/uno\ta/one\na/uno\ta/one\n", "aliases.tsv:2:1: a/uno is given twice"},
		{"still a name", "a/one\ta/one\n", "aliases.tsv:1:1: a/one is the name of a scenario"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			_, err := aliased(t, tt.list)
			if err == nil || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}
