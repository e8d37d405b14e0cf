package search_test

import (
	"testing"

	"umqtt/harness/fault"
	"umqtt/harness/mutant"
	"umqtt/harness/search"
)

// Each stage of a search finds what shows there, and says how to see it again.
func TestFind(t *testing.T) {
	for _, tt := range []struct {
		mutant string
		budget search.Budget
		by     string
	}{
		{"packet-id-zero", search.Budget{}, search.Workload},
		{"no-resend", search.Budget{Points: 20}, search.Sweep},
		{"retain-lost", search.Budget{Seeds: 200}, search.Swarm},
		{"topic-wildcard", search.Budget{Seeds: 200}, search.Swarm},
		{"malformed-tolerated", search.Budget{Seeds: 200}, search.Swarm},
	} {
		t.Run(tt.mutant, func(t *testing.T) {
			m, ok := mutant.Find(tt.mutant)
			if !ok {
				t.Fatal("there is no such mutant")
			}
			f := search.Find(t, m, tt.budget)
			if f.By != tt.by || f.Broken == "" || f.Where == "" || f.Subject == "" || f.Runs == 0 || f.Mutant != m.Name {
				t.Errorf("found %+v, want it by a %s", f, tt.by)
			}
		})
	}
}

// Who does nothing wrong is not found.
func TestFindNothing(t *testing.T) {
	m := mutant.Mutant{Name: "good", Subjects: []string{"simple", "robust"},
		Rules: []fault.Rule{{Match: fault.Match{Nth: 60000}, Action: fault.Drop{}}}}
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	f := search.Find(t, m, search.Budget{Points: 2, Seeds: 20})
	if f.By != search.Nothing || f.Runs < 60 {
		t.Errorf("found %+v", f)
	}
}
