// Package search has a sweep and a swarm look for what is wrong with a client of which they know nothing, and says
// what finds it.
//
//	f := search.Find(t, m, search.Budget{Points: 40, Seeds: 500})
//	fmt.Println(f.Mutant, f.By, f.Where, f.Runs)
//
// The share of all mutants that are found so is how much a search is worth: nobody tells it which mutant it has, nor
// where that shows.
package search

import (
	"strconv"
	"testing"
	"time"

	"umqtt/harness/mutant"
	"umqtt/harness/subject"
	"umqtt/harness/swarm"
	"umqtt/harness/sweep"
)

// A Budget bounds the search for one mutant.
type Budget struct {
	// Points is the most single faults that are played for each workload with each subject, at even distances.
	Points int
	// Seeds is how many seeds of a swarm are played with each subject, from 1 on.
	Seeds uint64
}

// What finds a mutant.
const (
	Nothing  = ""
	Workload = "workload" // a workload without faults
	Sweep    = "sweep"    // a workload with one fault
	Swarm    = "swarm"    // a seed
	Process  = "process"  // the process of the search died, or did not end
)

// A Found is what came of the search for one mutant.
type Found struct {
	Mutant, Subject string
	// By says what found it, and Where is the workload and the point, or the seed.
	By, Where string
	// Broken is the rule that it broke, as [sweep.Run] has it, and Message says how.
	Broken, Message string `json:",omitempty"`
	// Runs is how many runs were played until it was found, or in all; Took is the time that took.
	Runs int
	Took time.Duration
}

// Find searches for one mutant with each built-in subject that can show it: first the workloads, then the points of a
// sweep, then the seeds of a swarm. It stops at the first run that breaks a rule with the mutant and none without it.
func Find(t *testing.T, m mutant.Mutant, b Budget) (found Found) {
	begin := time.Now()
	found.Mutant = m.Name
	defer func() { found.Took = time.Since(begin) }()
	var good []subject.Factory
	for _, f := range subject.Builtin() {
		if m.For(f.Name) {
			good = append(good, f)
		}
	}
	return found.search(t, m, good, b)
}

func (f Found) search(t *testing.T, m mutant.Mutant, good []subject.Factory, b Budget) Found {
	plans := pairs(m, good)
	for _, p := range plans {
		if f.try(t, p, nil, Workload) {
			return f
		}
	}
	for _, p := range plans {
		for _, point := range some(t, p, b.Points) {
			if f.try(t, p, point, Sweep) {
				return f
			}
		}
	}
	for seed := uint64(1); seed <= b.Seeds; seed++ {
		for _, g := range good {
			if f.seed(t, m, g, seed) {
				return f
			}
		}
	}
	return f
}

// pairs returns the plans of all workloads with a mutant of all subjects, each beside that without the mutant.
func pairs(m mutant.Mutant, good []subject.Factory) []sweep.Pair {
	var all []sweep.Pair
	for _, g := range good {
		for _, w := range sweep.Workloads() {
			without, err := sweep.NewPlan(w, g)
			if err != nil {
				continue // it needs what the subject lacks
			}
			with := without
			with.Subject = m.Apply(g)
			all = append(all, sweep.Pair{Plan: with, Without: &without})
		}
	}
	return all
}

// some returns at most n single faults of the subject that is no mutant, at even distances.
func some(t *testing.T, p sweep.Pair, n int) []sweep.Point {
	if n <= 0 {
		return nil
	}
	all, err := p.Without.Points(t, sweep.Options{Most: n})
	if err != nil {
		return nil
	}
	return all[1:] // the first one is none
}

// try plays a point and reports whether it finds the mutant.
func (f *Found) try(t *testing.T, p sweep.Pair, point sweep.Point, by string) bool {
	f.Runs++
	r := p.Run(t, point)
	if r.Broken == "" || p.Without.Run(t, point).Broken != "" {
		return false
	}
	f.Subject, f.By, f.Where, f.Broken, f.Message = p.Without.Subject.Name, by, p.Workload.Name+" "+point.String(), r.Broken, r.Message
	return true
}

// seed plays a seed and reports whether it finds the mutant.
func (f *Found) seed(t *testing.T, m mutant.Mutant, g subject.Factory, seed uint64) bool {
	f.Runs++
	bad, good := swarm.Client{Subject: m.Apply(g), Soon: swarm.Soon(g), Odd: true}, swarm.Client{Subject: g, Soon: swarm.Soon(g), Odd: true}
	if bad.Soon.New != nil {
		bad.Soon = m.Apply(bad.Soon)
	}
	o := swarm.Play(t, bad, seed)
	if o.Run.Broken == "" || swarm.Play(t, good, seed).Run.Broken != "" {
		return false
	}
	f.Subject, f.By, f.Where, f.Broken, f.Message = g.Name, Swarm, "seed "+strconv.FormatUint(seed, 10), o.Run.Broken, o.Run.Message
	return true
}
