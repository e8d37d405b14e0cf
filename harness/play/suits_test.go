package play_test

import (
	"strings"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// A subject that lacks a feature, or cannot play in a world, plays nothing there; the result says why.
func TestSuits(t *testing.T) {
	simulated := strings.Replace(acts, "steps:", exactly+"steps:", 1)
	external := factory(func(*fake) {})
	external.External = true
	stored := strings.Replace(acts, "needs: [qos1]", "needs: [qos1, keeps-in-store]", 1)
	external.Features = append(external.Features, spec.KeepsInStore)
	lacking := factory(func(*fake) {})
	lacking.Features = []spec.Feature{spec.ManualReconnect}
	for _, tt := range []struct {
		name    string
		play    func() *judge.Result
		message string
		missing spec.Feature
	}{
		{"a feature", func() *judge.Result { return play.Simulated(t, parse(t, acts), lacking, play.Options{}) }, "the client lacks the feature qos1", spec.QoS1},
		{"a feature, over TCP", func() *judge.Result { return play.Real(parse(t, acts), lacking, play.Options{}) }, "the client lacks the feature qos1", spec.QoS1},
		{"the world", func() *judge.Result { return play.Real(parse(t, simulated), factory(func(*fake) {}), play.Options{}) }, "it plays in the simulated world only: exact instants", ""},
		{"a subject that dials itself", func() *judge.Result { return play.Simulated(t, parse(t, acts), external, play.Options{}) }, "the client dials by itself and plays in the real world only", ""},
		{"a subject with a store of its own", func() *judge.Result { return play.Real(parse(t, stored), external, play.Options{}) }, "the client runs in a process of its own, and the harness cannot provide its store", ""},
	} {
		res := tt.play()
		if res.Verdict != judge.Unsupported || res.Failure.Message != tt.message || res.Missing != tt.missing || res.Scenario == nil || res.Subject != "fake" {
			t.Errorf("%s: verdict %s, missing %q, want unsupported: %v", tt.name, res.Verdict, res.Missing, res.Failure)
		}
	}
}

// A scenario that is long is played where it is asked for.
func TestLong(t *testing.T) {
	sc := publishesAgain(t, 3_000, "{packet_id: $id}")
	res := play.Simulated(t, sc, subject.Simple(), play.Options{})
	if want := "it plays 12008 steps, which takes seconds; the option long has it played"; res.Verdict != judge.Unsupported || res.Failure.Message != want {
		t.Errorf("%s: %v, want unsupported: %s", res.Verdict, res.Failure, want)
	}
	check(t, play.Simulated(t, sc.Shortened(20), subject.Simple(), play.Options{}), "")
	check(t, play.Simulated(t, sc, subject.Simple(), play.Options{Long: true}), "")
}
