package report_test

import (
	"bytes"
	"fmt"
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

func ExampleNewMatrix() {
	run := func(subject string, v judge.Verdict) report.Source {
		var b bytes.Buffer
		rep := report.NewJSON(&b, report.Options{World: "simulated"})
		rep.Add(&judge.Result{Scenario: &scenario.Scenario{Name: "qos1/puback-lost"}, Subject: subject, Verdict: v})
		rep.End(false)
		d, _ := report.ParseDocument(b.Bytes())
		return report.Source{Document: d}
	}
	m := report.NewMatrix(run("one", judge.Pass), run("two", judge.Warn))
	for _, row := range m.Scenarios {
		fmt.Println(row.Name, row.Cells[0].Verdict, row.Cells[1].Verdict)
	}
	// Output:
	// qos1/puback-lost pass warn
}

func ExampleCounts() {
	counts := report.Counts{judge.Pass: 40, judge.Warn: 1, judge.Unsupported: 3}
	os.Stdout.WriteString(counts.Verdicts() + "\n" + counts.String() + "\n")
	// Output:
	// 40 pass, 1 warn, 3 unsupported
	// 41 passed, 0 failed, 3 skipped
}
