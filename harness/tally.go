package harness

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode"

	"umqtt/harness/judge"
	"umqtt/harness/report"
)

// A tally counts the results of a subject, which come from many goroutines.
type tally struct {
	selected int // scenarios that the run asks for; -run may leave some out

	mu     sync.Mutex
	played int // scenarios whose test ran
	totals Totals
}

func (c *tally) add(res *judge.Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.played++
	c.totals.Add(res)
}

// end tells the totals of a subject. It fails the test when too few scenarios came to a verdict: a run that tests
// nothing must not look like one that passes.
func (c *tally) end(t *testing.T, subject string, p Params) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range attributes(subject, &c.totals) {
		t.Attr(a.key, a.value)
	}
	if p.Totals != nil {
		p.Totals.Merge(&c.totals)
	}
	judged := c.totals.Judged()
	switch whole := c.played == c.selected; {
	case judged == 0:
		t.Errorf("harness: nothing was played with %s: %s", subject, c.why(t, subject))
	case whole && judged < p.AtLeast:
		t.Errorf("harness: %d scenarios came to a verdict with %s, fewer than the %d of Params.AtLeast\n%s", judged, subject, p.AtLeast, &c.totals)
	default:
		t.Logf("%s:\n%s", subject, &c.totals)
	}
}

// why says why no scenario came to a verdict.
func (c *tally) why(t *testing.T, subject string) string {
	switch lacks := c.totals.Lacks(); {
	case c.totals.Verdicts[judge.Inconclusive] > 0:
		return "no scenario came to a verdict: " + strings.ReplaceAll(c.totals.String(), "\n", "; ")
	case lacks != "":
		return "Params.Features lacks what the scenarios need: " + lacks
	case c.played == 0:
		return "no scenario was chosen; -run has the subject's name before the scenario's: " + t.Name() + "/" + subject + "/qos1"
	}
	return "none plays in this world"
}

// An attribute is a number of the totals as a test has it.
type attribute struct{ key, value string }

// attributes returns the totals as attributes of a test.
func attributes(subject string, totals *Totals) []attribute {
	name := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return '_'
		}
		return r
	}, subject)
	var all []attribute
	add := func(key string, n int) {
		all = append(all, attribute{"mqtt." + name + "." + key, fmt.Sprint(n)})
	}
	v := totals.Verdicts
	add("passed", v.Of(report.Passed)-v[judge.KnownFail])
	add("failed", v.Of(report.Failed))
	add("known-failing", v[judge.KnownFail])
	add("inconclusive", v[judge.Inconclusive])
	add("unsupported", v[judge.Unsupported])
	for _, f := range totals.Needed() {
		add("unsupported."+string(f), totals.Missing[f])
	}
	add("api-failed", totals.API[judge.Fail])
	return all
}
