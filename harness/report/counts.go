package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"umqtt/harness/judge"
)

// Outcome is what a verdict means for a run as a whole.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped"
)

// verdicts lists every verdict with its outcome and its colour, in the order in which they are counted.
var verdicts = []struct {
	verdict judge.Verdict
	outcome Outcome
	color   string // of ANSI X3.64
}{
	{judge.Pass, Passed, "32"},
	{judge.Warn, Passed, "33"},
	{judge.Info, Passed, "36"},
	{judge.KnownFail, Passed, "33"},
	{judge.Flaky, Passed, "33"},
	{judge.Fail, Failed, "1;31"},
	{judge.APIFail, Failed, "31"},
	{judge.SetupError, Failed, "1;35"},
	{judge.Inconclusive, Skipped, "33"},
	{judge.Unsupported, Skipped, "2"},
}

// OutcomeOf returns the outcome of a verdict. One that is not known is a failure.
func OutcomeOf(v judge.Verdict) Outcome {
	for _, row := range verdicts {
		if row.verdict == v {
			return row.outcome
		}
	}
	return Failed
}

// Counts is the number of results by verdict.
type Counts map[judge.Verdict]int

// Of returns how many results have an outcome.
func (c Counts) Of(o Outcome) int {
	n := 0
	for v, k := range c {
		if OutcomeOf(v) == o {
			n += k
		}
	}
	return n
}

// Verdicts returns the verdicts that occur and how often: "41 pass, 1 fail".
func (c Counts) Verdicts() string {
	var parts []string
	for _, v := range c.order() {
		if n := c[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	if len(parts) == 0 {
		return "nothing was played"
	}
	return strings.Join(parts, ", ")
}

// order returns the known verdicts in their order, then those that are not known.
func (c Counts) order() []judge.Verdict {
	var order []judge.Verdict
	for _, row := range verdicts {
		order = append(order, row.verdict)
	}
	for _, v := range slices.Sorted(maps.Keys(c)) {
		if !slices.Contains(order, v) {
			order = append(order, v)
		}
	}
	return order
}

// String returns the last line of a run: "41 passed, 1 failed, 3 skipped".
func (c Counts) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", c.Of(Passed), c.Of(Failed), c.Of(Skipped))
}

// count returns a number with its noun, which takes an s where it is not one.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
