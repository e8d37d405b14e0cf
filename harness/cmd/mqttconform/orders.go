package main

import (
	"fmt"
	"testing"

	"github.com/spf13/pflag"

	"umqtt/harness/explore"
	"umqtt/harness/play"
	"umqtt/harness/subject"
	"umqtt/scenarios"
)

var ordersCommand = command{
	name:  "orders",
	args:  "[flags] [FILE|DIR…]",
	short: "play scenarios in every order of packets that a peer could choose",
	long: `
Plays each scenario in the simulated world once for every legal order of packets: connections may
overtake each other, and what one connection's server sends may be in another order that a conforming
server could have chosen. An order that differs only in what the subject cannot see gives the same trace.
Of a scenario with more orders than --bound only the first ones are played.

One line for each scenario and subject: legal orders, orders played, distinct traces. The exit code is 1
when a scenario fails under any order.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("orders")
		o := &ordersFlags{}
		filterFlag(flags, &o.filters)
		flags.StringArrayVar(&o.subjects, "subject", nil, "only the subject called `NAME`; may be given more than once")
		flags.IntVar(&o.bound, "bound", 1000, "play at most `N` orders of each scenario")
		return flags, func(args []string) (int, error) { return o.run(a, args) }
	},
}

type ordersFlags struct {
	filters  globs
	subjects []string
	bound    int
}

func (o *ordersFlags) run(a app, args []string) (int, error) {
	if o.bound < 1 {
		return 0, usagef("--bound %d: it must be positive", o.bound)
	}
	factories, err := subjects(o.subjects, "")
	if err != nil {
		return 0, err
	}
	all, err := suite(args)
	if err != nil {
		return 0, err
	}
	if all, err = filtered(all, o.filters); err != nil {
		return 0, err
	}
	return a.host(func(t *testing.T) int { return o.play(a, t, all, factories) }), nil
}

func (o *ordersFlags) play(a app, t *testing.T, all []*scenarios.Scenario, factories []subject.Factory) int {
	code := exitOK
	for _, sc := range all {
		for _, f := range factories {
			if play.Suits(sc, f, scenarios.Simulated) != "" {
				continue
			}
			s := explore.AllOrders(t, sc, f, o.bound)
			fmt.Fprintf(a.stdout, "%s  %s: %v\n", sc.Name, f.Name, s)
			if s.Failed != nil {
				code = exitFailed
				fmt.Fprintf(a.stdout, "  fails with the choices %v: %s", s.Choices, s.Failed.Failure.Report())
			}
		}
	}
	return code
}
