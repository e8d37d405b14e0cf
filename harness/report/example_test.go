package report_test

import (
	"os"

	"umqtt/harness/judge"
	"umqtt/harness/report"
	"umqtt/harness/scenario"
)

func ExampleText() {
	rep := report.NewText(os.Stdout, report.Options{})
	rep.Add(&judge.Result{Scenario: &scenario.Scenario{Name: "qos1/puback-lost"}, Subject: "simple", Verdict: judge.Pass})
	rep.Add(&judge.Result{Scenario: &scenario.Scenario{Name: "qos2/pubrec-lost"}, Subject: "simple", Verdict: judge.Unsupported,
		Failure: &judge.Failure{Message: "the client lacks the feature qos2"}})
	rep.End(false)
	// Output:
	// qos1
	//   pass          simple   puback-lost  0.000s
	// qos2
	//   unsupported   simple   pubrec-lost  the client lacks the feature qos2
	//
	// 1 pass, 1 unsupported
	// 1 passed, 0 failed, 1 skipped
}

func ExampleCounts() {
	counts := report.Counts{judge.Pass: 40, judge.Warn: 1, judge.Unsupported: 3}
	os.Stdout.WriteString(counts.Verdicts() + "\n" + counts.String() + "\n")
	// Output:
	// 40 pass, 1 warn, 3 unsupported
	// 41 passed, 0 failed, 3 skipped
}
