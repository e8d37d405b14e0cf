package main

import (
	"errors"
	"testing"

	"umqtt/golden"
	"umqtt/harness/capture"
	"umqtt/harness/play"
	"umqtt/scenarios"
)

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
