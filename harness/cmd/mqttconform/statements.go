package main

import (
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/spf13/pflag"

	"umqtt/harness/explore"
	"umqtt/harness/mutant"
	"umqtt/harness/report"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/scenarios"
)

var statementsCommand = command{
	name:  "statements",
	args:  "[--results FILE]… [--format text|json|markdown] [FILE|DIR…]",
	short: "list the standard's 141 statements, with the scenarios and mutants of each",
	long: `
Lists the numbered statements of the standard: whom each binds, whether the bytes of a client can show that it is
broken or why not, the scenarios that cover it, and its mutants: those that violate it and that are killed by a
scenario that covers it. To find these, it plays the scenarios with the mutants.

With --results FILE, a report of run --json, it also shows the result of each statement, by subject; the flag may be
given more than once. A statement is broken, warned of, held, noted, open or not played.

The totals are given of all 141 statements, and of the decidable ones: those that a client can visibly break. The text
has the numbers of scenarios and mutants; JSON and Markdown also have their names. The exit code is 1 if a decidable
statement is not covered and has no reason for that.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("statements")
		results := flags.StringArray("results", nil, "tell what came of each statement in the run whose JSON report is in `FILE`")
		format := flags.String("format", "text", "how to write it: `text|json|markdown`")
		return flags, func(args []string) (int, error) {
			write, err := choose("format", *format, map[string]func(io.Writer, *statements) error{
				"text": statementsText, "json": statementsJSON, "markdown": statementsMarkdown,
			})
			if err != nil {
				return 0, err
			}
			all, err := suite(args)
			if err != nil {
				return 0, err
			}
			var entries []report.Entry
			for _, file := range *results {
				b, err := readResultsFile(file)
				if err != nil {
					return 0, err
				}
				doc, err := report.ParseDocument(b)
				if err != nil {
					return 0, fmt.Errorf("%s: %w", file, err)
				}
				entries = append(entries, doc.Results...)
			}
			return a.host(func(t *testing.T) int {
				s := statementsOf(all, entries, explore.Strictly(t))
				if len(args) == 0 {
					s.Suite = scenarios.Version
				}
				if err := write(a.stdout, s); err != nil {
					return a.fail("statements", &setupError{err})
				}
				if s.Totals.Decidable > s.Totals.Covered+s.Totals.Explained {
					return exitFailed
				}
				return exitOK
			}), nil
		}
	},
}

// statements is the document of mqttconform statements. No field is ever left out.
type statements struct {
	// Suite is the version of the built-in suite, "" for other files.
	Suite string `json:"suite"`
	// Subjects are those of the results, in the order in which they occur.
	Subjects   []string        `json:"subjects"`
	Statements []statement     `json:"statements"`
	Totals     statementTotals `json:"totals"`
}

// statement is one statement in the document.
type statement struct {
	ID        string `json:"id"`
	Section   string `json:"section"`
	Binds     string `json:"binds"` // client, server or both
	Text      string `json:"text"`
	Decidable bool   `json:"decidable"`
	// Undecided says why it is not decidable, and Uncovered why no scenario covers it; or "".
	Undecided string   `json:"undecided"`
	Uncovered string   `json:"uncovered"`
	Scenarios []string `json:"scenarios"`
	Mutants   []string `json:"mutants"`
	// Verdicts has the state by subject, where there are results.
	Verdicts map[string]report.State `json:"verdicts"`
}

// statementTotals counts statements. All but the first two are of the decidable ones.
type statementTotals struct {
	Statements int `json:"statements"`
	Decidable  int `json:"decidable"`
	Covered    int `json:"covered"`
	Explained  int `json:"explained"` // not covered, and there is a reason
	Broken     int `json:"broken"`    // by a mutant
	// Verdicts counts them by subject and state.
	Verdicts map[string]map[report.State]int `json:"verdicts"`
}

// statementsOf gathers what is known of each statement.
func statementsOf(all []*scenario.Scenario, entries []report.Entry, play explore.Play) *statements {
	s := &statements{Subjects: []string{}, Totals: statementTotals{Verdicts: map[string]map[report.State]int{}}}
	standings := map[string]map[string]report.Standing{}
	by := map[string][]report.Entry{}
	for _, e := range entries {
		if _, ok := by[e.Subject]; !ok {
			s.Subjects = append(s.Subjects, e.Subject)
		}
		by[e.Subject] = append(by[e.Subject], e)
	}
	for name, some := range by {
		standings[name] = report.Standings(some)
		s.Totals.Verdicts[name] = map[report.State]int{}
	}
	for _, r := range spec.Statements() {
		one := statement{
			ID: r.ID, Section: r.Section(), Binds: r.Applies, Text: r.Text, Decidable: r.Decidable(), Undecided: r.Undecided(), Uncovered: r.Uncovered(),
			Scenarios: strs(scenarioNames(all, func(sc *scenario.Scenario) bool { return slices.Contains(sc.Covers, r.ID) })),
			Mutants:   strs(explore.Breakers(r.ID, mutant.All(), subject.Builtin(), all, play)),
			Verdicts:  map[string]report.State{},
		}
		for _, name := range s.Subjects {
			one.Verdicts[name] = standings[name][r.ID].State()
		}
		s.Statements = append(s.Statements, one)
		s.Totals.add(one)
	}
	return s
}

// add counts a statement.
func (t *statementTotals) add(s statement) {
	t.Statements++
	if !s.Decidable {
		return
	}
	t.Decidable++
	switch {
	case len(s.Scenarios) > 0:
		t.Covered++
	case s.Uncovered != "":
		t.Explained++
	}
	if len(s.Mutants) > 0 {
		t.Broken++
	}
	for name, state := range s.Verdicts {
		t.Verdicts[name][state]++
	}
}

func statementsJSON(w io.Writer, s *statements) error { return encode(w, s) }
