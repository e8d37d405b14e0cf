package main

import (
	"errors"
	"os"

	"umqtt/harness/play"
	"umqtt/scenarios"
)

// knownFailing reads the list of what is known to fail, for all scenarios that could be chosen.
func knownFailing(file string, all []*scenarios.Scenario) (play.Known, error) {
	if file == "" {
		return play.Known{}, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return play.Known{}, err
	}
	known, err := play.ParseKnown(file, b)
	return known, errors.Join(err, known.Check(all))
}
