package report

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"umqtt/harness/judge"
	"umqtt/harness/monitor"
)

func member(v judge.Verdict, reason string, rules ...string) Member {
	return Member{v, judge.Kind{Rules: rules, Reason: reason}}
}

func TestGroups(t *testing.T) {
	const open = "the client did not close the connection"
	for _, tt := range []struct {
		name string
		all  []Member
		want []Group
	}{
		{"nothing", nil, nil},
		{"what passes is in none", []Member{{}, member(judge.Fail, open, "A"), {}}, []Group{{judge.Fail, "A", open, []int{1}}}},
		{"the rule is the one that most break, wherever it stands",
			[]Member{member(judge.Fail, open, "B"), member(judge.Fail, open, "C", "A"), member(judge.Fail, open, "A"), member(judge.Fail, open, "A", "B")},
			[]Group{{judge.Fail, "A", open, []int{1, 2, 3}}, {judge.Fail, "B", open, []int{0}}}},
		{"of rules that as many break, the first named", []Member{member(judge.Fail, open, "B", "A"), member(judge.Fail, open, "A", "B")},
			[]Group{{judge.Fail, "B", open, []int{0, 1}}}},
		{"a rule that is named twice counts once", []Member{member(judge.Fail, open, "A", "A", "B"), member(judge.Fail, open, "B")},
			[]Group{{judge.Fail, "B", open, []int{0, 1}}}},
		{"who breaks no rule is apart", []Member{member(judge.Fail, open), member(judge.Fail, open, "A"), member(judge.Fail, open)},
			[]Group{{judge.Fail, "", open, []int{0, 2}}, {judge.Fail, "A", open, []int{1}}}},
		{"another reason is another group", []Member{member(judge.Fail, "x", "A"), member(judge.Fail, "y", "A")},
			[]Group{{judge.Fail, "A", "x", []int{0}}, {judge.Fail, "A", "y", []int{1}}}},
		{"another verdict is another group, failures first", []Member{member(judge.Warn, "x", "A"), member(judge.Warn, "x", "A"), member(judge.Fail, "x", "A")},
			[]Group{{judge.Fail, "A", "x", []int{2}}, {judge.Warn, "A", "x", []int{0, 1}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Groups(tt.all)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMemberOf(t *testing.T) {
	all := append(results(), apiResults()...)
	var got []string
	for _, res := range all {
		m := MemberOf(res)
		got = append(got, fmt.Sprintf("%s: %s %v %s", res.Scenario.Name, m.Verdict, m.Rules, m.Reason))
	}
	want := []string{
		"qos1/passes:  [] ",
		"qos1/fails: fail [MQTT-4.4.0-1] dup differs",
		"qos1/known: known-fail [] it did not come",
		"will/warns: warn [] it came late",
		"will/informs: info [] it chose otherwise",
		"will/cannot: setup-error [] no port is free",
		"will/open: inconclusive [] it never came",
		"will/unsuited:  [] ",
		"api/counts: api-fail [api-outcome-1] publish: reported success before its PUBACK",
		"api/free: api: fail [api-outcome-1] publish: reported success before its PUBACK",
		"api/excused: api: info [api-outcome-1] publish: reported success before its PUBACK",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An entry of a document is the member that its result is, so that what is merged has the groups of one run.
func TestMemberOfEntry(t *testing.T) {
	proven := results()[1]
	proven.Failure.Proven = []monitor.Finding{{ID: "MQTT-2.3.1-6", Message: "PUBACK id=65"}, {ID: "MQTT-4.4.0-1", Message: "not again"}}
	open := results()[6]
	open.Failure.Covers = []string{"MQTT-4.4.0-1"}
	for _, res := range append(append(results(), apiResults()...), proven, open) {
		if diff := cmp.Diff(MemberOf(res), memberOfEntry(entryOf(res, Options{})), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-result +entry):\n%s", res.Scenario.Name, diff)
		}
	}
	if m := MemberOf(open); len(m.Rules) > 0 {
		t.Errorf("without a verdict it breaks %v", m.Rules)
	}
}
