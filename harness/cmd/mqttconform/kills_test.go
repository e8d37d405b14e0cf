package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"umqtt/harness/explore"
	"umqtt/harness/scenario"
)

// The matrix says which scenarios kill a mutant, and which of them name what it violates.
func TestMutants(t *testing.T) {
	args := []string{"mutants", "--mutant", "no-puback", "--subject", "simple", "--filter", "qos1/*", "--filter", "connect/plain"}
	out := invoke(t, append(args, "--format", "json")...).want(t, exitOK)
	var doc struct {
		Kills     []killed
		Survivors int
		Toothless []string
	}
	if err := json.Unmarshal([]byte(out.stdout), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Kills) != 1 || doc.Survivors != 0 {
		t.Fatalf("%d pairs, %d survivors; want 1 and 0", len(doc.Kills), doc.Survivors)
	}
	k := doc.Kills[0]
	if k.Mutant != "no-puback" || k.Subject != "simple" || len(k.NamedBy) == 0 || k.Played <= len(k.KilledBy) {
		t.Errorf("%+v", k)
	}
	for _, name := range k.NamedBy {
		if !slices.Contains(k.KilledBy, name) {
			t.Errorf("%s names it and does not kill it", name)
		}
	}
	if !slices.Contains(doc.Toothless, "connect/plain") || slices.Contains(doc.Toothless, k.NamedBy[0]) {
		t.Errorf("must scenarios that name no mutant: %v", doc.Toothless)
	}
	out = invoke(t, args...).want(t, exitOK)
	if !strings.HasSuffix(out.stdout, "\n1 mutants of 1 subjects: 1 pairs, 1 killed, 0 survivors\n") || strings.Contains(out.stdout, "\n  connect/plain\n") {
		t.Errorf("text\n%s", out.stdout)
	}
}

// A mutant that fails for another rule than it names is not said to be unseen; of all mutants, what no scenario names is listed.
func TestKillsText(t *testing.T) {
	m := killMatrix{all: []*scenario.Scenario{{Name: "a/b", Level: scenario.Must}}, kills: []explore.Kills{{Mutant: "m", Subject: "s", By: []string{"a/b"}}}}
	var b strings.Builder
	if err := killsText(&b, m); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"(survives: a/b fails for a rule that the mutant does not say it violates)\n", "must scenarios that name no mutant:\n  a/b\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, &b)
		}
	}
}

// A mutant that no scenario names survives, and fails the command.
func TestMutantsSurvive(t *testing.T) {
	out := invoke(t, "mutants", "--mutant", "no-puback", "--subject", "simple", "--filter", "connect/plain").want(t, exitFailed)
	for _, part := range []string{"(survives)", "1 mutants of 1 subjects: 1 pairs, 0 killed, 1 survivors\n"} {
		if !strings.Contains(out.stdout, part) {
			t.Errorf("no %q in\n%s", part, out.stdout)
		}
	}
}
