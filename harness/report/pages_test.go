package report_test

import (
	"bytes"
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
	"matrix": func(t *testing.T, w io.Writer) error {
		var sources []report.Source
		for i := range 6 {
			var b bytes.Buffer
			rep := report.NewJSON(&b, report.Options{World: "simulated"})
			for k, f := range playFailures(t) {
				res := *f.res
				res.Subject = fmt.Sprintf("client-%d", i+1)
				if k%6 == i {
					res.Verdict, res.Failure, res.API, res.APIFailures = judge.Pass, nil, judge.Pass, nil
				}
				if k%5 != i {
					rep.Add(&res)
				}
			}
			for _, res := range append(report.Results(), report.Hostile()) {
				res.Subject = fmt.Sprintf("client-%d", i+1)
				rep.Add(res)
			}
			if err := rep.End(i == 5); err != nil {
				return err
			}
			d, err := report.ParseDocument(b.Bytes())
			if err != nil {
				return err
			}
			sources = append(sources, report.Source{Document: d})
		}
		return report.NewMatrix(sources...).HTML(w)
	},
}
