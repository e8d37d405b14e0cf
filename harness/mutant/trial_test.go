package mutant_test

import (
	"testing"

	"umqtt/harness/capture"
	"umqtt/harness/mutant"
	"umqtt/harness/play"
	"umqtt/harness/subject"
)

// A mutant that changes nothing in a trial plays as the trial did: each packet at the same time, and the same verdict.
func TestUnchangedMutantsPlayAlike(t *testing.T) {
	suite := suite(t)
	o := play.Options{Strict: true}
	unchanged, changed := 0, 0
	for _, f := range subject.Builtin() {
		on := baseOf(f)
		for i := 7; i < len(suite); i += 197 {
			sc := suite[i]
			trial := mutant.NewTrial(f, on.mutants)
			want := play.Simulated(t, sc, trial.Factory(), o)
			if want.Capture == nil { // it plays in another world, or needs what the subject lacks
				continue
			}
			for _, m := range on.mutants {
				if trial.Changes(m.Name) {
					changed++
					continue
				}
				unchanged++
				got := play.Simulated(t, sc, m.Apply(f), o)
				if got.Verdict != want.Verdict || got.API != want.API || got.Trace != want.Trace {
					t.Errorf("%s with %s+%s: %s and api %s, want %s and %s\n%s", sc.Name, f.Name, m.Name, got.Verdict, got.API, want.Verdict, want.API,
						capture.Diff(got.Capture, want.Capture))
				}
			}
		}
	}
	if unchanged < 500 || changed < 100 {
		t.Errorf("%d mutants changed nothing in a scenario and %d something; there is too little to compare", unchanged, changed)
	}
}

// What wraps the adapter, and what the trial does not know, may change anything.
func TestTrialCannotTell(t *testing.T) {
	wraps := mutant.Mutant{Name: "wraps", Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return s }}
	trial := mutant.NewTrial(subject.Simple(), []mutant.Mutant{wraps, {Name: "does-nothing"}})
	for _, name := range []string{"wraps", "does-nothing", "unknown"} {
		if !trial.Changes(name) {
			t.Errorf("the mutant %s changes nothing", name)
		}
	}
}
