package report

import (
	"slices"
	"strings"

	"umqtt/harness/spec"
)

// decidableView is what the page of a run shows of the statements that the bytes of a client can show to be broken.
type decidableView struct {
	Rows     []decidableRow
	Subjects []string
	Counts   []subjectCount // in the order of Subjects
	// Of len(Rows), how many a scenario of the run covers, how many of the others have a reason why none does, and
	// how many a mutant violates.
	Covered, Explained, Violated int
	// All is the number of the standard's statements.
	All int
}

// decidableRow is one statement, and the subjects that are in each state of it.
type decidableRow struct {
	ID, Text           string
	Uncovered          string // why no scenario covers it, or ""
	Scenarios, Mutants []string
	Verdicts           []stateSubjects
}

// stateSubjects are the subjects for which a statement is in one state.
type stateSubjects struct {
	State    State
	Subjects []string
}

// subjectCount is how many statements are in which state for a subject.
type subjectCount struct {
	Name   string
	States []ruleCount
}

// decidableOf gathers what a run says of the decidable statements. Scenarios are those of the run that cover a
// statement, a table being one; mutants are by statement.
func decidableOf(entries []Entry, mutants map[string][]string) decidableView {
	v := decidableView{Subjects: (&Document{Results: entries}).Subjects()}
	var standings []map[string]Standing
	for _, name := range v.Subjects {
		standings = append(standings, Standings(slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return e.Subject != name })))
	}
	counts := make([]map[State]int, len(v.Subjects))
	for _, r := range spec.Statements() {
		v.All++
		if !r.Decidable() {
			continue
		}
		row := decidableRow{ID: r.ID, Text: r.Text, Uncovered: r.Uncovered(), Scenarios: tables(entries, r.ID), Mutants: mutants[r.ID]}
		switch {
		case len(row.Scenarios) > 0:
			v.Covered++
		case row.Uncovered != "":
			v.Explained++
		}
		if len(row.Mutants) > 0 {
			v.Violated++
		}
		for i, s := range standings {
			state := s[r.ID].State()
			row.add(state, v.Subjects[i])
			if counts[i] == nil {
				counts[i] = map[State]int{}
			}
			counts[i][state]++
		}
		v.Rows = append(v.Rows, row)
	}
	for i, name := range v.Subjects {
		c := subjectCount{Name: name}
		for _, state := range []State{Broken, Warned, Held, Noted, Open, Unknown} {
			if n := counts[i][state]; n > 0 {
				c.States = append(c.States, ruleCount{state, n})
			}
		}
		v.Counts = append(v.Counts, c)
	}
	return v
}

// add notes the state for a subject.
func (r *decidableRow) add(state State, name string) {
	i := slices.IndexFunc(r.Verdicts, func(s stateSubjects) bool { return s.State == state })
	if i < 0 {
		i = len(r.Verdicts)
		r.Verdicts = append(r.Verdicts, stateSubjects{State: state})
	}
	r.Verdicts[i].Subjects = append(r.Verdicts[i].Subjects, name)
}

// tables returns the names of the scenarios that cover a rule, those of one table as one, in the order in which they
// first occur.
func tables(entries []Entry, id string) []string {
	var names []string
	for _, e := range entries {
		if !slices.Contains(e.Statements, id) {
			continue
		}
		name := e.Scenario
		if parts := strings.SplitN(name, "/", 3); len(parts) == 3 {
			name = parts[0] + "/" + parts[1]
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
