package golden_test

import (
	"flag"
	"testing"

	"umqtt/golden"
	"umqtt/harness"
	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/scenarios"
)

// This package owns -update: nothing else in the module writes goldens.
var update = flag.Bool("update", false, "rewrite the goldens from what the subjects do now")

// Every scenario passes with every built-in subject that can play it in the simulated world, at every level,
// and its capture is the golden one. There is no golden that belongs to none. The long scenarios are not played with the
// race detector.
func TestGoldens(t *testing.T) {
	if *update {
		rewrite(t)
	} else {
		harness.Run(t, harness.Params{Golden: true, Strict: true, Long: !raced})
	}
	orphans, err := golden.Orphans(belongs(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range orphans {
		t.Errorf("%s belongs to no scenario; go test ./golden -update removes it", path)
	}
}

// rewrite makes the goldens anew. Where a scenario fails, its golden and the orphans stay as they are.
func rewrite(t *testing.T) {
	all := suite(t)
	for _, f := range subject.Builtin() {
		for _, sc := range all {
			res := play.Simulated(t, sc, f, play.Options{Strict: true, Long: true})
			switch res.Shown() {
			case judge.Unsupported:
			case judge.Pass:
				if err := golden.Update(f.Name, sc.Name, res.Capture); err != nil {
					t.Error(err)
				}
			default:
				t.Errorf("%s %s: %s\n%s", f.Name, sc.Name, res.Shown(), res.Reason().Report())
			}
		}
	}
	if t.Failed() {
		return
	}
	if _, err := golden.Prune(belongs(t)); err != nil {
		t.Error(err)
	}
}

func suite(t *testing.T) []*scenario.Scenario {
	t.Helper()
	all, err := scenario.Load(scenarios.FS())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// belongs tells which goldens there must be.
func belongs(t *testing.T) func(subject, scenario string) bool {
	known := map[[2]string]bool{}
	all := suite(t)
	for _, f := range subject.Builtin() {
		for _, sc := range all {
			known[[2]string{f.Name, sc.Name}] = play.Suits(sc, f, scenario.Simulated) == ""
		}
	}
	return func(subject, scenario string) bool { return known[[2]string{subject, scenario}] }
}
