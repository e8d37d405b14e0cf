package main

import (
	"fmt"
	"testing"

	"github.com/spf13/pflag"

	"umqtt/harness/explore"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/sweep"
)

var ordersCommand = command{
	name:  "orders",
	args:  "[flags] [FILE|DIR…]",
	short: "play scenarios in every order of packets that a peer could choose",
	long: `
Plays each scenario in the simulated world once for every legal order of packets: packets of different connections may
overtake each other, and the packets of the server may come in any order that the standard allows. Two packets that
touch nothing in common may change places without any effect; of orders that differ only in this, one is played. What
each packet touches is measured while it is delivered: the connection and the direction, the client, the broker or the
session that it reaches, and what is sent because of it. With --all every order is played. At most --bound orders of
each scenario are played.

Each scenario and subject has one line: orders enumerated, played and pruned, and distinct traces. A pruned order is
equivalent to an order that was played. The exit code is 1 if a scenario fails in any order. The first such order is
shown, with the command that plays it again.

With --workload, the built-in workloads of sweep are played instead of scenarios.

With --choices only this order is played, for one scenario with one subject, and reported as by run. An order lists
one choice for each time at which more than one packet could be delivered: 0 is the packet that was sent first.
Choices beyond the end of the list are 0.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("orders")
		o := &ordersFlags{}
		filterFlag(flags, &o.filters)
		subjectFlag(flags, &o.subjects)
		flags.IntVar(&o.bound, "bound", 1000, "play at most `N` orders of each scenario")
		flags.BoolVar(&o.all, "all", false, "play equivalent orders, too")
		flags.Var(&o.workloads, "workload", "play the built-in workloads whose name matches this `GLOB`; may be given more than once")
		flags.StringVar(&o.choices, "choices", "", "play only the order with these choices: `N,N,…`; '' is FIFO order")
		flags.StringVar(&o.captures, "captures", "", "with --choices: write the capture to `DIR`/<subject>/<scenario>.wire")
		return flags, func(args []string) (int, error) { return o.run(a, args, flags.Changed("choices")) }
	},
}

type ordersFlags struct {
	filters   globs
	subjects  []string
	bound     int
	all       bool
	workloads globs
	choices   string
	captures  string
}

// run plays all orders, or the one that was asked for.
func (o *ordersFlags) run(a app, args []string, one bool) (int, error) {
	if o.bound < 1 {
		return 0, usagef("--bound %d: it must be positive", o.bound)
	}
	if o.captures != "" && !one {
		return 0, usagef("--captures is for one order: it needs --choices")
	}
	choices, err := parseChoices(o.choices)
	if err != nil {
		return 0, err
	}
	factories, err := subjects(o.subjects, "")
	if err != nil {
		return 0, err
	}
	pairs, err := o.pairs(args, factories)
	if err != nil {
		return 0, err
	}
	if one {
		if err := o.one(pairs); err != nil {
			return 0, err
		}
		return a.host(func(t *testing.T) int { return o.playOne(a, t, pairs[0], choices, args) }), nil
	}
	return a.host(func(t *testing.T) int { return o.playAll(a, t, pairs, args) }), nil
}

// ordered is a scenario with a subject, and why the subject does not play it, or "".
type ordered struct {
	sc       *scenario.Scenario
	f        subject.Factory
	unsuited string
}

// pairs returns the scenarios, or the workloads, that the flags choose, with each subject.
func (o *ordersFlags) pairs(args []string, factories []subject.Factory) ([]ordered, error) {
	var pairs []ordered
	if len(o.workloads) > 0 {
		if len(args)+len(o.filters) > 0 {
			return nil, usagef("--workload plays built-in workloads: it goes with no files and no --filter")
		}
		workloads, err := chosen("workload", sweep.Workloads(), func(w sweep.Workload, glob string) (bool, error) { return scenario.Match(glob, w.Name) }, o.workloads)
		if err != nil {
			return nil, err
		}
		for _, w := range workloads {
			for _, f := range factories {
				sc, why := w.For(f)
				pairs = append(pairs, ordered{sc, f, why})
			}
		}
		return pairs, nil
	}
	all, err := filteredSuite(args, o.filters)
	if err != nil {
		return nil, err
	}
	for _, sc := range all {
		for _, f := range factories {
			pairs = append(pairs, ordered{sc, f, play.Suits(sc, f, scenario.Simulated)})
		}
	}
	return pairs, nil
}

// playAll plays all orders and returns the exit code.
func (o *ordersFlags) playAll(a app, t *testing.T, pairs []ordered, args []string) int {
	code := exitOK
	for _, p := range pairs {
		if p.unsuited != "" {
			continue
		}
		orders := explore.ReducedOrders
		if o.all {
			orders = explore.AllOrders
		}
		s := orders(t, p.sc, p.f, o.bound)
		fmt.Fprintf(a.stdout, "%s  %s: %v\n", p.sc.Name, p.f.Name, s)
		if s.Failed != nil {
			code = exitFailed
			fmt.Fprintf(a.stdout, "  %s: %s", s.Failed.Shown(), s.Failed.Report())
			fmt.Fprintf(a.stdout, "  replay: %s\n", o.command(a.program, p, s.Choices, args))
		}
	}
	return code
}
