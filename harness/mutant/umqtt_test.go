package mutant_test

import (
	"slices"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/mutant"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/scenarios"
)

// Each fault of upstream umqtt is named: its scenario fails on umqtt as it is, and on a mutant that has that fault
// alone, and passes on the subject that the mutant is made of.
func TestUmqttFaultsAreNamed(t *testing.T) {
	suite, err := scenario.Load(scenarios.FS())
	if err != nil {
		t.Fatal(err)
	}
	verdict := func(t *testing.T, sc *scenario.Scenario, f subject.Factory) (bad bool, res *judge.Result) {
		res = play.Simulated(t, sc, f, play.Options{Strict: true, Long: true})
		if res.Verdict == judge.SetupError || res.Verdict == judge.Unsupported || res.Verdict == judge.Inconclusive {
			t.Fatalf("%s on %s: %s %v", sc.Name, f.Name, res.Verdict, res.Failure)
		}
		return res.Verdict == judge.Fail || res.API == judge.Fail, res
	}
	for _, fault := range mutant.UmqttFaults() {
		t.Run(fault.Does, func(t *testing.T) {
			i := slices.IndexFunc(suite, func(sc *scenario.Scenario) bool { return sc.Name == fault.Scenario })
			if i < 0 {
				t.Fatalf("there is no scenario %s", fault.Scenario)
			}
			sc := suite[i]
			bad, res := verdict(t, sc, subject.UmqttAsItIs())
			if !bad {
				t.Errorf("%s does not fail on umqtt as it is", sc.Name)
			}
			t.Logf("%s: %v", sc.Name, append(res.APIFailures, res.Failure))
			if fault.Mutant == "" {
				return
			}
			m, ok := mutant.Find(fault.Mutant)
			if !ok {
				t.Fatalf("there is no mutant %s", fault.Mutant)
			}
			for _, f := range subject.Builtin() {
				if _, able := f.Has(sc.Needs); !m.For(f.Name) || !able {
					continue
				}
				short := sc.Shortened(20) // the goldens have the whole
				if bad, res := verdict(t, short, f); bad {
					t.Errorf("%s fails on %s: %v", sc.Name, f.Name, res.Failure)
				}
				if bad, _ := verdict(t, short, m.Apply(f)); bad {
					return
				}
			}
			t.Errorf("%s does not fail on the mutant %s", sc.Name, m.Name)
		})
	}
	if n := len(mutant.UmqttFaults()); n != 27 {
		t.Errorf("%d faults, want 27", n)
	}
}
