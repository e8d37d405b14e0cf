package report

import (
	"testing"

	"umqtt/harness/play"
)

func TestOutcomeOf(t *testing.T) {
	for v, want := range map[play.Verdict]Outcome{
		play.Pass: Passed, play.Warn: Passed, play.Info: Passed, play.KnownFail: Passed,
		play.Fail: Failed, play.SetupError: Failed,
		play.Unsupported: Skipped, play.Inconclusive: Skipped,
		"": Failed, "passed": Failed,
	} {
		if got := OutcomeOf(v); got != want {
			t.Errorf("%q: %s, want %s", v, got, want)
		}
	}
}
