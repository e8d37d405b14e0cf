package main

import (
	"errors"
	"os"

	"umqtt/harness/judge"
	"umqtt/harness/scenario"
)

// knownFailing reads the list of what is known to fail, for all scenarios that could be chosen.
func knownFailing(file string, all []*scenario.Scenario) (judge.Known, error) {
	if file == "" {
		return judge.Known{}, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return judge.Known{}, err
	}
	known, err := judge.ParseKnown(file, b)
	return known, errors.Join(err, known.Check(all))
}
