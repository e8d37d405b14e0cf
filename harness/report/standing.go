package report

import (
	"slices"
	"strings"

	"umqtt/harness/judge"
	"umqtt/harness/spec"
)

// A Standing is the number of results by what they say of a rule.
type Standing struct {
	Broken  int // failures, known ones too, that show it to be broken
	Warned  int // warnings that say so
	Noted   int // results of the levels may and policy that say so
	Held    int // passes of scenarios that cover it
	Open    int // scenarios that cover it and ended otherwise
	Skipped int // scenarios that cover it and were not played
}

// Cases is how many results say anything of the rule.
func (s Standing) Cases() int { return s.Broken + s.Warned + s.Noted + s.Held + s.Open + s.Skipped }

// A State is what results say of a rule in one word.
type State string

// The states. Of several that apply, the first is the state.
const (
	Broken  State = "broken"
	Warned  State = "warned"
	Held    State = "held"
	Noted   State = "noted"
	Open    State = "open"
	Unknown State = "not played"
)

// State returns the state. A choice that is noted breaks nothing: where other results hold the rule, it is held.
func (s Standing) State() State {
	switch {
	case s.Broken > 0:
		return Broken
	case s.Warned > 0:
		return Warned
	case s.Held > 0:
		return Held
	case s.Noted > 0:
		return Noted
	case s.Open > 0:
		return Open
	}
	return Unknown
}

// Standings returns where each rule stands that the results cover or show to be broken.
func Standings(all []Entry) map[string]Standing {
	standings := map[string]Standing{}
	for _, e := range all {
		said := map[string]State{}
		e.broken(said)
		for _, id := range e.Statements {
			if _, ok := said[id]; !ok {
				said[id] = e.covers()
			}
		}
		for id, state := range said {
			s := standings[id]
			switch state {
			case Broken:
				s.Broken++
			case Warned:
				s.Warned++
			case Noted:
				s.Noted++
			case Held:
				s.Held++
			case Open:
				s.Open++
			default:
				s.Skipped++
			}
			standings[id] = s
		}
	}
	return standings
}

// broken notes the rules that an entry shows to be broken, and how badly. Where something is proven, what a step
// saw may be its consequence, and breaks nothing.
func (e *Entry) broken(said map[string]State) {
	note := func(verdict judge.Verdict, ids []string) {
		state, ok := accuses[verdict]
		for _, id := range ids {
			if said[id] == "" && ok {
				said[id] = state
			}
		}
	}
	if len(e.Proven) > 0 {
		note(judge.Verdict(e.Verdict), e.Proven)
	} else {
		note(judge.Verdict(e.Verdict), e.Violated)
	}
	for _, f := range e.APIFailures {
		note(judge.Verdict(e.API), f.Violated)
	}
}

// accuses has the verdicts whose results show rules to be broken.
var accuses = map[judge.Verdict]State{
	judge.Fail: Broken, judge.APIFail: Broken, judge.KnownFail: Broken, judge.Warn: Warned, judge.Info: Noted,
}

// covers is what an entry says of the rules that its scenario covers, where it does not show them to be broken.
func (e *Entry) covers() State {
	switch judge.Verdict(e.Verdict) {
	case judge.Pass:
		return Held
	case judge.Unsupported:
		return Unknown
	}
	return Open
}

// ruleIDs returns the ids that standings have, in the order of the standard: statements, clauses, promises, and
// at the end what is unknown.
func ruleIDs(standings ...map[string]Standing) []string {
	has := func(id string) bool {
		return slices.ContainsFunc(standings, func(m map[string]Standing) bool { _, ok := m[id]; return ok })
	}
	var ids, unknown []string
	for _, r := range spec.All() {
		if has(r.ID) {
			ids = append(ids, r.ID)
		}
	}
	for _, m := range standings {
		for id := range m {
			if _, ok := spec.Lookup(id); !ok && !slices.Contains(unknown, id) {
				unknown = append(unknown, id)
			}
		}
	}
	slices.SortFunc(unknown, strings.Compare)
	return append(ids, unknown...)
}
