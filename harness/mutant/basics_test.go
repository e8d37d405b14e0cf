package mutant_test

import (
	"flag"
	"slices"
	"testing"

	"umqtt/harness/mutant"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

// A mistake in a row, such as a wrong name, an empty Doc or a rule that no scenario covers, is reported within seconds:
// this test runs before those that play, and they are not started when it fails.
func TestBasics(t *testing.T) {
	defer func() {
		if t.Failed() {
			flag.Set("test.failfast", "true")
		}
	}()
	t.Run("well-formed", TestMutantsAreWellFormed)
	suite := suite(t)
	for _, m := range mutant.All() {
		t.Run(m.Name, func(t *testing.T) { checkReach(t, m, suite) })
	}
}

// checkReach checks that the mutant has subjects, and for each of these a scenario that the subject can play and that
// covers a rule which the mutant violates.
func checkReach(t *testing.T, m mutant.Mutant, suite []*scenario.Scenario) {
	for _, name := range m.Subjects {
		i := slices.IndexFunc(subject.ByName(), func(f subject.Factory) bool { return f.Name == name })
		if i < 0 {
			t.Errorf("Subjects: there is no built-in subject %q", name)
			continue
		}
		f := subject.ByName()[i]
		able := func(sc *scenario.Scenario) bool {
			return !slices.ContainsFunc(sc.Needs, func(n scenario.Feature) bool { return !slices.Contains(f.Features, n) })
		}
		if !slices.ContainsFunc(suite, func(sc *scenario.Scenario) bool {
			return able(sc) && slices.ContainsFunc(sc.Covers, func(id string) bool { return slices.Contains(m.Violates, id) })
		}) {
			t.Errorf("no scenario that %s can play covers one of %v: write one that fails with this mutant, or correct Violates", name, m.Violates)
		}
	}
}
