package judge

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"umqtt/harness/capture"
	"umqtt/harness/monitor"
	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// A Judge judges one run of a scenario. It is not safe for concurrent use.
type Judge struct {
	sc      *scenario.Scenario
	records *capture.Recorder
	strict  bool

	shown     map[key][]int // records in which a message was handed over
	delivered map[key]int   // how often the callback has got it
	surplus   int           // messages of the callback that were not handed over, or not so often
	index
}

// key is what tells messages apart that the callback gets.
type key struct{ topic, payload string }

// New returns a judge of what is recorded of a scenario. A strict one has failures of every level count.
func New(sc *scenario.Scenario, records *capture.Recorder, strict bool) *Judge {
	return &Judge{sc: sc, records: records, strict: strict, shown: map[key][]int{}, delivered: map[key]int{}, index: newIndex()}
}

// Decide sets the verdicts of a result: from the error that ended the script, from what is wrong with what
// the API reported, and from the scenario's level. Warnings list what a foreign subject has sent that no
// step expects.
func (j *Judge) Decide(res *Result, err error, api []*Error, warnings []string) {
	res.API = Pass
	for _, e := range api {
		res.APIFailures = append(res.APIFailures, e.Failure)
		if v := j.leveled(e); res.API != Fail {
			res.API = v
		}
	}
	if res.Warnings = warnings; err == nil {
		if len(warnings) > 0 {
			res.Verdict, res.Failure = Warn, &Failure{Message: warnings[0]}
		}
		return
	}
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Verdict: SetupError, Failure: &Failure{Message: err.Error()}}
	}
	res.Verdict, res.Failure = e.Verdict, e.Failure
	e.Failure.Unlisted = warnings
	res.Verdict = j.leveled(e)
}

// leveled is the verdict of an error at the scenario's level.
func (j *Judge) leveled(e *Error) Verdict {
	if e.Verdict != Fail || e.Always || j.strict {
		return e.Verdict
	}
	switch j.sc.Level {
	case scenario.Should:
		return Warn
	case scenario.May, scenario.Policy:
		return Info
	}
	return Fail
}

// keepAlive is the statement whose monitor looks at the times of packets.
const keepAlive = "MQTT-3.1.2-23"

// Monitors judges a result's capture as a whole: whatever the scenario is about, and whatever its level, it
// may not show that the subject breaks a rule. A finding of the level should is a warning.
func (j *Judge) Monitors(res *Result) {
	w := monitor.Simulated
	if res.World == scenario.Real {
		w = monitor.Real
	}
	findings := monitor.Check(res.Capture, w)
	if j.sc.Buffer > 0 { // a packet that waits in the buffer is seen when it is read, and not when it was sent
		findings = slices.DeleteFunc(findings, func(f monitor.Finding) bool { return f.ID == keepAlive })
	}
	if len(findings) == 0 {
		return
	}
	// What is proven stands before what deserves a warning.
	slices.SortStableFunc(findings, func(a, b monitor.Finding) int { return cmp.Compare(a.Level, b.Level) })
	proven := slices.Clone(findings)
	proven = slices.DeleteFunc(proven, func(f monitor.Finding) bool { return f.Level != monitor.Must })
	if f, v := findings[0], j.found(findings[0]); v == Fail && res.Verdict != Fail && res.Verdict != SetupError || res.Failure == nil {
		res.Verdict = v
		res.Failure = &Failure{
			Pos: scenario.Pos{File: j.sc.File, Line: 1, Col: 1}, Covers: []string{f.ID},
			Message: fmt.Sprintf("%s (record %d, monitor %s)", f.Message, f.Record, f.Monitor),
			Last:    lastOf(res.Capture.Records[:min(f.Record+1, len(res.Capture.Records))], 0),
		}
		res.Failure.show(res.Capture, f)
		findings = findings[1:]
	}
	res.Failure.Proven = proven
	for _, f := range findings {
		broke := "broke"
		if f.Level == monitor.Should {
			broke = "seems to break"
		}
		res.Failure.Findings = append(res.Failure.Findings, fmt.Sprintf("the client %s %s: %s (record %d)", broke, f.ID, f.Message, f.Record))
	}
	for _, f := range findings[:min(len(findings), maxFindings)] {
		res.Failure.show(res.Capture, f)
	}
}

// found is the verdict of a finding.
func (j *Judge) found(f monitor.Finding) Verdict {
	if f.Level == monitor.Should && !j.strict {
		return Warn
	}
	return Fail
}

// show puts the records that a finding is about, and those that its message names, among those that are shown.
func (f *Failure) show(c *capture.Capture, finding monitor.Finding) {
	for _, n := range finding.Records {
		at, found := slices.BinarySearchFunc(f.Last, n, func(r Record, n int) int { return r.N - n })
		if !found && n < len(c.Records) {
			f.Last = slices.Insert(f.Last, at, Record{n, c.Records[n]})
		}
	}
}

// Handed tells the judge of a packet that the subject was handed, in the record at.
func (j *Judge) Handed(at int, q wire.Packet) {
	if pub, ok := q.(*wire.Publish); ok {
		k := key{pub.Topic, string(pub.Payload)}
		j.shown[k] = append(j.shown[k], at)
	}
}
