package judge

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"umqtt/harness/scenario"
)

// Known is a list of scenarios that a subject is known to fail. They are played all the same: one that fails
// has the verdict KnownFail, and one that does not fail shows that the list is stale, which is a failure. The
// zero value is the empty list.
type Known struct {
	entries []entry
}

// entry is one pattern of a list, and where it stands.
type entry struct{ pattern, at string }

// Has reports whether a scenario is on the list.
func (k Known) Has(sc *scenario.Scenario) bool {
	return slices.ContainsFunc(k.entries, func(e entry) bool { return e.selects(sc) })
}

// KnownFailing returns the list of scenarios that patterns select, as [scenario.Scenario.Matches] takes
// them.
func KnownFailing(patterns ...string) Known {
	var k Known
	for _, p := range patterns {
		k.entries = append(k.entries, entry{p, fmt.Sprintf("known failing %q", p)})
	}
	return k
}

// ParseKnown reads a list from a file: one pattern a line. Empty lines are passed over, and so is the rest
// of a line from a # on, be it all of the line or behind a blank: it is for the reason. The error joins all
// mistakes, each behind file:line.
func ParseKnown(file string, b []byte) (Known, error) {
	var k Known
	var errs []error
	first := map[string]int{}
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		at := fmt.Sprintf("%s:%d", file, n)
		if i := strings.Index(" "+strings.ReplaceAll(line, "\t", " "), " #"); i >= 0 {
			line = line[:i]
		}
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
			continue
		case len(words) > 1:
			errs = append(errs, fmt.Errorf("%s: one pattern a line, and a # before the reason", at))
			continue
		case first[words[0]] != 0:
			errs = append(errs, fmt.Errorf("%s: %s is there twice; first at line %d", at, words[0], first[words[0]]))
			continue
		}
		first[words[0]] = n
		k.entries = append(k.entries, entry{words[0], at + ": " + words[0]})
	}
	return k, errors.Join(errs...)
}

// Check returns what is wrong with the list for a suite: patterns that are none, and those that select no
// scenario of it.
func (k Known) Check(suite []*scenario.Scenario) error {
	var errs []error
	for _, e := range k.entries {
		_, err := scenario.Match(e.pattern, "")
		if err == nil && !slices.ContainsFunc(suite, e.selects) {
			err = errors.New("there is no such scenario")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", e.at, err))
		}
	}
	return errors.Join(errs...)
}

func (e entry) selects(sc *scenario.Scenario) bool {
	ok, _ := sc.Matches(e.pattern)
	return ok
}

// Judge turns the verdict of a scenario on the list into what it means: a failure is known, and anything
// that counts as passed is a failure of the list. What was not played, and what could not be, stays as it is.
func (k Known) Judge(res *Result) {
	if !k.Has(res.Scenario) {
		return
	}
	switch res.Shown() {
	case Fail, APIFail:
		res.Verdict, res.Failure, res.APICounts = KnownFail, res.Reason(), false
	case Pass, Warn, Info:
		how := "it passes"
		if res.Verdict != Pass {
			how = fmt.Sprintf("it does not fail (%s: %v)", res.Verdict, res.Failure)
		}
		res.Verdict, res.Stale = Fail, true
		res.Failure = &Failure{Message: how + ", but stands on the list of what is known to fail: take it off the list"}
	}
}

// Excuse takes the list as one of scenarios that fail now and then: a failure has the verdict Flaky, and what
// passes stays as it is.
func (k Known) Excuse(res *Result) {
	if !k.Has(res.Scenario) {
		return
	}
	switch res.Shown() {
	case Fail, APIFail:
		res.Verdict, res.Failure, res.APICounts = Flaky, res.Reason(), false
	}
}
