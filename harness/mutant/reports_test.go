package mutant_test

import (
	"testing"

	"umqtt/harness/mutant"
)

// Each kind of report is named by a scenario that fails on a mutant with the fault, and passes on the subject that
// the mutant is made of; or there is a reason.
func TestClientReportsAreNamed(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range mutant.ClientReports() {
		if seen[r.Does] || r.Does == "" || r.Where == "" {
			t.Errorf("%q is empty or there twice, or nobody has reported it", r.Does)
		}
		seen[r.Does] = true
		t.Run(r.Does, func(t *testing.T) {
			if r.Unnamed != "" {
				if r.Scenario != "" || r.Mutant != "" {
					t.Errorf("%s with %s names it, although it is said that none does: %s", r.Scenario, r.Mutant, r.Unnamed)
				}
				return
			}
			notices(t, named(t, r.Scenario), r.Mutant)
		})
	}
}
