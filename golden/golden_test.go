package golden_test

import (
	"flag"
	"testing"

	"umqtt/golden"
	"umqtt/harness/play"
	"umqtt/harness/subject"
	"umqtt/scenarios"
)

// This test owns -update: nothing else in the module writes goldens.
var update = flag.Bool("update", false, "rewrite the goldens from what the subjects do now")

// Every scenario passes with every built-in subject that can play it in the simulated world, and its
// capture is the golden one. There is no golden that belongs to none.
func TestGoldens(t *testing.T) {
	all, err := scenarios.Load(scenarios.FS())
	if err != nil {
		t.Fatal(err)
	}
	known := map[[2]string]bool{}
	for _, f := range subject.Builtin() {
		for _, sc := range all {
			known[[2]string{f.Name, sc.Name}] = play.Suits(sc, f, scenarios.Simulated) == ""
		}
	}
	for _, f := range subject.Builtin() {
		t.Run(f.Name, func(t *testing.T) {
			for _, sc := range all {
				t.Run(sc.Name, func(t *testing.T) {
					res := play.Simulated(t, sc, f, play.Options{})
					if res.Verdict == play.Unsupported {
						t.Skip(res.Failure.Message)
					}
					if res.Verdict != play.Pass {
						t.Fatalf("%s\n%s", res.Verdict, res.Failure.Report())
					}
					if *update {
						err = golden.Update(f.Name, sc.Name, res.Capture)
					} else {
						err = golden.Compare(f.Name, sc.Name, res.Capture)
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
	belongs := func(subject, scenario string) bool { return known[[2]string{subject, scenario}] }
	if *update && !t.Failed() {
		if _, err := golden.Prune(belongs); err != nil {
			t.Fatal(err)
		}
	}
	orphans, err := golden.Orphans(belongs)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range orphans {
		t.Errorf("%s belongs to no scenario; go test ./golden -update removes it", path)
	}
}
