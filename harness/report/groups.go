package report

import (
	"slices"

	"umqtt/harness/judge"
)

// A Group is a set of results with the same verdict, the same reason, and a rule that all of them break.
type Group struct {
	Verdict judge.Verdict
	// Rule is the id of the rule; "" where no rule is broken.
	Rule string
	// Reason says in which way, as [judge.Kind] has it.
	Reason string
	// Members are indices into what was grouped, in ascending order.
	Members []int
}

// A Member is something that goes into one group. One whose verdict is "" goes into none.
type Member struct {
	Verdict judge.Verdict
	judge.Kind
}

// MemberOf returns a result as a member. What its API reported makes it one where nothing else does: its verdict
// is then "api: fail", "api: warn" or "api: info".
func MemberOf(res *judge.Result) Member {
	switch f := res.Reason(); {
	case res.Verdict == judge.Unsupported:
		return Member{}
	case f != nil && res.Shown() == judge.Inconclusive:
		return Member{res.Shown(), judge.Kind{Reason: f.Kind().Reason}} // it shows no rule to be broken
	case f != nil:
		return Member{res.Shown(), f.Kind()}
	case OutcomeOf(res.Shown()) == Failed:
		return Member{res.Shown(), judge.Kind{Reason: "nothing is known of it"}}
	case len(res.APIFailures) > 0:
		return Member{"api: " + res.API, res.APIFailures[0].Kind()}
	}
	return Member{}
}

// Groups returns the groups of some members. Of those with the same verdict and reason, the ones that break the
// rule which most of them break form the first group, and the rest forms further groups in the same way. Groups
// stand in the order of their verdict, failures first, then of their size, then of their first member.
func Groups(all []Member) []Group {
	type bucket struct {
		verdict judge.Verdict
		reason  string
	}
	members := map[bucket][]int{}
	var order []bucket
	for i, m := range all {
		if m.Verdict == "" {
			continue
		}
		b := bucket{m.Verdict, m.Reason}
		if members[b] == nil {
			order = append(order, b)
		}
		members[b] = append(members[b], i)
	}
	var groups []Group
	for _, b := range order {
		for rest := members[b]; len(rest) > 0; {
			g := Group{Verdict: b.verdict, Reason: b.reason, Rule: mostBroken(all, rest)}
			var others []int
			for _, i := range rest {
				if g.Rule == "" || slices.Contains(all[i].Rules, g.Rule) {
					g.Members = append(g.Members, i)
				} else {
					others = append(others, i)
				}
			}
			groups = append(groups, g)
			rest = others
		}
	}
	slices.SortStableFunc(groups, func(a, b Group) int {
		if d := rank(a.Verdict) - rank(b.Verdict); d != 0 {
			return d
		}
		if d := len(b.Members) - len(a.Members); d != 0 {
			return d
		}
		return a.Members[0] - b.Members[0]
	})
	return groups
}

// mostBroken returns the rule that most members break, of several the one that is named first. It returns ""
// where none breaks any.
func mostBroken(all []Member, members []int) string {
	count := map[string]int{}
	var order []string
	for _, i := range members {
		for k, id := range all[i].Rules {
			if slices.Contains(all[i].Rules[:k], id) {
				continue
			}
			if count[id] == 0 {
				order = append(order, id)
			}
			count[id]++
		}
	}
	most := ""
	for _, id := range order {
		if count[id] > count[most] {
			most = id
		}
	}
	return most
}

// worst lists the verdicts in the order in which groups stand.
var worst = []judge.Verdict{judge.Fail, judge.APIFail, judge.SetupError, judge.KnownFail, "api: fail",
	judge.Warn, "api: warn", judge.Info, "api: info", judge.Inconclusive}

// rank is a verdict's place in worst; those that are not known come first.
func rank(v judge.Verdict) int { return slices.Index(worst, v) }
