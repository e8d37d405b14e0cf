package explore_test

import (
	"slices"
	"testing"

	"umqtt/harness/explore"
	"umqtt/harness/mutant"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

// toothless lists the must scenarios that fail with no mutant which violates what they cover, and why.
var toothless = map[string]string{}

// A must scenario that fails with no client at all demands nothing. One that fails only with a mutant which is
// wrong in something else covers the wrong thing. Those that no built-in subject plays here are not asked.
func TestEveryMustScenarioKills(t *testing.T) {
	if raced {
		t.Skip("it is about the suite, not about the code; it runs without the race detector")
	}
	strictly := explore.Strictly(t)
	seen := map[string]bool{}
	for _, sc := range suite(t) {
		played := slices.ContainsFunc(subject.Builtin(), func(f subject.Factory) bool { return play.Suits(sc, f, scenario.Simulated) == "" })
		if sc.Level != scenario.Must || !played {
			continue
		}
		seen[sc.Name] = true
		_, _, kills := explore.Killer(sc, explore.Apt(sc, mutant.All()), subject.Builtin(), strictly)
		switch why, listed := toothless[sc.Name]; {
		case !kills && !listed:
			t.Errorf("%s fails with no mutant that violates %v", sc.Name, sc.Covers)
		case kills && listed:
			t.Errorf("%s fails with a mutant; the list says it does not: %s", sc.Name, why)
		}
	}
	for name := range toothless {
		if !seen[name] {
			t.Errorf("%s is no must scenario", name)
		}
	}
}

// What no mutant makes fail has no killer, and one that kills is named with its subject.
func TestKiller(t *testing.T) {
	strictly := explore.Strictly(t)
	twice, _ := mutant.Find("connect-twice")
	for _, sc := range suite(t) {
		if sc.Name != "connect/plain" {
			continue
		}
		if m, s, ok := explore.Killer(sc, []mutant.Mutant{twice}, subject.Builtin(), strictly); m != "connect-twice" || s != "simple" || !ok {
			t.Errorf("killer %s of %s, %t", m, s, ok)
		}
		if m, _, ok := explore.Killer(sc, nil, subject.Builtin(), strictly); ok {
			t.Errorf("killer %q among none", m)
		}
		return
	}
	t.Error("there is no connect/plain")
}
