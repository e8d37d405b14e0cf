package mutant_test

import (
	"slices"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/mutant"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

// A verdict is what came of a scenario with a subject, by which what should hold must. It fails the test where the
// scenario says nothing.
func verdict(t *testing.T, sc *scenario.Scenario, f subject.Factory) (bad bool, res *judge.Result) {
	t.Helper()
	res = play.Simulated(t, sc, f, play.Options{Strict: true, Long: true})
	if res.Verdict == judge.SetupError || res.Verdict == judge.Unsupported || res.Verdict == judge.Inconclusive {
		t.Fatalf("%s on %s: %s %v", sc.Name, f.Name, res.Verdict, res.Failure)
	}
	return res.Verdict == judge.Fail || res.API == judge.Fail, res
}

// named returns the scenario of that name.
func named(t *testing.T, name string) *scenario.Scenario {
	t.Helper()
	all := suite(t)
	i := slices.IndexFunc(all, func(sc *scenario.Scenario) bool { return sc.Name == name })
	if i < 0 {
		t.Fatalf("there is no scenario %s", name)
	}
	return all[i]
}

// notices fails the test unless a scenario fails with a mutant of some built-in subject, and with none of these
// subjects as it is.
func notices(t *testing.T, sc *scenario.Scenario, name string) {
	t.Helper()
	m, ok := mutant.Find(name)
	if !ok {
		t.Fatalf("there is no mutant %s", name)
	}
	sc = sc.Shortened(20) // the goldens have the whole
	for _, f := range subject.Builtin() {
		if _, able := f.Has(sc.Needs); !m.For(f.Name) || !able {
			continue
		}
		if bad, res := verdict(t, sc, f); bad {
			t.Errorf("%s fails on %s: %v", sc.Name, f.Name, res.Failure)
		}
		if bad, _ := verdict(t, sc, m.Apply(f)); bad {
			return
		}
	}
	t.Errorf("%s does not fail on the mutant %s", sc.Name, m.Name)
}

// Each fault of upstream umqtt is named: its scenario fails on umqtt as it is, and on a mutant that has that fault
// alone, and passes on the subject that the mutant is made of.
func TestUmqttFaultsAreNamed(t *testing.T) {
	for _, fault := range mutant.UmqttFaults() {
		t.Run(fault.Does, func(t *testing.T) {
			sc := named(t, fault.Scenario)
			if raced && sc.Long() {
				t.Skip("it is about the suite, not about the code; it runs without the race detector")
			}
			bad, res := verdict(t, sc, subject.UmqttAsItIs())
			if !bad {
				t.Errorf("%s does not fail on umqtt as it is", sc.Name)
			}
			t.Logf("%s: %v", sc.Name, append(res.APIFailures, res.Failure))
			if fault.Mutant != "" {
				notices(t, sc, fault.Mutant)
			}
		})
	}
	if n := len(mutant.UmqttFaults()); n != 27 {
		t.Errorf("%d faults, want 27", n)
	}
}
