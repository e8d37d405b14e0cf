// Package explore plays scenarios in more ways than one: again and again, to see that a seed gives one
// trace, and under many seeds, to see the orders that a conforming peer could have chosen.
package explore

import (
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

// Traces is how often each trace was seen, by its digest ([judge.Result].Trace).
type Traces map[string]int

// Repeat plays a scenario so many times in the simulated world under one seed, and returns the traces.
// One trace is what determinism means. The first run whose verdict is not pass is returned as well.
func Repeat(t *testing.T, sc *scenario.Scenario, f subject.Factory, o play.Options, runs int) (Traces, *judge.Result) {
	traces := Traces{}
	var bad *judge.Result
	for range runs {
		res := play.Simulated(t, sc, f, o)
		traces[res.Trace]++
		if bad == nil && res.Shown() != judge.Pass {
			bad = res
		}
	}
	return traces, bad
}

// Orders plays a scenario once for each of the seeds from 1 on, and returns the traces: as many as the
// seeds led to different orders of packets. The first run whose verdict is not pass is returned as well.
func Orders(t *testing.T, sc *scenario.Scenario, f subject.Factory, seeds int) (Traces, *judge.Result) {
	traces := Traces{}
	var bad *judge.Result
	for seed := range uint64(seeds) {
		res := play.Simulated(t, sc, f, play.Options{Seed: seed + 1})
		traces[res.Trace]++
		if bad == nil && res.Shown() != judge.Pass {
			bad = res
		}
	}
	return traces, bad
}
