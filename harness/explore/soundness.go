package explore

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/variant"
)

// Sound is the result of playing the scenarios of a suite with one variant.
type Sound struct {
	Variant variant.Variant
	// Verdicts counts the scenarios with each verdict on the wire.
	Verdicts map[judge.Verdict]int
	// Accusations are the results that accuse the variant, in the order of the scenarios.
	Accusations []*judge.Result
	// APIFailures are the results of those levels in which only the API failed, in the order of the scenarios.
	APIFailures []*judge.Result
}

// Accuses reports whether a result is a false accusation, given that the client conforms: the scenario is at level
// must or should and its verdict is not pass. A feature that the client lacks is no accusation. The API is not
// considered.
func Accuses(res *judge.Result) bool {
	switch res.Verdict {
	case judge.Fail, judge.Warn, judge.Inconclusive, judge.SetupError:
		return binds(res.Scenario)
	}
	return false
}

// binds reports whether a scenario is of a level that accuses.
func binds(sc *scenario.Scenario) bool {
	return sc.Level == scenario.Must || sc.Level == scenario.Should
}

// Play plays one scenario with one subject.
type Play func(*scenario.Scenario, subject.Factory) *judge.Result

// Soundness plays every scenario with every variant and returns a [Sound] for each variant, in their order. It plays up
// to workers scenarios at a time, those of one variant among them. A long scenario is played with fewer rounds. The
// function play plays one scenario: see [InBubble] and [Real].
func Soundness(variants []variant.Variant, all []*scenario.Scenario, workers int, play Play) []Sound {
	var factories []subject.Factory
	for _, v := range variants {
		factories = append(factories, v.Factory())
	}
	results := make([]*judge.Result, len(variants)*len(all))
	atOnce(workers, len(results), func(i int) {
		res := play(Short(all[i%len(all)]), factories[i/len(all)])
		if !Accuses(res) && !apiFails(res) {
			res = &judge.Result{Scenario: res.Scenario, Verdict: res.Verdict} // the capture is not needed
		}
		results[i] = res
	})
	var sounds []Sound
	for i, v := range variants {
		sounds = append(sounds, soundOf(v, results[i*len(all):(i+1)*len(all)]))
	}
	return sounds
}

// soundOf returns what results make of a variant.
func soundOf(v variant.Variant, results []*judge.Result) Sound {
	s := Sound{Variant: v, Verdicts: map[judge.Verdict]int{}}
	for _, res := range results {
		s.Verdicts[res.Verdict]++
		switch {
		case Accuses(res):
			s.Accusations = append(s.Accusations, res)
		case apiFails(res):
			s.APIFailures = append(s.APIFailures, res)
		}
	}
	return s
}

// apiFails reports whether the API failed in a scenario of a level that accuses.
func apiFails(res *judge.Result) bool {
	return (res.API == judge.Fail || res.API == judge.Warn) && binds(res.Scenario)
}

// Real plays a scenario over loopback TCP, with the subject treated as a foreign client. It repeats a run that the
// machine may have spoiled: see [play.Steadily].
func Real(sc *scenario.Scenario, f subject.Factory) *judge.Result {
	return play.Steadily(func() *judge.Result { return play.Real(sc, f, play.Options{Foreign: true}) })
}

// InBubble returns a function for [Soundness] that plays in the simulated world, with the subject treated as a
// foreign client.
func InBubble(t *testing.T) Play { return inBubble(t, play.Options{Foreign: true}) }

// inBubble plays each scenario in a bubble of its own.
func inBubble(t *testing.T, o play.Options) Play {
	return func(sc *scenario.Scenario, f subject.Factory) (res *judge.Result) {
		if play.Suits(sc, f, scenario.Simulated) != "" {
			return play.Simulated(t, sc, f, o) // no bubble is needed for that
		}
		t.Run(f.Name+"/"+sc.Name, func(t *testing.T) { res = play.Simulated(t, sc, f, o) })
		if res == nil {
			res = &judge.Result{Scenario: sc, Subject: f.Name, Verdict: judge.SetupError, Failure: &judge.Failure{Message: "it was played to no end"}}
		}
		return res
	}
}

// Pairs returns n different pairs of compatible variants, chosen by the seed.
func Pairs(all []variant.Variant, n int, seed uint64) ([]variant.Variant, error) {
	var possible []variant.Variant
	for i, a := range all {
		for _, b := range all[i+1:] {
			if v, ok := variant.Pair(a, b); ok {
				possible = append(possible, v)
			}
		}
	}
	if n > len(possible) {
		return nil, fmt.Errorf("there are %d pairs of these variants, not %d", len(possible), n)
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	rng.Shuffle(len(possible), func(i, j int) { possible[i], possible[j] = possible[j], possible[i] })
	return possible[:n], nil
}
