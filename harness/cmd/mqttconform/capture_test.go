package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"umqtt/golden"
	"umqtt/harness/capture"
	"umqtt/harness/play"
	"umqtt/scenarios"
)

// TestRunGoldens holds which runs have goldens, and that one which differs fails the run.
func TestRunGoldens(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want bool
	}{
		{[]string{"--world", "simulated", "--filter", "qos1/*"}, true},
		{[]string{"--world", "simulated", "--strict", "--subject", "simple", "--filter", "qos1/*"}, true},
		{[]string{"--world", "real"}, false},
		{[]string{"--world", "simulated", "--seed", "1"}, false},
		{[]string{"--world", "simulated", "--settle", "2s"}, false},
		{[]string{"--world", "simulated", "--mutant", "connect-twice"}, false},
		{[]string{"--world", "simulated", "testdata/mixed"}, false},
	} {
		flags := newFlags("run")
		o := addRunFlags(flags)
		if err := flags.Parse(tt.args); err != nil {
			t.Fatal(err)
		}
		var stdout bytes.Buffer
		r, err := o.runner(app{stdout: &stdout, stderr: &stdout, host: func(body func(*testing.T) int) int { return body(t) }}, flags.Args())
		if err != nil {
			t.Fatal(err)
		}
		if got := r.golden != nil; got != tt.want {
			t.Errorf("%q: goldens %t, want %t", tt.args, got, tt.want)
		}
		if !tt.want {
			continue
		}
		r.golden = func(string, string, *capture.Capture) error { return errors.New("it is another") }
		if code := r.run(); code != exitFailed || !strings.Contains(stdout.String(), "\n    it is another\n") {
			t.Errorf("%q: exit code %d\n%s", tt.args, code, stdout.String())
		}
	}
}

func TestHoldAgainstGolden(t *testing.T) {
	changed := errors.New("it is another; keep it: go test ./golden -update")
	for _, tt := range []struct {
		name   string
		before play.Verdict
		err    error
		want   play.Verdict
	}{
		{"the golden", play.Pass, nil, play.Pass},
		{"no golden", play.Pass, &golden.MissingError{}, play.Pass},
		{"another", play.Pass, changed, play.Fail},
		{"another with a warning", play.Warn, changed, play.Fail},
		{"a failure", play.Fail, changed, play.Fail},
		{"not played", play.Unsupported, changed, play.Unsupported},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &capture.Capture{}
			res := &play.Result{Scenario: &scenarios.Scenario{Name: "a/b"}, Subject: "simple", Verdict: tt.before, Capture: c}
			holdAgainst(res, func(subject, scenario string, got *capture.Capture) error {
				if subject != "simple" || scenario != "a/b" || got != c {
					t.Errorf("compared %s %s", subject, scenario)
				}
				return tt.err
			})
			if res.Verdict != tt.want {
				t.Errorf("%s, want %s", res.Verdict, tt.want)
			}
			if replaced := res.Failure != nil; replaced != (tt.before != tt.want) {
				t.Errorf("failure %v", res.Failure)
			} else if replaced && res.Failure.Message != changed.Error() {
				t.Errorf("message %q", res.Failure.Message)
			}
		})
	}
}
