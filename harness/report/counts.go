package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"umqtt/harness/play"
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
	verdict play.Verdict
	outcome Outcome
	color   string // of ANSI X3.64
}{
	{play.Pass, Passed, "32"},
	{play.Warn, Passed, "33"},
	{play.Info, Passed, "36"},
	{play.KnownFail, Passed, "33"},
	{play.Fail, Failed, "1;31"},
	{play.SetupError, Failed, "1;35"},
	{play.Inconclusive, Skipped, "33"},
	{play.Unsupported, Skipped, "2"},
}

// OutcomeOf returns the outcome of a verdict. One that is not known is a failure.
func OutcomeOf(v play.Verdict) Outcome {
	for _, row := range verdicts {
		if row.verdict == v {
			return row.outcome
		}
	}
	return Failed
}

// Counts is the number of results by verdict.
type Counts map[play.Verdict]int

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
func (c Counts) order() []play.Verdict {
	var order []play.Verdict
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
