package explore_test

import (
	"slices"
	"testing"

	"umqtt/harness/explore"
	"umqtt/harness/mutant"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// Each statement that a client can be seen to break is broken by a mutant, which a scenario kills that covers it.
// What no scenario can show has its reason in package spec.
func TestEveryStatementIsBroken(t *testing.T) {
	if raced {
		t.Skip("it is about the suite, not about the code; it runs without the race detector")
	}
	all, play := suite(t), explore.Strictly(t)
	for _, r := range spec.Statements() {
		if r.Testable == "no" {
			continue
		}
		broken := func(m mutant.Mutant) bool {
			return len(explore.Breakers(r.ID, []mutant.Mutant{m}, subject.Builtin(), all, play)) > 0
		}
		covered := slices.ContainsFunc(all, func(sc *scenario.Scenario) bool { return slices.Contains(sc.Covers, r.ID) })
		switch why := r.Uncovered(); {
		case covered && why != "":
			t.Errorf("%s is covered; package spec says it cannot be: %s", r.ID, why)
		case why != "":
		case !covered:
			t.Errorf("no scenario covers %s: %s", r.ID, r.Text)
		case !slices.ContainsFunc(mutant.All(), broken): // one is enough
			t.Errorf("no mutant that violates %s is killed by a scenario that covers it: %s", r.ID, r.Text)
		}
	}
}
