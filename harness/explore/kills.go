package explore

import (
	"slices"
	"sync"
	"testing"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/mutant"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

// Kills is what the scenarios of a suite make of one mutant of one subject.
type Kills struct {
	Mutant, Subject string
	// Played and By are the scenarios that play with the subject, and those of them that fail.
	Played, By []string
	// Naming are those of By whose failure names a rule that the mutant violates, and that the scenario covers or
	// that is judged in every one.
	Naming []string
	// Malformed tells that the mutant sends bytes that are no packet a client may send. It then fails
	// wherever it speaks.
	Malformed bool
}

// KillsOf plays scenarios with a mutant of a subject.
func KillsOf(m mutant.Mutant, f subject.Factory, all []*scenario.Scenario, play Play) Kills {
	k := Kills{Mutant: m.Name, Subject: f.Name}
	f = m.Apply(f)
	for _, sc := range all {
		res := play(sc, f)
		if res.Verdict == judge.Unsupported {
			continue
		}
		k.Played = append(k.Played, sc.Name)
		if failed(res) {
			k.By = append(k.By, sc.Name)
			if names(res, m) {
				k.Naming = append(k.Naming, sc.Name)
			}
		}
		k.Malformed = k.Malformed || res.Capture != nil && malformed(res.Capture)
	}
	return k
}

// Matrix plays scenarios with all mutants of all subjects that can show them, so many at once, and returns what
// came of each pair: in the order of the mutants, then of the subjects. A scenario that fails with a subject
// which is not changed is left out with that subject.
func Matrix(mutants []mutant.Mutant, subjects []subject.Factory, all []*scenario.Scenario, workers int, play Play) []Kills {
	fit := map[string][]*scenario.Scenario{}
	for _, f := range subjects {
		fit[f.Name] = slices.DeleteFunc(slices.Clone(all), func(sc *scenario.Scenario) bool { return failed(play(sc, f)) })
	}
	type pair struct {
		m mutant.Mutant
		f subject.Factory
	}
	var pairs []pair
	for _, m := range mutants {
		for _, f := range subjects {
			if m.For(f.Name) {
				pairs = append(pairs, pair{m, f})
			}
		}
	}
	kills := make([]Kills, len(pairs))
	next := make(chan int)
	var done sync.WaitGroup
	for range workers {
		done.Go(func() {
			for i := range next {
				kills[i] = KillsOf(pairs[i].m, pairs[i].f, fit[pairs[i].f.Name], play)
			}
		})
	}
	for i := range pairs {
		next <- i
	}
	close(next)
	done.Wait()
	return kills
}

// Killer returns the first mutant, and the subject, with which a scenario fails that passes with the subject
// alone.
func Killer(sc *scenario.Scenario, mutants []mutant.Mutant, subjects []subject.Factory, play Play) (mutantName, subjectName string, ok bool) {
	for _, m := range mutants {
		for _, f := range subjects {
			if m.For(f.Name) && failed(play(sc, m.Apply(f))) && !failed(play(sc, f)) {
				return m.Name, f.Name, true
			}
		}
	}
	return "", "", false
}

// Apt returns the mutants that violate something which a scenario covers.
func Apt(sc *scenario.Scenario, mutants []mutant.Mutant) []mutant.Mutant {
	return slices.DeleteFunc(slices.Clone(mutants), func(m mutant.Mutant) bool {
		return !slices.ContainsFunc(sc.Covers, func(id string) bool { return slices.Contains(m.Violates, id) })
	})
}

// Breakers returns the mutants that violate a rule and are killed by a scenario which covers it: one that fails with
// the mutant of a subject, and not with the subject alone.
func Breakers(id string, mutants []mutant.Mutant, subjects []subject.Factory, all []*scenario.Scenario, play Play) []string {
	covering := slices.DeleteFunc(slices.Clone(all), func(sc *scenario.Scenario) bool { return !slices.Contains(sc.Covers, id) })
	var names []string
	for _, m := range mutants {
		kills := func(sc *scenario.Scenario) bool {
			_, _, ok := Killer(sc, []mutant.Mutant{m}, subjects, play)
			return ok
		}
		if slices.Contains(m.Violates, id) && slices.ContainsFunc(covering, kills) {
			names = append(names, m.Name)
		}
	}
	return names
}

// Strictly returns a function for [Matrix] that plays in the simulated world, and by which what should hold must.
func Strictly(t *testing.T) Play { return inBubble(t, play.Options{Strict: true}) }

// failed reports whether a scenario failed, be it by the API.
func failed(res *judge.Result) bool { return res.Verdict == judge.Fail || res.API == judge.Fail }

// names reports whether a failure is of what a mutant violates.
func names(res *judge.Result, m mutant.Mutant) bool {
	failures := slices.Clone(res.APIFailures)
	if res.Verdict == judge.Fail {
		failures = append(failures, res.Failure)
	}
	judged := append([]string{judge.DeliveredOnce, judge.ReportedRight, judge.EveryCallEnds}, res.Scenario.Covers...)
	return slices.ContainsFunc(failures, func(f *judge.Failure) bool {
		return slices.ContainsFunc(f.Covers, func(id string) bool {
			return slices.Contains(m.Violates, id) && slices.Contains(judged, id)
		})
	})
}

// malformed reports whether the subject sent something that is no packet a client may send.
func malformed(c *capture.Capture) bool {
	for _, r := range c.Records {
		if _, err := r.Packet(); r.Kind == capture.Sent && err != nil {
			return true
		}
	}
	return false
}
