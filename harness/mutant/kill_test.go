package mutant_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/mutant"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/scenarios"
)

// loaded is the suite, which is the same each time.
var loaded = sync.OnceValues(func() ([]*scenario.Scenario, error) { return scenario.Load(scenarios.FS()) })

// suite returns the scenarios of the suite. They must not be changed.
func suite(t *testing.T) []*scenario.Scenario {
	t.Helper()
	all, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// `make variants` sets it.
var whole = flag.Bool("whole", false, "play every case of each table with every mutant twice, and not the first alone")

// heads divides scenarios into those that are in no table, or are the first case of one, and the other cases of tables.
func heads(all []*scenario.Scenario) (first, rest []*scenario.Scenario) {
	seen := map[string]bool{}
	for _, sc := range all {
		if seen[sc.File] {
			rest = append(rest, sc)
		} else {
			first = append(first, sc)
		}
		seen[sc.File] = true
	}
	return first, rest
}

// Every mutant of every built-in subject is killed: a scenario fails on it that covers a statement it
// violates. What only a long scenario shows is left out with the race detector.
func TestEveryMutantIsKilled(t *testing.T) {
	first, rest := heads(suite(t))
	suite := slices.Concat(first, rest)        // the cases of a table are much alike
	killers := map[string]*scenario.Scenario{} // of mutants of the subjects before
	for _, f := range subject.Builtin() {
		on := baseOf(f)
		for _, m := range mutant.All() {
			if !m.For(f.Name) || raced && m.Long {
				continue
			}
			t.Run(f.Name+"/"+m.Name, func(t *testing.T) {
				h := hunt{t, m, on, m.Apply(f), suite}
				if killer := killers[m.Name]; killer != nil {
					h.suite = append([]*scenario.Scenario{killer}, suite...)
				}
				if k := h.kill(); k != nil {
					killers[m.Name] = k.scenario
					t.Logf("killed by %s at %s [%s]: %s", k.scenario.Name, k.failure.Pos, k.statement, k.failure.Message)
				} else {
					t.Fatal(h.survival())
				}
			})
		}
	}
}

// The tampering adds nothing random: a mutant sends, and is handed, the same twice. Whether the whole run
// is the same, the API's reports included, is asked of the unmutated subjects elsewhere.
func TestMutantsAreDeterministic(t *testing.T) {
	suite := suite(t)
	if !*whole {
		suite, _ = heads(suite)
	}
	f := subject.Builtin()[0]
	on := baseOf(f)
	for _, m := range mutant.All() {
		h := hunt{t: t, mutant: m, base: on, bad: m.Apply(f)}
		for _, sc := range suite {
			if h.covered(sc.Covers) == "" || !m.For(f.Name) || sc.Long() && m.Long || !on.changes(t, sc, m) {
				continue
			}
			first := h.play(sc)
			if first.Capture == nil { // it plays in another world, or needs what the subject lacks
				continue
			}
			second := h.play(sc)
			if first.Verdict != second.Verdict {
				t.Errorf("%s: %s is %s, then %s", m.Name, sc.Name, first.Verdict, second.Verdict)
			}
			if diff := capture.Diff(second.Capture, first.Capture); diff != "" {
				t.Errorf("%s: %s plays differently the second time:\n%s", m.Name, sc.Name, diff)
			}
		}
	}
}

// hunt plays scenarios on one mutant of one subject.
type hunt struct {
	t      *testing.T
	mutant mutant.Mutant
	base   *base
	bad    subject.Factory
	suite  []*scenario.Scenario
}

// base is a subject that mutants are made of, and what came of scenarios with it, as far as that was asked.
type base struct {
	subject.Factory
	mutants []mutant.Mutant
	passed  map[*scenario.Scenario]bool
	trials  map[*scenario.Scenario]*mutant.Trial // nil where the subject does not pass behind connections that can be tampered with
}

// bases are those of the built-in subjects, which are the same each time.
var bases = map[string]*base{}

func baseOf(f subject.Factory) *base {
	if b := bases[f.Name]; b != nil {
		return b
	}
	mutants := slices.DeleteFunc(mutant.All(), func(m mutant.Mutant) bool { return !m.For(f.Name) })
	b := &base{f, mutants, map[*scenario.Scenario]bool{}, map[*scenario.Scenario]*mutant.Trial{}}
	bases[f.Name] = b
	return b
}

// passes reports whether a scenario passes with the subject as it is.
func (b *base) passes(t *testing.T, sc *scenario.Scenario) bool {
	passed, known := b.passed[sc]
	if !known {
		passed = play.Simulated(t, sc.Shortened(20), b.Factory, play.Options{Strict: true, Long: true}).Verdict == judge.Pass
		b.passed[sc] = passed
	}
	return passed
}

// changes reports whether a mutant may change anything in a scenario. One that does not plays as the subject does.
func (b *base) changes(t *testing.T, sc *scenario.Scenario, m mutant.Mutant) bool {
	trial, known := b.trials[sc]
	if !known {
		trial = mutant.NewTrial(b.Factory, b.mutants)
		if play.Simulated(t, sc.Shortened(20), trial.Factory(), play.Options{Strict: true, Long: true}).Verdict != judge.Pass {
			trial = nil
		}
		b.trials[sc] = trial
	}
	return trial == nil || trial.Changes(m.Name)
}

// kill is the failure of a scenario that covers what a mutant violates.
type kill struct {
	scenario  *scenario.Scenario
	statement string
	failure   *judge.Failure
}

// kill plays the scenarios that cover what the mutant violates, up to the first that fails. One that
// fails on the unmutated subject too tells nothing.
func (h hunt) kill() *kill {
	for _, sc := range h.suite {
		if h.covered(append(promised(), sc.Covers...)) == "" || !h.base.changes(h.t, sc, h.mutant) {
			continue
		}
		res := h.play(sc)
		failures := res.APIFailures
		if res.Verdict == judge.Fail {
			failures = append(failures, res.Failure)
		}
		for _, f := range failures {
			if id := h.covered(f.Covers); id != "" && h.base.passes(h.t, sc) {
				return &kill{sc, id, f}
			}
		}
	}
	return nil
}

// promised lists what is judged in every scenario, whatever it covers.
func promised() []string {
	return []string{judge.DeliveredOnce, judge.ReportedRight, judge.EveryCallEnds}
}

// survival tells what came of the scenarios that should have killed the mutant, and which others fail on
// it: one of those may lack a statement in its covers.
func (h hunt) survival() string {
	var b strings.Builder
	fmt.Fprintf(&b, "survived: %s; no scenario that covers %s fails on it", h.mutant.Doc, strings.Join(h.mutant.Violates, " or "))
	for _, sc := range h.suite {
		covered := h.covered(sc.Covers) != ""
		if res := h.play(sc); covered || res.Verdict == judge.Fail || res.API == judge.Fail {
			fmt.Fprintf(&b, "\n\t%s, which covers %s: %s, api %s: broken %v", sc.Name, strings.Join(sc.Covers, " "), res.Verdict, res.API, res.Broken())
		}
	}
	return b.String()
}

func (h hunt) play(sc *scenario.Scenario) *judge.Result {
	h.t.Helper()
	if sc.Long() && !h.mutant.Long {
		sc = sc.Shortened(20)
	}
	res := play.Simulated(h.t, sc, h.bad, play.Options{Strict: true, Long: true})
	if res.Verdict == judge.SetupError {
		h.t.Fatalf("%s: %v", sc.Name, res.Failure)
	}
	if res.Verdict == judge.Fail && strings.Contains(res.Failure.Message, "panicked") {
		h.t.Fatalf("%s: a panic is no kill: %v", sc.Name, res.Failure)
	}
	return res
}

// covered returns the first of these ids that the mutant violates.
func (h hunt) covered(ids []string) string {
	i := slices.IndexFunc(ids, func(id string) bool { return slices.Contains(h.mutant.Violates, id) })
	if i < 0 {
		return ""
	}
	return ids[i]
}
