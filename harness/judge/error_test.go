package judge

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// A failure has its position, its rules, its text and the last records from what it is about.
func TestFailures(t *testing.T) {
	rec := history(slices.Repeat([]capture.Record{event(1)}, 10)...)
	j := New(theirs, rec, false)
	whole := scenario.Pos{File: "a/b.yaml", Line: 1, Col: 1}
	bare := &scenario.Step{Pos: aStep.Pos, Key: "wait"}
	for _, tt := range []struct {
		name string
		err  error
		want Error
	}{
		{"a step", j.Fail(aStep, "%d things", 2), Error{Verdict: Fail, Failure: &Failure{Pos: aStep.Pos, Step: "client call", Covers: aStep.Covers, Message: "2 things"}}},
		{"a step that names its position", j.Fail(aStep, "a/b.yaml:7:5: it is wrong"), Error{Verdict: Fail, Failure: &Failure{Pos: aStep.Pos, Step: "client call", Covers: aStep.Covers, Message: "it is wrong"}}},
		{"a step without rules", j.Fail(bare, "x"), Error{Verdict: Fail, Failure: &Failure{Pos: aStep.Pos, Step: "wait", Covers: theirs.Covers, Message: "x"}}},
		{"the scenario", j.Fail(nil, "x"), Error{Verdict: Fail, Failure: &Failure{Pos: whole, Covers: theirs.Covers, Message: "x"}}},
		{"a comparison", j.Wanted(aStep, "this", "that", "x%s", "y"), Error{Verdict: Fail, Failure: &Failure{Pos: aStep.Pos, Step: "client call", Covers: aStep.Covers, Message: "xy", Want: "this", Got: "that"}}},
		{"what no subject may do", j.Broken("x%s", "y"), Error{Verdict: Fail, Always: true, Failure: &Failure{Pos: whole, Message: "xy"}}},
		{"the harness", j.Setup(aStep, "x%s", "y"), Error{Verdict: SetupError, Failure: &Failure{Pos: aStep.Pos, Step: "client call", Message: "xy"}}},
		{"the stacks", WithStacks(j.Broken("x"), "main.f()"), Error{Verdict: Fail, Always: true, Failure: &Failure{Pos: whole, Message: "x", Stacks: "main.f()"}}},
		{"the output", WithPrinted(j.Broken("x"), "oh no"), Error{Verdict: Fail, Always: true, Failure: &Failure{Pos: whole, Message: "x", Printed: "oh no"}}},
		{"other rules", Blame(j.Fail(nil, "x"), "r1", "r2"), Error{Verdict: Fail, Failure: &Failure{Pos: whole, Covers: []string{"r1", "r2"}, Message: "x"}}},
		{"the API, its rules", AsAPI(Blame(j.Fail(nil, "x"), "MQTT-4.3.2-2", "api-outcome-1", "unknown", "3.1.2.10-should-1"), "api-outcome-2"), Error{Verdict: Fail, API: true, Failure: &Failure{Pos: whole, Covers: []string{"api-outcome-1"}, Message: "x"}}},
		{"the API, no rules", AsAPI(j.Fail(nil, "x"), "api-outcome-2"), Error{Verdict: Fail, API: true, Failure: &Failure{Pos: whole, Covers: []string{"api-outcome-2"}, Message: "x"}}},
		{"the API, none at all", AsAPI(j.Fail(nil, "x")), Error{Verdict: Fail, API: true, Failure: &Failure{Pos: whole, Message: "x"}}},
	} {
		for n := range 8 {
			tt.want.Failure.Last = append(tt.want.Failure.Last, Record{n + 2, event(1)})
		}
		if diff := cmp.Diff(&tt.want, tt.err.(*Error)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if diff := cmp.Diff([]string{"MQTT-4.3.2-2"}, theirs.Covers); diff != "" {
		t.Errorf("the scenario is changed (-want +got):\n%s", diff)
	}
	if got, want := j.Fail(aStep, "x").Error(), "a/b.yaml:7:5: client call: x"; got != want {
		t.Errorf("the text is %q, want %q", got, want)
	}
	if err := New(theirs, history(event(1)), false).Fail(nil, "x").(*Error); len(err.Failure.Last) != 1 || err.Failure.Last[0].N != 0 {
		t.Errorf("of one record %v is shown", err.Failure.Last)
	}
}

// What an error is, also where another one wraps it.
func TestErrorKinds(t *testing.T) {
	fail := func(e Error) error {
		if e.Failure == nil {
			e.Failure = &Failure{Message: "x"}
		}
		return &e
	}
	for _, tt := range []struct {
		name              string
		err               error
		hang, api, always bool
		excused           Verdict // "" for the same error
	}{
		{"nothing", nil, false, false, false, ""},
		{"another error", errOther, false, false, false, ""},
		{"a failure", fail(Error{Verdict: Fail}), false, false, false, Inconclusive},
		{"a failure of the API", fail(Error{Verdict: Fail, API: true}), false, true, false, Inconclusive},
		{"a failure in any case", fail(Error{Verdict: Fail, Always: true}), false, false, true, ""},
		{"a setup error", fail(Error{Verdict: SetupError}), false, false, false, ""},
		{"a hang", fail(Error{Verdict: Fail, Failure: &Failure{Covers: []string{"x", EveryCallEnds}}}), true, false, false, Inconclusive},
		{"another rule", fail(Error{Verdict: Fail, Failure: &Failure{Covers: []string{ReportedRight}}}), false, false, false, Inconclusive},
	} {
		for _, err := range []error{tt.err, fmt.Errorf("wrapped: %w", tt.err)} {
			if IsHang(err) != tt.hang || IsAPI(err) != tt.api || IsAlways(err) != tt.always {
				t.Errorf("%s (%v): hang %t, api %t, always %t", tt.name, err, IsHang(err), IsAPI(err), IsAlways(err))
			}
			got := Excused(err)
			if tt.excused == "" {
				if got != err {
					t.Errorf("%s (%v): excused as %v", tt.name, err, got)
				}
				continue
			}
			e, ok := got.(*Error)
			was, _ := errors.AsType[*Error](err)
			if !ok || e.Verdict != tt.excused || e.Failure != was.Failure || e.API || e.Always {
				t.Errorf("%s (%v): excused as %+v", tt.name, err, got)
			}
		}
	}
}

func TestBreaks(t *testing.T) {
	if ids := Breaks(errOther); ids != nil {
		t.Errorf("another error breaks %q", ids)
	}
	_, bad := wire.DecodeFrom(wire.ToClient, []byte("\x30\x04\x00\x01#a"))
	if diff := cmp.Diff([]string{"MQTT-3.3.2-2", "MQTT-4.7.1-1"}, Breaks(fmt.Errorf("wrapped: %w", bad))); diff != "" {
		t.Errorf("a wildcard in a topic name (-want +got):\n%s", diff)
	}
}
