package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStandings(t *testing.T) {
	entry := func(verdict, api string, covers, violated []string) Entry {
		return Entry{Verdict: verdict, API: api, Statements: covers, EntryFailure: EntryFailure{Violated: violated}}
	}
	covers := func(ids ...string) []string { return ids }
	proven := entry("fail", "pass", covers("A"), covers("A"))
	proven.Proven = covers("D")
	api := entry("pass", "fail", covers("A", "api"), nil)
	api.APIFailures = []EntryFailure{{Violated: covers("api")}, {Violated: covers("api")}}
	excused := entry("pass", "info", covers("A"), nil)
	excused.APIFailures = []EntryFailure{{Violated: covers("api")}}
	for _, tt := range []struct {
		name string
		e    Entry
		want map[string]Standing
	}{
		{"a pass holds what it covers", entry("pass", "pass", covers("A", "B"), nil), map[string]Standing{"A": {Held: 1}, "B": {Held: 1}}},
		{"a failure leaves open what it does not show", entry("fail", "pass", covers("A", "B"), covers("B", "C")),
			map[string]Standing{"A": {Open: 1}, "B": {Broken: 1}, "C": {Broken: 1}}},
		{"what is proven is broken, and may be why a step failed", proven, map[string]Standing{"A": {Open: 1}, "D": {Broken: 1}}},
		{"a known failure shows it too", entry("known-fail", "pass", covers("A"), covers("A")), map[string]Standing{"A": {Broken: 1}}},
		{"a warning", entry("warn", "pass", covers("A"), covers("A")), map[string]Standing{"A": {Warned: 1}}},
		{"a choice", entry("info", "pass", covers("A"), covers("A")), map[string]Standing{"A": {Noted: 1}}},
		{"no verdict", entry("inconclusive", "pass", covers("A"), nil), map[string]Standing{"A": {Open: 1}}},
		{"a set-up error", entry("setup-error", "", covers("A"), nil), map[string]Standing{"A": {Open: 1}}},
		{"a set-up error accuses nobody", entry("setup-error", "", covers("A"), covers("A")), map[string]Standing{"A": {Open: 1}}},
		{"not played", entry("unsupported", "", covers("A"), nil), map[string]Standing{"A": {Skipped: 1}}},
		{"the API breaks its own rules", api, map[string]Standing{"A": {Held: 1}, "api": {Broken: 1}}},
		{"the API where the level excuses it", excused, map[string]Standing{"A": {Held: 1}, "api": {Noted: 1}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Standings([]Entry{tt.e})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestState(t *testing.T) {
	for want, s := range map[State]Standing{
		Broken:  {1, 1, 1, 1, 1, 1},
		Warned:  {0, 1, 1, 1, 1, 1},
		Held:    {0, 0, 1, 1, 1, 1},
		Noted:   {0, 0, 1, 0, 1, 1},
		Open:    {0, 0, 0, 0, 1, 1},
		Unknown: {0, 0, 0, 0, 0, 1},
	} {
		if got := s.State(); got != want {
			t.Errorf("%+v: %s, want %s", s, got, want)
		}
	}
}

// Rules stand in the order of the standard, and what is unknown at the end.
func TestRuleIDs(t *testing.T) {
	one := map[string]Standing{"zz": {}, "api-outcome-1": {}, "MQTT-4.4.0-1": {}}
	two := map[string]Standing{"MQTT-1.5.3-1": {}, "2.2.3-must-2": {}, "aa": {}, "zz": {}}
	want := []string{"MQTT-1.5.3-1", "MQTT-4.4.0-1", "2.2.3-must-2", "api-outcome-1", "aa", "zz"}
	if diff := cmp.Diff(want, ruleIDs(one, two)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
