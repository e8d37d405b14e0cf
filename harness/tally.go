package harness

import (
	"sync"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/report"
)

// A tally counts the results of a subject, which come from many goroutines.
type tally struct {
	mu     sync.Mutex
	totals report.Totals
}

func (c *tally) add(res *judge.Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.totals.Add(res)
}

// end logs the totals of a subject. It fails the test when nothing was played: a run that tests nothing must
// not look like one that passes.
func (c *tally) end(t *testing.T, subject string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.totals.Played() > 0 {
		t.Logf("%s:\n%s", subject, &c.totals)
		return
	}
	why := "none plays in this world"
	switch lacks := c.totals.Lacks(); {
	case lacks != "":
		why = "Params.Features lacks what the scenarios need: " + lacks
	case len(c.totals.Verdicts) == 0:
		why = "no scenario was chosen; -run has the subject's name before the scenario's: " + t.Name() + "/" + subject + "/qos1"
	}
	t.Errorf("harness: nothing was played with %s: %s", subject, why)
}
