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
	"umqtt/harness/wire"
)

// Kills is the result of playing the scenarios of a suite with one mutant of one subject.
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

// An outcome is what came of one scenario.
type outcome struct {
	unsupported, malformed bool
	// failed is the result if it is a failure; nil otherwise, since there are many.
	failed *judge.Result
}

func outcomeOf(res *judge.Result) outcome {
	o := outcome{unsupported: res.Verdict == judge.Unsupported, malformed: res.Capture != nil && malformed(res.Capture)}
	if failed(res) {
		o.failed = res
	}
	return o
}

func killsOf(m mutant.Mutant, f subject.Factory, all []*scenario.Scenario, of func(*scenario.Scenario) outcome) Kills {
	k := Kills{Mutant: m.Name, Subject: f.Name}
	for _, sc := range all {
		o := of(sc)
		if o.unsupported {
			continue
		}
		k.Played = append(k.Played, sc.Name)
		if o.failed != nil {
			k.By = append(k.By, sc.Name)
			if names(o.failed, m) {
				k.Naming = append(k.Naming, sc.Name)
			}
		}
		k.Malformed = k.Malformed || o.malformed
	}
	return k
}

// A tried is what came of one scenario with a subject on which mutants were tried.
type tried struct {
	outcome
	trial *mutant.Trial
}

// Matrix plays the scenarios with each mutant of each subject that the mutant applies to, up to workers scenarios
// at a time. It returns one [Kills] for each pair, in the order of the mutants, then of the subjects. A scenario
// that fails with the unchanged subject is left out for that subject. A scenario in which a mutant would change
// nothing is not played: see [mutant.Trial].
func Matrix(mutants []mutant.Mutant, subjects []subject.Factory, all []*scenario.Scenario, workers int, play Play) []Kills {
	trials := make([]map[*scenario.Scenario]tried, len(subjects))
	fit := make([][]*scenario.Scenario, len(subjects))
	for i, f := range subjects {
		trials[i], fit[i] = try(mutants, f, all, workers, play)
	}
	type pair struct {
		m       mutant.Mutant
		subject int
	}
	var pairs []pair
	for _, m := range mutants {
		for i, f := range subjects {
			if m.For(f.Name) {
				pairs = append(pairs, pair{m, i})
			}
		}
	}
	kills := make([]Kills, len(pairs))
	atOnce(workers, len(pairs), func(i int) {
		m, f, on := pairs[i].m, subjects[pairs[i].subject], trials[pairs[i].subject]
		bad := m.Apply(f)
		kills[i] = killsOf(m, f, fit[pairs[i].subject], func(sc *scenario.Scenario) outcome {
			if t := on[sc]; !t.trial.Changes(m.Name) {
				return t.outcome
			}
			return outcomeOf(play(seenBy(m, sc), bad))
		})
	})
	return kills
}

// try plays scenarios with a subject and tries its mutants. It returns what came of it, and the scenarios that do not
// fail with the subject alone.
func try(mutants []mutant.Mutant, f subject.Factory, all []*scenario.Scenario, workers int, play Play) (map[*scenario.Scenario]tried, []*scenario.Scenario) {
	own := slices.DeleteFunc(slices.Clone(mutants), func(m mutant.Mutant) bool { return !m.For(f.Name) })
	list, bad := make([]tried, len(all)), make([]bool, len(all))
	atOnce(workers, len(all), func(i int) {
		if bad[i] = failed(play(Short(all[i]), f)); bad[i] {
			return
		}
		trial := mutant.NewTrial(f, own)
		list[i] = tried{outcomeOf(play(Short(all[i]), trial.Factory())), trial}
	})
	on := map[*scenario.Scenario]tried{}
	var fit []*scenario.Scenario
	for i, sc := range all {
		if on[sc] = list[i]; !bad[i] {
			fit = append(fit, sc)
		}
	}
	return on, fit
}

// atOnce calls f with each number below n, so many at once.
func atOnce(workers, n int, f func(i int)) {
	next := make(chan int)
	var done sync.WaitGroup
	for range workers {
		done.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	done.Wait()
}

// shortRounds is how often the steps of a repeat are played with each of many subjects.
const shortRounds = 20

// Short returns a scenario as it is played with each of many subjects: one that is long with fewer rounds.
func Short(sc *scenario.Scenario) *scenario.Scenario {
	if !sc.Long() {
		return sc
	}
	return sc.Shortened(shortRounds)
}

// seenBy returns a scenario as it is played with a mutant.
func seenBy(m mutant.Mutant, sc *scenario.Scenario) *scenario.Scenario {
	if m.Long {
		return sc
	}
	return Short(sc)
}

// Killer returns the first mutant and subject with which the scenario fails, of those subjects with which it
// passes. With the subject itself a long scenario is played with fewer rounds.
func Killer(sc *scenario.Scenario, mutants []mutant.Mutant, subjects []subject.Factory, play Play) (mutantName, subjectName string, ok bool) {
	for _, m := range mutants {
		for _, f := range subjects {
			if m.For(f.Name) && failed(play(seenBy(m, sc), m.Apply(f))) && !failed(play(Short(sc), f)) {
				return m.Name, f.Name, true
			}
		}
	}
	return "", "", false
}

// Apt returns the mutants that violate a rule which the scenario covers.
func Apt(sc *scenario.Scenario, mutants []mutant.Mutant) []mutant.Mutant {
	return slices.DeleteFunc(slices.Clone(mutants), func(m mutant.Mutant) bool {
		return !slices.ContainsFunc(sc.Covers, func(id string) bool { return slices.Contains(m.Violates, id) })
	})
}

// Breakers returns the names of the mutants that violate the rule id and are killed by a scenario that covers it.
// A scenario kills a mutant when it fails with the mutant of a subject and passes with the subject itself. A mutant that
// would change nothing in a scenario is not played: see [mutant.Trial].
func Breakers(id string, mutants []mutant.Mutant, subjects []subject.Factory, all []*scenario.Scenario, play Play) []string {
	covering := slices.DeleteFunc(slices.Clone(all), func(sc *scenario.Scenario) bool { return !slices.Contains(sc.Covers, id) })
	violating := slices.DeleteFunc(slices.Clone(mutants), func(m mutant.Mutant) bool { return !slices.Contains(m.Violates, id) })
	type pair struct {
		sc      *scenario.Scenario
		subject string
	}
	trials := map[pair]*mutant.Trial{}
	changes := func(m mutant.Mutant, sc *scenario.Scenario, f subject.Factory) bool {
		if len(violating) == 1 {
			return true // a trial costs as much as a play
		}
		trial, known := trials[pair{sc, f.Name}]
		if !known {
			trial = mutant.NewTrial(f, slices.DeleteFunc(slices.Clone(violating), func(m mutant.Mutant) bool { return !m.For(f.Name) }))
			play(Short(sc), trial.Factory())
			trials[pair{sc, f.Name}] = trial
		}
		return trial.Changes(m.Name)
	}
	var names []string
	for _, m := range violating {
		kills := func(sc *scenario.Scenario) bool {
			return slices.ContainsFunc(subjects, func(f subject.Factory) bool {
				if !m.For(f.Name) || !changes(m, sc, f) {
					return false
				}
				_, _, ok := Killer(sc, []mutant.Mutant{m}, []subject.Factory{f}, play)
				return ok
			})
		}
		if slices.ContainsFunc(covering, kills) {
			names = append(names, m.Name)
		}
	}
	return names
}

// Strictly returns a function for [Matrix] that plays in the simulated world. Failures of every level count.
func Strictly(t *testing.T) Play { return inBubble(t, play.Options{Strict: true, Long: true}) }

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

// malformed reports whether the subject sent something that is no packet a client may send. The beginning of a packet of
// which it could not write more is none.
func malformed(c *capture.Capture) bool {
	for _, r := range c.Records {
		if _, err := r.Packet(); r.Kind == capture.Sent && err != nil && !wire.Begun(r.Data) {
			return true
		}
	}
	return false
}
