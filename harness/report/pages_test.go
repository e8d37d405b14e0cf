package report_test

import (
	"fmt"
	"io"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/report"
)

// pages writes one page of each kind, with something of everything.
var pages = map[string]func(*testing.T, io.Writer) error{
	"run": func(t *testing.T, w io.Writer) error {
		rep := report.NewHTML(w, report.Options{World: "simulated", Keep: "not kept"})
		for i, f := range playFailures(t) {
			f.res.Subject = fmt.Sprintf("%s-%d", f.res.Subject, i+1)
			if i%9 == 8 {
				f.res.Verdict = judge.Warn
			}
			rep.Add(f.res)
		}
		for _, res := range append(report.Results(), report.Hostile()) {
			rep.Add(res)
		}
		return rep.End(true)
	},
}
