package judge

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"umqtt/harness/scenario"
	"umqtt/harness/spec"
)

// An Error ends a scenario with the verdict that it holds.
type Error struct {
	Verdict Verdict
	Failure *Failure
	// Always tells that no level of the scenario excuses it, and no step that is given.
	Always bool
	// API tells that it is about what the subject's API reported, and not about the wire. It does not end
	// the scenario.
	API bool
}

// Error returns the failure in one line.
func (e *Error) Error() string { return e.Failure.Error() }

// Excused returns a failure as that of a precondition, which is inconclusive. What no subject may do stays a
// failure.
func Excused(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Verdict != Fail || e.Always {
		return err
	}
	return &Error{Verdict: Inconclusive, Failure: e.Failure}
}

// IsHang reports whether an error is that a call has not ended although nothing is left to wait for.
func IsHang(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && slices.Contains(e.Failure.Covers, EveryCallEnds)
}

// AsAPI marks err, an *[Error], as a failure of the API and not of the wire. The standard rules no API, so the
// failure names promises only: those of the scenario that it names already, else ids.
func AsAPI(err error, ids ...string) error {
	e := err.(*Error)
	e.API = true
	covers := slices.DeleteFunc(slices.Clone(e.Failure.Covers), func(id string) bool {
		r, ok := spec.Lookup(id)
		return !ok || r.Kind != spec.Promise
	})
	if len(covers) == 0 {
		covers = ids
	}
	e.Failure.Covers = covers
	return err
}

// IsAlways reports whether a failure counts whatever the level and the step.
func IsAlways(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Always
}

// Blame sets the rules that err, an *[Error], shows to be broken. They replace those that the scenario covers.
func Blame(err error, ids ...string) error {
	err.(*Error).Failure.Covers = ids
	return err
}

// WithStacks adds the stacks of goroutines to err, an [*Error].
func WithStacks(err error, stacks string) error {
	err.(*Error).Failure.Stacks = stacks
	return err
}

// WithPrinted adds the output of the subject to err, an *[Error].
func WithPrinted(err error, printed string) error {
	err.(*Error).Failure.Printed = printed
	return err
}

// Fail is the error of an expectation that was not met: that of a step, or of the scenario as a whole where
// st is nil.
func (j *Judge) Fail(st *scenario.Step, format string, args ...any) error {
	f := &Failure{Covers: j.sc.Covers, Message: fmt.Sprintf(format, args...)}
	if st != nil {
		f.Pos, f.Step = st.Pos, st.Key
		if len(st.Covers) > 0 {
			f.Covers = st.Covers
		}
		f.Message = strings.TrimPrefix(f.Message, st.Pos.String()+": ")
		if st.Round > 0 {
			f.Message = fmt.Sprintf("round %d: %s", st.Round, f.Message)
		}
	} else {
		f.Pos = scenario.Pos{File: j.sc.File, Line: 1, Col: 1}
	}
	first := max(0, j.records.Len()-lastRecords)
	f.Last = lastOf(j.records.Since(first), first)
	return &Error{Verdict: Fail, Failure: f}
}

// Wanted is Fail with the two sides of a comparison.
func (j *Judge) Wanted(st *scenario.Step, want, got, format string, args ...any) error {
	err := j.Fail(st, format, args...)
	f := err.(*Error).Failure
	f.Want, f.Got = want, got
	return err
}

// Lasting returns a failure of a step as one that the packets show, whatever time has passed.
func Lasting(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		e.Failure.Lasting = true
	}
	return err
}

// Broken is Fail for what no subject may do, whatever the scenario is about and whatever its level. It
// breaks no rule that the scenario covers.
func (j *Judge) Broken(format string, args ...any) error {
	err := Blame(j.Fail(nil, format, args...))
	err.(*Error).Always = true
	return err
}

// Setup is the error of something that the harness could not do.
func (j *Judge) Setup(st *scenario.Step, format string, args ...any) error {
	err := Blame(j.Fail(st, format, args...))
	err.(*Error).Verdict = SetupError
	return err
}

// IsAPI reports whether an error is about what the subject's API reported.
func IsAPI(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.API
}
