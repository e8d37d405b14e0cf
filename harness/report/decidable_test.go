package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The page of a run has each decidable statement with its scenarios, its mutants and the verdict of each subject, and
// totals with their denominator.
func TestDecidable(t *testing.T) {
	entries := []Entry{
		{Scenario: "qos1/table/one", Subject: "a", Verdict: "pass", Statements: []string{"MQTT-4.4.0-1"}},
		{Scenario: "qos1/table/two", Subject: "a", Verdict: "fail", Statements: []string{"MQTT-4.4.0-1"}, EntryFailure: EntryFailure{Violated: []string{"MQTT-4.4.0-1"}}},
		{Scenario: "qos1/plain", Subject: "b", Verdict: "pass", Statements: []string{"MQTT-4.4.0-1", "MQTT-3.1.0-1"}},
	}
	v := decidableOf(entries, map[string][]string{"MQTT-4.4.0-1": {"no-resend"}})
	var got decidableRow
	for _, r := range v.Rows {
		if r.ID == "MQTT-4.4.0-1" {
			got = r
		}
	}
	got.Text = ""
	want := decidableRow{ID: "MQTT-4.4.0-1", Scenarios: []string{"qos1/table", "qos1/plain"}, Mutants: []string{"no-resend"}, Verdicts: []stateSubjects{{Broken, []string{"a"}}, {Held, []string{"b"}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(v.Rows) != 64 || v.All != 141 || v.Covered != 2 || v.Violated != 1 {
		t.Errorf("%d decidable of %d, %d covered, %d violated", len(v.Rows), v.All, v.Covered, v.Violated)
	}
	counts := []subjectCount{
		{"a", []ruleCount{{Broken, 1}, {Unknown, 63}}},
		{"b", []ruleCount{{Held, 2}, {Unknown, 62}}},
	}
	if diff := cmp.Diff(counts, v.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	page := htmlText(t, Options{Mutants: map[string][]string{"MQTT-4.4.0-1": {"no-resend"}}}, Results(), false)
	for _, part := range []string{"64 of the standard's 141 statements are decidable", "<li>no-resend</li>"} {
		if !strings.Contains(page, part) {
			t.Errorf("the page has no %q", part)
		}
	}
}
