package sweep

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"umqtt/harness/scenario"
	"umqtt/harness/spec"
)

// maxReductions bounds the runs that making a scenario smaller takes.
const maxReductions = 400

// A reducer makes a scenario smaller that breaks a rule.
type reducer struct {
	fails func(*scenario.Scenario) bool
	runs  int
}

// Reduce returns the smallest scenario that it finds which breaks the same rule as a point does: with fewer faults
// and steps, and simpler values. It plays by itself, and fails alone. Where without is not nil, it passes with that
// plan's subject: the one that is no mutant. ok is false when not even the point's own scenario does all that.
func (p Plan) Reduce(t *testing.T, point Point, broken string, without *Plan) (sc *scenario.Scenario, ok bool) {
	return p.ReduceScenario(t, p.Scenario(point), broken, without)
}

// ReduceScenario does for any scenario with an oracle what [Plan.Reduce] does for that of a point. It leaves the
// scenario it is given as it is.
func (p Plan) ReduceScenario(t *testing.T, given *scenario.Scenario, broken string, without *Plan) (sc *scenario.Scenario, ok bool) {
	r := reducer{fails: func(sc *scenario.Scenario) bool {
		parsed, err := scenario.Parse("reduced.yaml", scenario.Format(sc))
		if err != nil || p.Play(t, parsed).Broken != broken {
			return false
		}
		return without == nil || without.Play(t, parsed).Broken == ""
	}}
	copied := *given
	sc = &copied
	sc.Name, sc.File = "reduced", "reduced.yaml"
	sc.Steps = cloned(sc.Steps)
	if !r.fails(sc) {
		return sc, false
	}
	for before := ""; before != string(scenario.Format(sc)) && r.runs < maxReductions; {
		before = string(scenario.Format(sc))
		r.steps(sc)
		r.needs(sc)
		r.options(sc)
		r.values(sc)
	}
	return sc, true
}

// try keeps a change under which the scenario still fails, and reports whether it does.
func (r *reducer) try(sc *scenario.Scenario, change func(*scenario.Scenario)) bool {
	if r.runs++; r.runs > maxReductions {
		return false
	}
	next := *sc
	next.Steps, next.Needs = cloned(sc.Steps), slices.Clone(sc.Needs)
	change(&next)
	if !r.fails(&next) {
		return false
	}
	*sc = next
	return true
}

// steps takes steps away: half of them at once, then fewer and fewer.
func (r *reducer) steps(sc *scenario.Scenario) {
	for size := max(len(sc.Steps)/2, 1); size > 0; size /= 2 {
		for from := 0; from < len(sc.Steps) && len(sc.Steps) > 1; {
			to := min(from+size, len(sc.Steps))
			if !r.try(sc, func(s *scenario.Scenario) { s.Steps = slices.Delete(s.Steps, from, to) }) {
				from = to
			}
		}
	}
}

// needs takes features away that nothing uses any more.
func (r *reducer) needs(sc *scenario.Scenario) {
	for i := len(sc.Needs) - 1; i >= 0; i-- {
		r.try(sc, func(s *scenario.Scenario) { s.Needs = slices.Delete(s.Needs, i, i+1) })
	}
}

// options gives the client's options their defaults.
func (r *reducer) options(sc *scenario.Scenario) {
	def := scenario.DefaultConnect()
	for name := range maps.Keys(sc.Client.Changes(def)) {
		r.try(sc, func(s *scenario.Scenario) {
			left := s.Client.Changes(def)
			delete(left, name)
			s.Client = def.With(left)
		})
	}
}

// values makes numbers and times smaller, and leaves out what need not be said.
func (r *reducer) values(sc *scenario.Scenario) {
	for i := range sc.Steps {
		for _, name := range slices.Sorted(maps.Keys(sc.Steps[i].Args)) {
			set := func(v any) bool {
				return r.try(sc, func(s *scenario.Scenario) { s.Steps[i].Args[name] = v })
			}
			switch v := sc.Steps[i].Args[name].(type) {
			case int:
				least := 0
				if name == "nth" || name == "refuse" {
					least = 1
				}
				for _, less := range []int{least, v / 2, v - 1} {
					if name != "qos" && less >= least && less < v && set(less) {
						break
					}
				}
				if name == "refuse" {
					r.try(sc, func(s *scenario.Scenario) { delete(s.Steps[i].Args, name) })
				}
			case time.Duration:
				for _, less := range []time.Duration{time.Second, v / 2} {
					if less < v && set(less.Round(time.Millisecond)) {
						break
					}
				}
			case bool:
				if name == "forget" {
					r.try(sc, func(s *scenario.Scenario) { delete(s.Steps[i].Args, name) })
				}
			}
		}
	}
}

// cloned returns steps whose arguments can be changed.
func cloned(steps []scenario.Step) []scenario.Step {
	all := slices.Clone(steps)
	for i := range all {
		all[i].Args = maps.Clone(all[i].Args)
	}
	return all
}

// File writes a reduced scenario as a file that says what it shows.
func File(sc *scenario.Scenario, subject string, r Run) []byte {
	s := *sc
	s.Title = fmt.Sprintf("The client %s breaks the rule %s under %v", subject, r.Broken, r.Point)
	s.Note = printable(r.Message)
	for _, id := range r.IDs {
		if _, ok := spec.Lookup(id); ok && !slices.Contains(s.Covers, id) {
			s.Covers = append(s.Covers, id)
		}
	}
	return scenario.Format(&s)
}

// printable returns a text without what no scenario may hold.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
