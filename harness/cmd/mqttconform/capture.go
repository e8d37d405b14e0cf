package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"umqtt/golden"
	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/report"
	"umqtt/harness/scenario"
)

// keepCapture is what a report says of a capture when there is no folder for captures.
const keepCapture = "not kept; with --captures DIR it is"

// writeCapture writes the capture of a result to dir/<subject>/<scenario>.wire and returns that file,
// unless dir is empty or nothing was played. Names that lead out of dir are an error. What failed is written like what passed. In the simulated world in FIFO order it is what golden/ holds; in the
// real one its times are marked as measured.
func writeCapture(dir string, res *judge.Result) (file string, err error) {
	if dir == "" || res.Capture == nil {
		return "", nil
	}
	c := res.Capture
	if res.World == scenario.Real {
		c = c.AsMeasured()
	}
	below := filepath.Join(res.Subject, filepath.FromSlash(res.Scenario.Name)+".wire")
	if strings.ContainsAny(res.Subject, `/\`) || !filepath.IsLocal(res.Subject) || !filepath.IsLocal(below) {
		return "", fmt.Errorf("a capture could not be written: subject %q or scenario %q is not valid in a file name", res.Subject, res.Scenario.Name)
	}
	file = filepath.Join(dir, below)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return "", fmt.Errorf("a capture could not be written: %w", err)
	}
	if err := os.WriteFile(file, capture.Format(c), 0o666); err != nil {
		return "", fmt.Errorf("a capture could not be written: %w", err)
	}
	return file, nil
}

// holdAgainst turns a result that went as it should into a failure when its capture is not the golden
// that was kept. Where none was kept it is content: that all are there is for the tests of golden.
func holdAgainst(res *judge.Result, compare func(subject, scenario string, c *capture.Capture) error) {
	if report.OutcomeOf(res.Shown()) != report.Passed {
		return
	}
	err := compare(res.Subject, res.Scenario.Name, res.Capture)
	var missing *golden.MissingError
	if err == nil || errors.As(err, &missing) {
		return
	}
	res.Verdict = judge.Fail
	res.Failure = &judge.Failure{Message: strings.TrimSpace(err.Error()), Covers: res.Scenario.Covers}
}
