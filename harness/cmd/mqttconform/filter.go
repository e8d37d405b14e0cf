package main

import (
	"fmt"
	"slices"
	"strings"

	"umqtt/harness/scenario"
)

// globs is the value of --filter: patterns for names, which are wrong or right as soon as they are given.
type globs []string

// String implements [pflag.Value].
func (g *globs) String() string { return strings.Join(*g, ", ") }

// Type implements [pflag.Value].
func (g *globs) Type() string { return "GLOB" }

// Set implements [pflag.Value]: it adds a pattern.
func (g *globs) Set(glob string) error {
	if _, err := scenario.Match(glob, ""); err != nil {
		return fmt.Errorf(`%w; a [ that stands for itself is written \[`, err)
	}
	*g = append(*g, glob)
	return nil
}

// filtered returns the scenarios that one of the patterns selects, or all if there are none. It is a mistake
// if none does.
func filtered(all []*scenario.Scenario, g globs) ([]*scenario.Scenario, error) {
	return chosen("scenario", all, (*scenario.Scenario).Matches, g)
}

// filteredSuite returns the scenarios of suite that one of the patterns selects, or all if there are none.
func filteredSuite(args []string, g globs) ([]*scenario.Scenario, error) {
	all, err := suite(args)
	if err != nil {
		return nil, err
	}
	return filtered(all, g)
}

// chosen returns those of all that one of the patterns selects, or all if there are none. What they are is
// said when none does.
func chosen[T any](what string, all []T, matches func(v T, glob string) (bool, error), g globs) ([]T, error) {
	if len(g) == 0 {
		return all, nil
	}
	var some []T
	for _, v := range all {
		if slices.ContainsFunc(g, func(glob string) bool { ok, _ := matches(v, glob); return ok }) {
			some = append(some, v)
		}
	}
	if len(some) == 0 {
		return nil, &nothingError{fmt.Sprintf("no %s matches --filter %s (of %d; see mqttconform list)", what, &g, len(all))}
	}
	return some, nil
}

// literal returns the pattern that matches this name alone.
func literal(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}
