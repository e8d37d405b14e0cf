package main

import (
	"strings"
	"testing"
)

// searching runs a search with this test binary as its worker processes.
func searching(t *testing.T, args ...string) invoked {
	t.Helper()
	t.Setenv("UMQTT_TEST_PROGRAM", "mqttconform")
	return invoke(t, append([]string{"search"}, args...)...)
}

// A search says of each mutant what found it, and fails where too few are found.
func TestSearch(t *testing.T) {
	two := []string{"--mutant", "packet-id-zero", "--mutant", "tls-truncation-missed", "--points", "0", "--seeds", "0"}
	got := searching(t, append(two, "--least", "50")...).want(t, exitOK)
	for _, want := range []string{"workload  packet-id-zero ", " breaks ", "\n----      tls-truncation-missed ", "\n2 mutants, 1 found, 1 not found\n"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("standard output %q, want %q in it", got.stdout, want)
		}
	}
	searching(t, append(two, "--least", "51")...).want(t, exitFailed)
}

// A search that does not end has found a mutant.
func TestSearchLimit(t *testing.T) {
	got := searching(t, "--mutant", "tls-truncation-missed", "--points", "0", "--seeds", "100000", "--limit", "2s").want(t, exitOK)
	if !strings.Contains(got.stdout, "process   tls-truncation-missed") || !strings.Contains(got.stdout, "no-end") {
		t.Errorf("standard output %q", got.stdout)
	}
}

// Mistakes are told.
func TestSearchArguments(t *testing.T) {
	for _, args := range [][]string{
		{"--points", "-1"}, {"--least", "101"}, {"--workers", "0"}, {"file.yaml"},
	} {
		invoke(t, append([]string{"search"}, args...)...).want(t, exitUsage)
	}
	invoke(t, "search", "--mutant", "nothing").want(t, exitFailed)
}
