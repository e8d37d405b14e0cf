package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/spf13/pflag"

	"umqtt/harness/cause"
	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/report"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

var causeCommand = command{
	name:  "cause",
	args:  "[flags] FILE",
	short: "find the packet at which the failure of a scenario became certain",
	long: `
Plays a failing scenario in the simulated world. It then plays other continuations from each event of that run:
without a later fault, with the fault at another packet or byte, with other calls or none, with a cut at another
packet, and in another order of packets. Where one such change is not enough, it combines two at random.

` + cause.Rule + ` That all of them fail proves nothing about
those that were not tried: the columns say how many there were behind each event, and how many of them passed.

Events have the numbers of the records of the capture: > is what the client sent, < what it received, * a fault.
Events without a number are not in the capture: ! is what the client's API reported, and | a packet that has arrived
at the server. Without an oracle only faults and orders are changed, since the steps of the scenario depend on its
calls.

FILE is any failing scenario, for example one that sweep or swarm has written. --seed is the seed of the failing run.
It also selects the continuations, so that equal seeds give equal causes. The exit code is 0 if a cause was found, and
1 if the scenario fails with none of the subjects.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("cause")
		o := &causeFlags{}
		filterFlag(flags, &o.filters)
		subjectFlag(flags, &o.subjects)
		mutantFlag(flags, &o.mutant)
		flags.Uint64Var(&o.options.Seed, "seed", 0, "`N` is the seed of the order of packets, as for run, and of the continuations;\n0 is FIFO order")
		flags.IntVar(&o.options.Runs, "runs", cause.DefaultRuns, "play at most `N` continuations")
		flags.BoolVar(&o.options.Strict, "strict", false, "failures at levels should, may and policy count as failures at must")
		flags.BoolVar(&o.json, "json", false, "write the causes, with all events, as JSON")
		flags.StringVar(&o.html, "html", "", "write an HTML page with the failing runs, and where they became certain, to `FILE`")
		return flags, func(args []string) (int, error) { return o.run(a, args) }
	},
}

type causeFlags struct {
	filters      globs
	subjects     []string
	mutant, html string
	json         bool
	options      cause.Options
}

// run looks for the causes.
func (o *causeFlags) run(a app, args []string) (int, error) {
	switch {
	case len(args) != 1:
		return 0, usagef("cause needs one scenario file")
	case o.options.Runs < 1:
		return 0, usagef("--runs %d: it must be positive", o.options.Runs)
	}
	factories, err := subjects(o.subjects, o.mutant)
	if err != nil {
		return 0, err
	}
	all, err := filteredSuite(args, o.filters)
	if err != nil {
		return 0, err
	}
	if len(all) != 1 {
		return 0, usagef("cause is for one scenario; --filter leaves %s", plural(len(all), "scenario"))
	}
	return a.host(func(t *testing.T) int {
		code, err := o.find(a, t, all[0], factories)
		if err != nil {
			return a.fail("cause", err)
		}
		return code
	}), nil
}

// A shownCause is a cause in the JSON that the command writes.
type shownCause struct {
	Scenario string `json:"scenario"`
	Subject  string `json:"subject"`
	Seed     uint64 `json:"seed"`
	// Event names the event at Certain, and Tells says how that is known.
	Event string `json:"event"`
	Tells string `json:"tells"`
	Rule  string `json:"rule"`
	*cause.Cause
}

// find looks for the causes with the subjects that can play the scenario, and shows them.
func (o *causeFlags) find(a app, t *testing.T, sc *scenario.Scenario, factories []subject.Factory) (int, error) {
	var found []shownCause
	var why error
	for _, f := range factories {
		if unfit := play.Suits(sc, f, scenario.Simulated); unfit != "" {
			why = errors.Join(why, fmt.Errorf("%s with %s: %s", sc.Name, f.Name, unfit))
			continue
		}
		c, err := cause.Find(t, sc, f, o.options)
		if err != nil {
			why = errors.Join(why, err)
			continue
		}
		c.Result.Cause = c.Mark()
		found = append(found, shownCause{sc.Name, f.Name, o.options.Seed, c.Result.Cause.Event, c.Tells(), cause.Rule, c})
	}
	if len(found) == 0 {
		if !errors.Is(why, cause.ErrPasses) {
			return 0, &setupError{why}
		}
		return 0, &nothingError{why.Error()}
	}
	if err := o.page(found); err != nil {
		return 0, &setupError{err}
	}
	if o.json {
		e := json.NewEncoder(a.stdout)
		e.SetIndent("", "  ")
		if err := e.Encode(found); err != nil {
			return 0, &setupError{err}
		}
		return exitOK, nil
	}
	for _, c := range found {
		c.show(a.stdout)
	}
	return exitOK, nil
}

// page writes the failing runs as a page.
func (o *causeFlags) page(found []shownCause) error {
	reports, err := openReports([]reportFile{{o.html, func(w io.Writer) report.Report {
		return report.NewHTML(w, report.Options{World: string(scenario.Simulated), Seed: o.options.Seed, Mutant: o.mutant})
	}}})
	for _, r := range reports {
		for _, c := range found {
			r.Add(c.Result)
		}
		err = errors.Join(err, r.End(false))
	}
	return err
}

// How many events are shown around the one of a cause.
const (
	eventsBefore = 10
	eventsBehind = 4
)

// show writes a cause.
func (c shownCause) show(w io.Writer) {
	fmt.Fprintf(w, "%s with %s: %s\n\n", c.Scenario, c.Subject, judge.Printable(c.Message))
	fmt.Fprintf(w, "  %6s %6s  %9s  %4s\n", "tried", "passed", "time", "")
	from, to := max(0, c.Certain-eventsBefore), min(len(c.Events), c.Certain+1+eventsBehind)
	for i := from; i < to; i++ {
		e := c.Events[i]
		tried, passed := c.Behind(i)
		mark, number := " ", ""
		if i == c.Certain {
			mark = "="
		}
		if e.Record >= 0 {
			number = fmt.Sprint(e.Record)
		}
		fmt.Fprintf(w, "%s %6d %6d  %9.3f  %4s %s %s\n", mark, tried, passed, e.Time.Seconds(), number, e.Sign(), judge.Printable(e.Text))
	}
	if c.Certain == len(c.Events) {
		fmt.Fprintf(w, "\nnever certain: %s\n", c.Tells)
	} else {
		fmt.Fprintf(w, "\ncertain from %s\n%s\n", judge.Printable(c.Event), judge.Printable(c.Tells))
	}
	fmt.Fprintf(w, "%s\n", cause.Rule)
	fmt.Fprintf(w, "%d continuations tried, %d passed, %d proved nothing; %d change one thing\n", c.Tried, c.Passed, c.Void, c.Known)
}
