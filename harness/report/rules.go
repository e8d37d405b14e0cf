package report

import "umqtt/harness/spec"

// ruleView is a rule and where it stands.
type ruleView struct {
	shownRule
	Standing
	State State
}

// ruleViews are rules by what the results say of them.
type ruleViews struct {
	Accused []ruleView  // broken or warned of
	Rest    []ruleList  // the others, by state
	Numbers []ruleCount // of the standard's statements, by state
	Free    []string    // ids of the statements that bind a client and that no scenario covers
	Covered int         // statements that a scenario covers
	Total   int         // statements
}

// ruleList is the rules of one state.
type ruleList struct {
	State State
	Rules []ruleView
}

// ruleCount is how many statements are in a state.
type ruleCount struct {
	State State
	N     int
}

// ruleViewsOf returns the rules that have a standing, in the standard's order.
func ruleViewsOf(standings map[string]Standing) ruleViews {
	var v ruleViews
	byState, numbers := map[State][]ruleView{}, map[State]int{}
	for _, id := range ruleIDs(standings) {
		s := standings[id]
		view := ruleView{ruleOf(id), s, s.State()}
		byState[view.State] = append(byState[view.State], view)
		if r, _ := spec.Lookup(id); r.Kind == spec.Statement {
			numbers[view.State]++
			v.Covered++
		}
	}
	for _, state := range []State{Broken, Warned} {
		v.Accused = append(v.Accused, byState[state]...)
	}
	for _, state := range []State{Held, Noted, Open, Unknown} {
		if rules := byState[state]; len(rules) > 0 {
			v.Rest = append(v.Rest, ruleList{state, rules})
		}
	}
	for _, state := range []State{Broken, Warned, Held, Noted, Open, Unknown} {
		if n := numbers[state]; n > 0 {
			v.Numbers = append(v.Numbers, ruleCount{state, n})
		}
	}
	for _, r := range spec.Statements() {
		v.Total++
		if _, ok := standings[r.ID]; !ok && r.Applies != "server" {
			v.Free = append(v.Free, r.ID)
		}
	}
	return v
}
