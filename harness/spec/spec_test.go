package spec_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"umqtt/harness/spec"
)

func TestStatementsAreAllThere(t *testing.T) {
	all := spec.Statements()
	if len(all) != 141 {
		t.Errorf("%d statements, the standard has 141", len(all))
	}
	for _, id := range []string{"MQTT-1.5.3-1", "MQTT-3.1.2-24", "MQTT-4.8.0-2", "MQTT-7.1.2-1"} {
		if r, ok := spec.Lookup(id); !ok || r.ID != id || r.Kind != spec.Statement {
			t.Errorf("Lookup(%q) = %+v, %v", id, r, ok)
		}
	}
}

func TestClausesThatOthersNameAreThere(t *testing.T) {
	for _, id := range []string{
		"2.2.1-must-1", "2.2.1-must-2", "2.2.3-must-1", "2.2.3-must-2",
		"3.1.2.10-should-1", "3.2-should-1", "3.2.2.1-must-1", "3.2.2.3-must-1",
	} {
		if r, ok := spec.Lookup(id); !ok || r.ID != id || r.Kind != spec.Clause {
			t.Errorf("Lookup(%q) = %+v, %v", id, r, ok)
		}
	}
}

func TestRulesAreWellFormed(t *testing.T) {
	form := map[spec.Kind]*regexp.Regexp{
		spec.Statement: regexp.MustCompile(`^MQTT-[1-7]\.[0-9]+\.[0-9]+-[1-9][0-9]*$`),
		spec.Clause:    regexp.MustCompile(`^[1-7](\.[1-9][0-9]*)+-(must|should|may)-[1-9][0-9]*$`),
		spec.Promise:   regexp.MustCompile(`^(api|tls|umqtt)-[a-z]+-[1-9][0-9]*$`),
	}
	seen := make(map[string]bool)
	for _, r := range spec.All() {
		if !form[r.Kind].MatchString(r.ID) {
			t.Errorf("%s: not the id of a %v", r.ID, r.Kind)
		}
		if seen[r.ID] {
			t.Errorf("%s: twice", r.ID)
		}
		seen[r.ID] = true
		if !slices.Contains([]string{"client", "server", "both"}, r.Applies) {
			t.Errorf("%s: applies to %q", r.ID, r.Applies)
		}
		if !slices.Contains([]string{"yes", "no", "indirect"}, r.Testable) {
			t.Errorf("%s: testable %q", r.ID, r.Testable)
		}
		if r.Text == "" || r.Text != strings.TrimSpace(r.Text) {
			t.Errorf("%s: text %q", r.ID, r.Text)
		}
	}
}

// Numbers run from 1 without a gap, so that an id that is missing is a slip in the table.
func TestNumbersRunOn(t *testing.T) {
	last := make(map[string]int)
	for _, r := range spec.All() {
		cut := strings.LastIndexByte(r.ID, '-')
		stem := r.ID[:cut]
		n, err := strconv.Atoi(r.ID[cut+1:])
		if err != nil || n != last[stem]+1 {
			t.Errorf("%s: follows number %d", r.ID, last[stem])
		}
		last[stem] = n
	}
}

func TestClausesAreOrderedBySection(t *testing.T) {
	var before []int
	for _, r := range spec.Clauses() {
		var section []int
		for part := range strings.SplitSeq(r.ID[:strings.IndexByte(r.ID, '-')], ".") {
			n, err := strconv.Atoi(part)
			if err != nil {
				t.Fatalf("%s: %v", r.ID, err)
			}
			section = append(section, n)
		}
		if slices.Compare(before, section) > 0 {
			t.Errorf("%s: stands behind a later section", r.ID)
		}
		before = section
	}
}

func TestPromisesAreOrdered(t *testing.T) {
	if !slices.IsSortedFunc(spec.Promises(), func(a, b spec.Rule) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("the promises are not ordered by id")
	}
	if r, ok := spec.Lookup("umqtt-resubscribe-1"); !ok || r.Kind != spec.Promise {
		t.Errorf("Lookup of a promise: %+v, %v", r, ok)
	}
}

func TestTablesAreTheCallersOwn(t *testing.T) {
	spec.Statements()[0].ID = "changed"
	spec.Clauses()[0].ID = "changed"
	spec.Promises()[0].ID = "changed"
	if spec.Statements()[0].ID == "changed" || spec.Clauses()[0].ID == "changed" || spec.Promises()[0].ID == "changed" {
		t.Error("a caller can change the tables")
	}
}

func TestNearest(t *testing.T) {
	tests := []struct{ id, want, reason string }{
		{"MQTT-3.3.1-2", "MQTT-3.3.1-2", "a known id is nearest to itself"},
		{"3.1.2.10-should-1", "3.1.2.10-should-1", "so is a clause"},
		{"3.3.1-2", "MQTT-3.3.1-2", "the prefix is missing"},
		{"MQTT-MQTT-3.3.1-2", "MQTT-3.3.1-2", "the prefix is doubled"},
		{"[mqtt-3.3.1-2]", "MQTT-3.3.1-2", "as the standard prints it, in lower case"},
		{"MQTT-3.1.2-99", "MQTT-3.1.2-9", "a digit too many"},
		{"MQTT-3.14.4-l", "MQTT-3.14.4-1", "a letter for a digit"},
		{"umqtt-backof-1", "umqtt-backoff-1", "a promise"},
		{"3.1.2.10-shuold-1", "3.1.2.10-should-1", "two letters swapped"},
		{"", "", "nothing is near nothing"},
		{"keepalive", "", "not an id at all"},
		{"MQTT-9.9.9-9", "", "no such chapter"},
	}
	for _, tt := range tests {
		if got := spec.Nearest(tt.id); got != tt.want {
			t.Errorf("Nearest(%q) = %q, want %q: %s", tt.id, got, tt.want, tt.reason)
		}
	}
	if _, ok := spec.Lookup("MQTT-9.9.9-9"); ok {
		t.Error("Lookup finds a statement that does not exist")
	}
}

func ExampleLookup() {
	r, _ := spec.Lookup("MQTT-2.3.1-5")
	fmt.Println(r.Kind, r.Applies)
	fmt.Println(r.Text)
	// Output:
	// statement both
	// A QoS 0 PUBLISH has no packet id field at all.
}

func ExampleNearest() {
	fmt.Println(spec.Nearest("3.14.4-1"))
	// Output: MQTT-3.14.4-1
}
