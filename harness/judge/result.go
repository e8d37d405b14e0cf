package judge

import (
	"fmt"
	"strings"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/model"
	"umqtt/harness/monitor"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
)

// Verdict is the outcome of one scenario with one subject in one world.
type Verdict string

// The verdicts.
const (
	Pass         Verdict = "pass"         // it behaved as the scenario says
	Fail         Verdict = "fail"         // it did not
	Warn         Verdict = "warn"         // it did not, and the scenario's level is should
	Info         Verdict = "info"         // it did not, and the level is may or policy: the choice made is recorded
	Inconclusive Verdict = "inconclusive" // a precondition was not met
	Unsupported  Verdict = "unsupported"  // the subject lacks a feature, or the world does not suit
	SetupError   Verdict = "setup-error"  // the harness could not play it
	KnownFail    Verdict = "known-fail"   // it did not, as the caller's list says: see Known
	Flaky        Verdict = "flaky"        // it did not, and the caller's list says that it now and then does not: see Known.Excuse
	APIFail      Verdict = "api-fail"     // the wire is in order, what the API reported is not, and that counts: see Result.Shown
)

// Result is what came of playing one scenario.
type Result struct {
	Scenario *scenario.Scenario
	Subject  string
	World    scenario.World // Simulated or Real
	Seed     uint64         // the order of packets; 0 is FIFO
	Verdict  Verdict
	// Failure says why, for every verdict but Pass.
	Failure *Failure
	// API is the verdict on what the subject's API reported: Pass, Fail, Warn or Info. The standard rules
	// no API, so it stands apart from Verdict. It is empty where nothing was played.
	API Verdict
	// APIFailures says why, for every API but Pass, in the order in which it was seen.
	APIFailures []*Failure
	// APICounts tells that a failure of the API is a failure of the run: of a built-in subject, or where
	// it is required.
	APICounts bool
	// Stale tells that the failure is one of the caller's list: the scenario is known to fail, and does not.
	Stale bool
	// Missing is the feature that the subject lacks, where that is why nothing was played.
	Missing spec.Feature
	// Warnings lists what a foreign subject sent that no step expects and nothing forbids.
	Warnings []string
	// Violations is what the oracle found, of a scenario that has one: the broker's faults, too.
	Violations []model.Violation
	// Drained tells that an oracle could judge how the run ended: the faults were over for long enough, and the client
	// was connected.
	Drained bool
	// Capture is the subject's side of the link, up to the verdict. Messages name records by their place in the
	// whole, whatever of it is there.
	Capture *capture.Capture
	// Abridged tells that the capture has only the first and the last rounds of a repeat, and a digest of the others, or digests in place
	// of packets of more than 1 MiB.
	Abridged bool
	// Trace is a digest of the capture and of what the subject's API reported, in their order, with
	// full time resolution: equal traces are equal runs.
	Trace string
	// Elapsed is how long the scenario took on the world's clock.
	Elapsed time.Duration
	// Late is how late the machine was at most in the real world, with the timers and goroutines of the process.
	Late time.Duration
	// Differs is how the packets differ from those of another run that are to be the same ones; "" is not at all,
	// or that nobody has compared them.
	Differs string
	// Waited is how long the step that failed had waited.
	Waited time.Duration
	// Certain tells that a late machine cannot be the cause of the failure: the client panicked, say.
	Certain bool
	// Cause tells when the failure became certain, where somebody has looked: see package cause.
	Cause *Cause
}

// A Cause is the event of a run with which its failure became certain.
type Cause struct {
	// Record is the record of the event, or the last one before it; -1 is none.
	Record int
	// Event names the event, and Tells says in a sentence or two how that is known.
	Event, Tells string
}

// Shown is the verdict that stands for the result as a whole: APIFail where only the API fails, and counts.
func (r *Result) Shown() Verdict {
	if r.Verdict != Fail && r.Verdict != SetupError && r.Failed() {
		return APIFail
	}
	return r.Verdict
}

// Reason is the failure behind Shown, or nil.
func (r *Result) Reason() *Failure {
	if r.Shown() == APIFail {
		return r.APIFailures[0]
	}
	return r.Failure
}

// Failed reports whether the result is a failure of the run.
func (r *Result) Failed() bool {
	return r.Verdict == Fail || r.Verdict == SetupError || r.APICounts && r.API == Fail
}

// Broken lists the rules that the result shows to be broken, on the wire and by the API.
func (r *Result) Broken() []string {
	var ids []string
	if r.Failure != nil && r.Verdict != Unsupported && r.Verdict != Inconclusive {
		ids = append(ids, r.Failure.Covers...)
	}
	for _, f := range r.APIFailures {
		ids = append(ids, f.Covers...)
	}
	return ids
}

// Failure says what was expected and what came instead.
type Failure struct {
	// Pos is the step's position in the scenario file; its zero value is the scenario as a whole.
	Pos scenario.Pos
	// Step is the step's verb and object.
	Step string
	// Covers lists the rules that the failure shows to be broken: of a step, what it covers, or all that
	// the scenario does; of what the player or a monitor judges in every scenario, the rule that is about
	// it. It is empty where there is no such rule.
	Covers []string
	// Message says what is wrong in one sentence.
	Message string
	// Want and Got are what was expected and what came, when that can be shown.
	Want, Got string
	// Unlisted lists what a foreign subject sent before that no step expects.
	Unlisted []string
	// Findings lists what the monitors found in the capture besides, each with its statement: often it is
	// the cause of what a step saw.
	Findings []string
	// Proven lists the findings that are proven, in the order of their records. The first is the failure
	// itself, or all are among Findings.
	Proven []monitor.Finding
	// Lasting tells that the packets show it, and no time that has passed: no stall of the machine is its cause.
	Lasting bool
	// Last holds the last packets and events before the failure, and before them those that the message or
	// a finding names.
	Last []Record
	// Stacks holds the stacks of the subject's goroutines where they tell what is wrong: of a panic, or of
	// what it left behind.
	Stacks string
	// Printed holds the end of what a subject in a process of its own has printed.
	Printed string
}

// lastRecords is how many records a failure shows.
const lastRecords = 8

// Error returns the position and the message in one line, without control characters.
func (f *Failure) Error() string {
	var b strings.Builder
	if f.Pos.Line > 0 {
		fmt.Fprintf(&b, "%s: ", f.Pos)
	}
	if f.Step != "" {
		fmt.Fprintf(&b, "%s: ", f.Step)
	}
	b.WriteString(f.Message)
	return Printable(b.String())
}
