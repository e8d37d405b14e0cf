package main

import (
	"fmt"
	"io"
	"testing"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/report"
	"umqtt/harness/scenario"
)

// A runner is a run that is about to begin.
type runner struct {
	app
	world    scenario.World
	options  play.Options
	jobs     []job
	workers  int
	inOrder  bool // the jobs begin in their order
	known    judge.Known
	flaky    judge.Known
	captures string                                                   // directory, or ""
	kept     string                                                   // the file of the result that is being shown, or ""
	golden   func(subject, scenario string, c *capture.Capture) error // nil: there are no goldens of this run
	timeout  time.Duration
	reports  []report.Report
	progress *progress // nil: none is shown
	json     bool
}

// notes is where lines beside the report go: not into a JSON document.
func (r *runner) notes() io.Writer {
	if r.json {
		return r.stderr
	}
	return r.stdout
}

// run plays everything and returns the exit code.
func (r *runner) run() int {
	if r.world == scenario.Simulated {
		return r.host(func(t *testing.T) int {
			return r.play(func(j job) *judge.Result { return inBubble(t, j, r.options) })
		})
	}
	if err := needLoopback(); err != nil {
		return r.fail("run", err)
	}
	return r.play(func(j job) *judge.Result {
		if j.unfit != "" {
			return j.unsupported(r.world)
		}
		return play.Real(j.scenario, j.factory, r.options)
	})
}

// play plays the jobs with one, shows the results and returns the exit code.
func (r *runner) play(one func(job) *judge.Result) int {
	var totals report.Totals
	shown := 0
	var failure error // the first capture or report that could not be written
	keep := func(err error) {
		if failure == nil {
			failure = err
		}
	}
	stop, release := interruptible(r.stderr, "the scenarios that are playing")
	defer release()
	p := pool{workers: r.workers, timeout: r.timeout, play: one, doubt: r.world == scenario.Real, options: r.options, world: r.world, dump: r.stderr}
	if r.world == scenario.Real && !r.inOrder {
		p.takes = func(j job) time.Duration { return play.Takes(j.scenario) }
	}
	p.run(r.jobs, stop, func(res *judge.Result) {
		if r.golden != nil {
			holdAgainst(res, r.golden)
		}
		r.known.Judge(res)
		r.flaky.Excuse(res)
		var err error
		r.kept, err = writeCapture(r.captures, res)
		keep(err)
		totals.Add(res)
		shown++
		r.progress.hide()
		for _, rep := range r.reports {
			rep.Add(res)
		}
		r.progress.show(shown, totals.Verdicts)
	})
	r.progress.hide()
	interrupted := isClosed(stop)
	for _, rep := range r.reports {
		keep(rep.End(interrupted && shown < len(r.jobs)))
	}
	counts := totals.Verdicts
	if r.json {
		fmt.Fprintln(r.stderr, counts)
	}
	switch {
	case failure != nil:
		return r.fail("run", &setupError{failure})
	case interrupted:
		return exitInterrupted
	case len(r.jobs) > 0 && totals.Played() == 0:
		fmt.Fprintln(r.stderr, "mqttconform: nothing was played: every scenario is unsupported")
		return exitFailed
	}
	return exitOf(counts)
}

// exitOf returns the exit code of a run to its end.
func exitOf(counts report.Counts) int {
	switch {
	case counts[judge.SetupError] > 0 && counts.Of(report.Failed) == counts[judge.SetupError]:
		return exitSetup
	case counts.Of(report.Failed) > 0:
		return exitFailed
	}
	return exitOK
}
