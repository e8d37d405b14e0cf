package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// searched runs a search in one piece and in parts, and merges the parts: it fails the test where the whole is another.
func searched(t *testing.T, code int, parts []string, args ...string) string {
	t.Helper()
	t.Setenv("UMQTT_TEST_PROGRAM", "mqttconform")
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.json")
	want := invoke(t, append(args, "--json", whole)...).want(t, code)
	merge := []string{"merge", "--json", filepath.Join(dir, "merged.json")}
	for _, part := range parts {
		file := filepath.Join(dir, "part-"+part[:1]+".json")
		invoke(t, append(args, "--shard", part, "--json", file)...)
		merge = append(merge, file)
	}
	got := invoke(t, merge...).want(t, code)
	hash := regexp.MustCompile(`hash [0-9a-f]{16}\n`)
	if a, b := hash.FindString(want.stdout), hash.FindString(got.stdout); a != b || a == "" {
		t.Errorf("the whole has the %q, its parts %q", a, b)
	}
	if a, b := lastLine(want.stdout), lastLine(got.stdout); a != b {
		t.Errorf("the whole ends with %q, its parts with %q", a, b)
	}
	invoke(t, merge[:len(merge)-1]...).want(t, exitUsage)               // one is missing
	invoke(t, append(merge, merge[len(merge)-1])...).want(t, exitUsage) // one is there twice
	invoke(t, "merge", whole).want(t, exitUsage)                        // it is no part
	return got.stdout
}

// The parts of a swarm, merged, are the whole, with what it has found and met.
func TestMergeSwarm(t *testing.T) {
	got := searched(t, exitFailed, []string{"2/2", "1/2"}, "swarm", "--seeds", "1-200", "--subject", "simple", "--mutant", "deep-second-redelivery-lost")
	if !strings.Contains(got, "replay: mqttconform swarm --seeds ") || !strings.Contains(got, "  redelivery  ") {
		t.Errorf("standard output %q", got)
	}
}

// The parts of a sweep, merged, are the whole.
func TestMergeSweep(t *testing.T) {
	got := searched(t, exitOK, []string{"1/3", "3/3", "2/3"}, "sweep", "--workload", "publish", "--subject", "robust", "--pairs", "0", "--oracle", "strong")
	if !strings.HasSuffix(got, " played, 0 failed\n") {
		t.Errorf("standard output %q", got)
	}
}

// Parts of a sweep in the real world that have enumerated different points are merged, and that is said.
func TestMergeDifferentPlaces(t *testing.T) {
	whole, err := mergeSearches([]searchPart{
		{Search: "sweep", Shard: "1/2", Places: "1", Hash: "1", Enumerated: 2, Runs: 2},
		{Search: "sweep", Shard: "2/2", Places: "2", Hash: "2", Enumerated: 3, Runs: 3},
	})
	if err != nil || whole.Places != placesDiffer || whole.Runs != 5 {
		t.Errorf("%+v, %v", whole, err)
	}
	var out strings.Builder
	if code := (app{stdout: &out}).showSearch(whole); code != exitOK || !strings.HasPrefix(out.String(), "the parts have enumerated different points") {
		t.Errorf("exit code %d: %s", code, out.String())
	}
}
