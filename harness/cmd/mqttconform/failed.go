package main

import (
	"cmp"
	"fmt"
	"slices"

	"umqtt/harness/judge"
	"umqtt/harness/report"
)

// ordered returns the jobs as --failed-first and --only-failed have them.
func (o *runFlags) ordered(jobs []job) ([]job, error) {
	if o.failedFirst == "" && o.onlyFailed == "" {
		return jobs, nil
	}
	if o.failedFirst != "" && o.onlyFailed != "" {
		return nil, usagef("--failed-first and --only-failed exclude each other")
	}
	failed, err := failedIn(cmp.Or(o.failedFirst, o.onlyFailed))
	if err != nil {
		return nil, err
	}
	var first, rest []job
	for _, j := range jobs {
		names := append([]string{j.scenario.Name}, j.scenario.Aliases...)
		if slices.ContainsFunc(names, func(name string) bool { return failed[[2]string{name, j.factory.Name}] }) {
			first = append(first, j)
		} else {
			rest = append(rest, j)
		}
	}
	if o.failedFirst != "" {
		return slices.Concat(first, rest), nil
	}
	if len(first) == 0 {
		return nil, &nothingError{fmt.Sprintf("nothing that was chosen failed in the run of %s", o.onlyFailed)}
	}
	return first, nil
}

// failedIn returns what failed in the run whose JSON report is in a file, by scenario and subject.
func failedIn(file string) (map[[2]string]bool, error) {
	b, err := readResultsFile(file)
	if err != nil {
		return nil, err
	}
	doc, err := report.ParseDocument(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	failed := map[[2]string]bool{}
	for _, r := range doc.Results {
		if report.OutcomeOf(judge.Verdict(r.Verdict)) == report.Failed {
			failed[[2]string{r.Scenario, r.Subject}] = true
		}
	}
	return failed, nil
}
