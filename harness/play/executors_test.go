package play

import (
	"testing"

	"umqtt/scenarios"
)

// The player has one executor for each verb of the step table, and none beside.
func TestExecutorsMatchTheStepTable(t *testing.T) {
	verbs := map[string]bool{}
	for _, v := range scenarios.Table() {
		verbs[v.Key] = true
		if executors[v.Key] == nil {
			t.Errorf("no executor for %q", v.Key)
		}
	}
	for key := range executors {
		if !verbs[key] {
			t.Errorf("an executor for %q, which is no verb", key)
		}
	}
}
