package judge

import (
	"slices"
	"testing"

	"umqtt/harness/scenario"
)

// What a result shows as a whole, and whether it fails the run.
func TestShown(t *testing.T) {
	wire := &Failure{Message: "wire", Covers: []string{"w1", "w2"}}
	api := &Failure{Message: "api", Covers: []string{"a1"}}
	for _, tt := range []struct {
		verdict, api Verdict
		counts       bool
		shown        Verdict
		failed       bool
		reason       *Failure
		broken       []string
	}{
		{Pass, Pass, true, Pass, false, nil, nil},
		{Pass, Fail, true, APIFail, true, api, []string{"a1"}},
		{Pass, Fail, false, Pass, false, nil, []string{"a1"}},
		{Pass, Warn, true, Pass, false, nil, []string{"a1"}},
		{Fail, Pass, true, Fail, true, wire, []string{"w1", "w2"}},
		{Fail, Fail, true, Fail, true, wire, []string{"w1", "w2", "a1"}},
		{Fail, "", false, Fail, true, wire, []string{"w1", "w2"}},
		{SetupError, Pass, false, SetupError, true, wire, []string{"w1", "w2"}},
		{SetupError, Fail, true, SetupError, true, wire, []string{"w1", "w2", "a1"}},
		{Warn, Fail, true, APIFail, true, api, []string{"w1", "w2", "a1"}},
		{Info, Info, true, Info, false, wire, []string{"w1", "w2", "a1"}},
		{Inconclusive, Fail, true, APIFail, true, api, []string{"a1"}},
		{Inconclusive, Pass, true, Inconclusive, false, wire, nil},
		{Unsupported, "", true, Unsupported, false, wire, nil},
		{KnownFail, Fail, false, KnownFail, false, wire, []string{"w1", "w2", "a1"}},
		{Flaky, Fail, false, Flaky, false, wire, []string{"w1", "w2", "a1"}},
	} {
		r := &Result{Verdict: tt.verdict, API: tt.api, APICounts: tt.counts}
		if tt.verdict != Pass {
			r.Failure = wire
		}
		if tt.api != Pass && tt.api != "" {
			r.APIFailures = []*Failure{api}
		}
		if r.Shown() != tt.shown || r.Failed() != tt.failed || r.Reason() != tt.reason || !slices.Equal(r.Broken(), tt.broken) {
			t.Errorf("%s, of the API %s, counts %t: shown %s, failed %t, reason %v, broken %q", tt.verdict, tt.api, tt.counts, r.Shown(), r.Failed(), r.Reason(), r.Broken())
		}
	}
}

func TestFailureText(t *testing.T) {
	pos := scenario.Pos{File: "a.yaml", Line: 1, Col: 2}
	for _, tt := range []struct {
		f    Failure
		want string
	}{
		{Failure{Message: "x\n"}, `x\n`},
		{Failure{Pos: pos, Message: "x"}, "a.yaml:1:2: x"},
		{Failure{Step: "wait", Message: "x"}, "wait: x"},
		{Failure{Pos: pos, Step: "wait", Message: "x"}, "a.yaml:1:2: wait: x"},
	} {
		if got := tt.f.Error(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
