package report

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"umqtt/harness/judge"
)

// Merge makes one document of those of the parts of a run, in the order of scenarios and subjects. The parts
// must be of one run: of the same world, seed, mutant and suite, and no two with the same scenario and subject.
func Merge(parts []*Document) (*Document, error) {
	if len(parts) == 0 {
		return nil, errors.New("there are no parts")
	}
	first := parts[0]
	whole := &Document{World: first.World, Seed: first.Seed, Mutant: first.Mutant, Suite: first.Suite, Results: []Entry{}, Groups: []EntryGroup{},
		Verdicts: map[string]int{}, APIVerdicts: map[string]int{}}
	at := map[[2]string]int{}
	for i, part := range parts {
		if part.World != first.World || part.Seed != first.Seed || part.Mutant != first.Mutant || part.Suite != first.Suite {
			return nil, fmt.Errorf("part %d is of another run than part 1: world %s, seed %d, mutant %q, suite %q, not world %s, seed %d, mutant %q, suite %q",
				i+1, part.World, part.Seed, part.Mutant, part.Suite, first.World, first.Seed, first.Mutant, first.Suite)
		}
		whole.Interrupted = whole.Interrupted || part.Interrupted
		whole.Passed, whole.Failed, whole.Skipped = whole.Passed+part.Passed, whole.Failed+part.Failed, whole.Skipped+part.Skipped
		for v, n := range part.Verdicts {
			whole.Verdicts[v] += n
		}
		for v, n := range part.APIVerdicts {
			whole.APIVerdicts[v] += n
		}
		for _, e := range part.Results {
			key := [2]string{e.Scenario, e.Subject}
			if before, ok := at[key]; ok {
				return nil, fmt.Errorf("%s with %s is in part %d and in part %d", e.Scenario, e.Subject, before, i+1)
			}
			at[key] = i + 1
			whole.Results = append(whole.Results, e)
		}
	}
	slices.SortStableFunc(whole.Results, func(a, b Entry) int {
		dirA, baseA := behaviour(a.Scenario)
		dirB, baseB := behaviour(b.Scenario)
		return cmp.Or(cmp.Compare(dirA, dirB), cmp.Compare(baseA, baseB))
	})
	var members []Member
	for _, e := range whole.Results {
		members = append(members, memberOfEntry(e))
	}
	whole.Groups = entryGroups(members)
	return whole, nil
}

// memberOfEntry returns an entry as [MemberOf] has its result.
func memberOfEntry(e Entry) Member {
	v := judge.Verdict(e.Verdict)
	switch {
	case v == judge.Unsupported:
		return Member{}
	case e.Reason != "":
		return Member{v, e.kind()}
	case OutcomeOf(v) == Failed:
		return Member{v, judge.Kind{Reason: "nothing is known of it"}}
	case len(e.APIFailures) > 0:
		f := e.APIFailures[0]
		return Member{judge.Verdict("api: " + e.API), f.kind()}
	}
	return Member{}
}
