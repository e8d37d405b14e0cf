package main

import (
	"strconv"
	"strings"
	"testing"

	"umqtt/harness/explore"
	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/report"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
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
func (o *ordersFlags) one(all []*scenario.Scenario, factories []subject.Factory) error {
	if len(all) != 1 || len(factories) != 1 {
		return usagef("--choices are an order of one scenario with one subject; --filter and --subject leave %s with %s",
			plural(len(all), "scenario"), plural(len(factories), "subject"))
	}
	if why := play.Suits(all[0], factories[0], scenario.Simulated); why != "" {
		return usagef("--choices: %s with %s has no orders: %s", all[0].Name, factories[0].Name, why)
	}
	return nil
}

// playOne plays one order, reports it as run does and returns the exit code.
func (o *ordersFlags) playOne(a app, t *testing.T, sc *scenario.Scenario, f subject.Factory, choices []int, args []string) int {
	res := explore.PlayOrder(t, sc, f, choices)
	file, failure := writeCapture(o.captures, res)
	opts := report.Options{
		World: string(scenario.Simulated), Color: colorful(a.stdout),
		Capture: func(*judge.Result) string { return file },
		Replay:  func(*judge.Result) string { return orderCommand(a.program, res, choices, args) },
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

// orderCommand returns the command line that plays a result again which came of these choices.
func orderCommand(program string, res *judge.Result, choices []int, args []string) string {
	words := []string{"orders", "--choices", formatChoices(choices), "--filter", literal(res.Scenario.Name), "--subject", res.Subject}
	return commandLine(program, append(words, source(args, res.Scenario.File)...))
}
