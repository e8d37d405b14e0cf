package main

import (
	"context"
	"fmt"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/proxy"
	"umqtt/harness/scenario"
)

// readScript reads a script of faults.
func readScript(file string) ([]scenario.Step, error) {
	b, err := readFile(file, scenario.MaxFile)
	if err != nil {
		return nil, err
	}
	return scenario.ParseFaults(file, b)
}

// begins returns the rules with which a script begins, and the steps behind them.
func begins(steps []scenario.Step) ([]fault.Rule, []scenario.Step, error) {
	var rules []fault.Rule
	for i, s := range steps {
		if !addsRule(s) {
			return rules, steps[i:], nil
		}
		r, err := scenario.Rule(s, nil)
		if err != nil {
			return nil, nil, err
		}
		rules = append(rules, r)
	}
	return rules, nil, nil
}

// addsRule reports whether a step adds a rule.
func addsRule(s scenario.Step) bool {
	switch s.Key {
	case "wait", "fault release", "fault heal", "fault down", "fault up":
		return false
	}
	return !scenario.AtOnce(s)
}

// playScript plays the steps of a script, and calls failed with the error of a step. It returns when ctx ends.
func playScript(ctx context.Context, r *proxy.Relay, steps []scenario.Step, failed func(error)) {
	for _, s := range steps {
		if s.Key == "wait" {
			d, _ := s.Args.Duration("for")
			select {
			case <-time.After(d):
			case <-ctx.Done():
				return
			}
			continue
		}
		if _, err := playStep(r, s); err != nil {
			failed(fmt.Errorf("%v: %s: %w", s.Pos, s.Key, err))
		}
	}
}

// playStep plays one step of a script, and returns the number of the rule that it adds, 0 for none.
func playStep(r *proxy.Relay, s scenario.Step) (id int, err error) {
	conn, _ := s.Args.Int("conn")
	name, _ := s.Args.String("name")
	switch {
	case s.Key == "fault release":
		return 0, r.Release(name)
	case s.Key == "fault heal":
		return 0, r.Heal(conn)
	case s.Key == "fault down":
		r.Down()
		return 0, nil
	case s.Key == "fault up":
		r.Up()
		return 0, nil
	}
	rule, err := scenario.Rule(s, nil)
	if err != nil {
		return 0, err
	}
	if !scenario.AtOnce(s) {
		return r.Add(rule)
	}
	switch a := rule.Action.(type) {
	case fault.Cut:
		return 0, r.Cut(conn, a.How)
	case fault.Stall:
		return 0, r.Stall(conn, a.Dirs)
	}
	return 0, nil
}
