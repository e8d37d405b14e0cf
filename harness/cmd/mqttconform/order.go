package main

import (
	"strconv"
	"strings"
	"testing"

	"umqtt/harness/explore"
	"umqtt/harness/judge"
	"umqtt/harness/report"
	"umqtt/harness/scenario"
)

// parseChoices reads the choices of an order, which may be none.
func parseChoices(text string) ([]int, error) {
	var choices []int
	for word := range strings.SplitSeq(text, ",") {
		n, err := strconv.ParseUint(word, 10, 31)
		if err != nil && text != "" {
			return nil, usagef("--choices %q: it may be whole numbers from 0 on with commas between them", text)
		}
		if text != "" {
			choices = append(choices, int(n))
		}
	}
	return choices, nil
}

func formatChoices(choices []int) string {
	words := make([]string, len(choices))
	for i, n := range choices {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ",")
}

// one checks that what was chosen is one scenario with one subject that can play it.
func (o *ordersFlags) one(pairs []ordered) error {
	if len(pairs) != 1 {
		scenarios, subjects := map[string]bool{}, map[string]bool{}
		for _, p := range pairs {
			scenarios[p.sc.Name], subjects[p.f.Name] = true, true
		}
		return usagef("--choices are an order of one scenario with one subject; --filter and --subject leave %s with %s",
			plural(len(scenarios), "scenario"), plural(len(subjects), "subject"))
	}
	if p := pairs[0]; p.unsuited != "" {
		return usagef("--choices: %s with %s has no orders: %s", p.sc.Name, p.f.Name, p.unsuited)
	}
	return nil
}

// playOne plays one order, reports it as run does and returns the exit code.
func (o *ordersFlags) playOne(a app, t *testing.T, p ordered, choices []int, args []string) int {
	res := explore.PlayOrder(t, p.sc, p.f, choices)
	file, failure := writeCapture(o.captures, res)
	opts := report.Options{
		World: string(scenario.Simulated), Color: colorful(a.stdout),
		Capture: func(*judge.Result) string { return file },
		Replay:  func(*judge.Result) string { return o.command(a.program, p, choices, args) },
	}
	if o.captures == "" {
		opts.Keep = keepCapture
	}
	rep := report.NewText(a.stdout, opts)
	rep.Add(res)
	if err := rep.End(false); err != nil && failure == nil {
		failure = err
	}
	if failure != nil {
		return a.fail("orders", &setupError{failure})
	}
	return exitOf(report.Counts{res.Shown(): 1})
}

// command returns the command line that plays the order of these choices again.
func (o *ordersFlags) command(program string, p ordered, choices []int, args []string) string {
	by := "--filter"
	if len(o.workloads) > 0 {
		by = "--workload"
	}
	words := []string{"orders", "--choices", formatChoices(choices), by, literal(p.sc.Name), "--subject", p.f.Name}
	return commandLine(program, append(words, source(args, p.sc.File)...))
}
