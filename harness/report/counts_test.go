package report

import (
	"testing"

	"umqtt/harness/judge"
)

func TestOutcomeOf(t *testing.T) {
	for v, want := range map[judge.Verdict]Outcome{
		judge.Pass: Passed, judge.Warn: Passed, judge.Info: Passed, judge.KnownFail: Passed,
		judge.Fail: Failed, judge.SetupError: Failed,
		judge.Unsupported: Skipped, judge.Inconclusive: Skipped,
		"": Failed, "passed": Failed,
	} {
		if got := OutcomeOf(v); got != want {
			t.Errorf("%q: %s, want %s", v, got, want)
		}
	}
}
