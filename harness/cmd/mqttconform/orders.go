package main

import (
	"fmt"
	"testing"

	"github.com/spf13/pflag"

	"umqtt/harness/explore"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

var ordersCommand = command{
	name:  "orders",
	args:  "[flags] [FILE|DIR…]",
	short: "play scenarios in every order of packets that a peer could choose",
	long: `
Plays each scenario in the simulated world once for every legal order of packets: packets of different connections may
overtake each other, and the packets of the server may come in any order that the standard allows. Orders that the
subject cannot distinguish give the same trace. If there are more orders than --bound, only the first ones are played.

Each scenario and subject has one line: legal orders, orders played, distinct traces. The exit code is 1 if a scenario
fails in any order. The first such order is shown, with the command that plays it again.

With --choices only this order is played, for one scenario with one subject, and reported as by run. An order lists
one choice for each time at which more than one packet could be delivered: 0 is the packet that was sent first.
Choices beyond the end of the list are 0.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("orders")
		o := &ordersFlags{}
		filterFlag(flags, &o.filters)
		subjectFlag(flags, &o.subjects)
		flags.IntVar(&o.bound, "bound", 1000, "play at most `N` orders of each scenario")
		flags.StringVar(&o.choices, "choices", "", "play only the order with these choices: `N,N,…`; '' is FIFO order")
		flags.StringVar(&o.captures, "captures", "", "with --choices: write the capture to `DIR`/<subject>/<scenario>.wire")
		return flags, func(args []string) (int, error) { return o.run(a, args, flags.Changed("choices")) }
	},
}

type ordersFlags struct {
	filters  globs
	subjects []string
	bound    int
	choices  string
	captures string
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
	all, err := filteredSuite(args, o.filters)
	if err != nil {
		return 0, err
	}
	if one {
		if err := o.one(all, factories); err != nil {
			return 0, err
		}
		return a.host(func(t *testing.T) int { return o.playOne(a, t, all[0], factories[0], choices, args) }), nil
	}
	return a.host(func(t *testing.T) int { return o.playAll(a, t, all, factories, args) }), nil
}

// playAll plays all orders and returns the exit code.
func (o *ordersFlags) playAll(a app, t *testing.T, all []*scenario.Scenario, factories []subject.Factory, args []string) int {
	code := exitOK
	for _, sc := range all {
		for _, f := range factories {
			if play.Suits(sc, f, scenario.Simulated) != "" {
				continue
			}
			s := explore.AllOrders(t, sc, f, o.bound)
			fmt.Fprintf(a.stdout, "%s  %s: %v\n", sc.Name, f.Name, s)
			if s.Failed != nil {
				code = exitFailed
				fmt.Fprintf(a.stdout, "  %s: %s", s.Failed.Shown(), s.Failed.Report())
				fmt.Fprintf(a.stdout, "  replay: %s\n", orderCommand(a.program, s.Failed, s.Choices, args))
			}
		}
	}
	return code
}
