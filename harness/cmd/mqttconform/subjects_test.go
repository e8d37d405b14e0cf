package main

import (
	"slices"
	"strings"
	"testing"

	"umqtt/harness/mutant"
	"umqtt/harness/subject"
)

func TestSubjects(t *testing.T) {
	all, err := subjects(nil, "")
	if err != nil || len(all) != len(subject.Builtin()) {
		t.Errorf("%d subjects, %v, want all %d", len(all), err, len(subject.Builtin()))
	}
	for _, m := range mutant.All() {
		some, err := subjects(nil, m.Name)
		if !slices.ContainsFunc(subjectNames(), m.For) {
			if err == nil || !strings.Contains(err.Error(), "no built-in subject can show the mutant "+m.Name) {
				t.Errorf("%s: %v", m.Name, err)
			}
			continue
		}
		if err != nil {
			t.Error(err)
		}
		for _, f := range some {
			if base := strings.TrimSuffix(f.Name, "+"+m.Name); base == f.Name || !m.For(base) {
				t.Errorf("%s plays as %s", m.Name, f.Name)
			}
		}
	}
	one, err := subjects([]string{"simple"}, "connect-twice")
	if err != nil || len(one) != 1 || one[0].Name != "simple+connect-twice" {
		t.Errorf("%v, %v", one, err)
	}
}

// A subject that is not played by default is played where it is named.
func TestSubjectsByName(t *testing.T) {
	one, err := subjects([]string{"umqtt-as-it-is"}, "")
	if err != nil || len(one) != 1 || one[0].Name != "umqtt-as-it-is" {
		t.Errorf("%v, %v", one, err)
	}
}

// TestRunMutant holds that a mutant fails, that it is shown to be one, and that the replay command
// plays it again.
func TestRunMutant(t *testing.T) {
	args := []string{"run", "--world", "simulated", "--mutant", "connect-twice", "--subject", "simple", "--format", "json", "testdata/mixed/connect/passes.yaml"}
	first := invoke(t, args...).want(t, exitFailed)
	d := decode(t, first.stdout)
	if d.Mutant != "connect-twice" || len(d.Results) != 1 || d.Results[0].Subject != "simple+connect-twice" {
		t.Fatalf("%+v", d)
	}
	again := invoke(t, append(strings.Fields(d.Results[0].Replay)[1:], "--format", "json")...).want(t, exitFailed)
	if again.stdout != first.stdout {
		t.Errorf("%s gave another result:\n%s", d.Results[0].Replay, again.stdout)
	}
}
