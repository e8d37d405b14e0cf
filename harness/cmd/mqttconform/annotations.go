package main

import (
	"fmt"
	"io"
	"strings"

	"umqtt/harness/judge"
	"umqtt/harness/report"
)

// annotations is a report for GitHub Actions, which shows each failure beside its step in the scenario file.
type annotations struct {
	w   io.Writer
	err error
}

// Add implements [report.Report].
func (a *annotations) Add(res *judge.Result) {
	if report.OutcomeOf(res.Shown()) != report.Failed {
		return
	}
	f := res.Reason()
	if f == nil {
		f = &judge.Failure{Message: string(res.Shown())}
	}
	at := res.Scenario.File
	if f.Pos.Line > 0 {
		at = f.Pos.File
	}
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	message := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	line := "::error file=" + property.Replace(at)
	if f.Pos.Line > 0 {
		line += fmt.Sprintf(",line=%d,col=%d", f.Pos.Line, f.Pos.Col)
	}
	line += ",title=" + property.Replace(judge.Printable(res.Scenario.Name+" with "+res.Subject))
	if _, err := fmt.Fprintf(a.w, "%s::%s\n", line, message.Replace(strings.TrimSpace(f.Report()))); err != nil && a.err == nil {
		a.err = err
	}
}

// End implements [report.Report].
func (a *annotations) End(bool) error { return a.err }
