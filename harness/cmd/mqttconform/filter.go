package main

import (
	"path"
	"strings"

	"umqtt/scenarios"
)

// filtered returns the scenarios whose names match one of the patterns, or all if there are none. It
// is a mistake if none does.
func filtered(all []*scenarios.Scenario, globs []string) ([]*scenarios.Scenario, error) {
	if len(globs) == 0 {
		return all, nil
	}
	var some []*scenarios.Scenario
	for _, sc := range all {
		for _, g := range globs {
			ok, err := matches(g, sc.Name)
			if err != nil {
				return nil, usagef("--filter %q: %v", g, err)
			}
			if ok {
				some = append(some, sc)
				break
			}
		}
	}
	if len(some) == 0 {
		return nil, usagef("no scenario matches --filter %s (of %d; see mqttconform list)", strings.Join(globs, ", "), len(all))
	}
	return some, nil
}

// matches is path.Match, but that a star also matches slashes.
func matches(glob, name string) (bool, error) {
	flat := strings.NewReplacer("/", "\x00")
	return path.Match(flat.Replace(glob), flat.Replace(name))
}

// literal returns the pattern that matches this name alone.
func literal(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}
