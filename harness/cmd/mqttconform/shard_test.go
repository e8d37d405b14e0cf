package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"umqtt/harness/subject"
)

// The parts hold every job once, each scenario whole, and differ in size by one scenario at most.
func TestShards(t *testing.T) {
	all, err := suite(nil)
	if err != nil {
		t.Fatal(err)
	}
	var jobs []job
	for _, sc := range all[:20] {
		for _, name := range []string{"a", "b"} {
			jobs = append(jobs, job{scenario: sc, factory: subject.Factory{Name: name}})
		}
	}
	seen := map[string]int{}
	for i := range 3 {
		part := shard{i, 3}.of(jobs)
		if n := len(part); n < 12 || n > 14 {
			t.Errorf("part %d has %d jobs of 40", i+1, n)
		}
		for k, j := range part {
			seen[j.scenario.Name+" "+j.factory.Name]++
			if k%2 == 1 && j.scenario != part[k-1].scenario {
				t.Errorf("part %d: %s is alone", i+1, part[k-1].scenario.Name)
			}
		}
	}
	if len(seen) != 40 {
		t.Errorf("the parts have %d jobs of 40", len(seen))
	}
	for name, n := range seen {
		if n != 1 {
			t.Errorf("%s is in %d parts", name, n)
		}
	}
	if got := (shard{}).of(jobs); len(got) != 40 {
		t.Errorf("the whole has %d jobs", len(got))
	}
}

// The environment of test runners and of an indexed Job says which part is played; the flag goes before it.
func TestShardOfTheEnvironment(t *testing.T) {
	status := filepath.Join(t.TempDir(), "status")
	for _, tt := range []struct {
		flag shard
		env  map[string]string
		want shard
		ok   bool
	}{
		{shard{}, nil, shard{}, true},
		{shard{}, map[string]string{"TEST_SHARD_INDEX": "2", "TEST_TOTAL_SHARDS": "5"}, shard{2, 5}, true},
		{shard{}, map[string]string{"JOB_COMPLETION_INDEX": "0", "TEST_TOTAL_SHARDS": "2"}, shard{0, 2}, true},
		{shard{}, map[string]string{"TEST_SHARD_INDEX": "1", "JOB_COMPLETION_INDEX": "0", "TEST_TOTAL_SHARDS": "2"}, shard{1, 2}, true},
		{shard{}, map[string]string{"JOB_COMPLETION_INDEX": "3"}, shard{}, true},
		{shard{0, 7}, map[string]string{"TEST_SHARD_INDEX": "2", "TEST_TOTAL_SHARDS": "5"}, shard{0, 7}, true},
		{shard{}, map[string]string{"TEST_SHARD_INDEX": "5", "TEST_TOTAL_SHARDS": "5"}, shard{}, false},
		{shard{}, map[string]string{"TEST_SHARD_INDEX": "-1", "TEST_TOTAL_SHARDS": "5"}, shard{}, false},
		{shard{}, map[string]string{"TEST_SHARD_INDEX": "1"}, shard{}, false},
		{shard{}, map[string]string{"TEST_TOTAL_SHARDS": "5"}, shard{}, false},
		{shard{}, map[string]string{"TEST_SHARD_INDEX": "x", "TEST_TOTAL_SHARDS": "5"}, shard{}, false},
		{shard{}, map[string]string{"TEST_SHARD_INDEX": "0", "TEST_TOTAL_SHARDS": "1", "TEST_SHARD_STATUS_FILE": status}, shard{0, 1}, true},
	} {
		got, err := tt.flag.orEnvironment(func(name string) string { return tt.env[name] })
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%v with %v: %v and %v, want %v", tt.flag, tt.env, got, err, tt.want)
		}
	}
	if _, err := os.Stat(status); err != nil {
		t.Errorf("the runner is not told that the work is divided: %v", err)
	}
}

// A run in parts, merged, is the whole run.
func TestMerge(t *testing.T) {
	dir := t.TempDir()
	args := []string{"run", "--world", "simulated", "--mutant", "no-puback", "--filter", "qos1/*", "--filter", "subscribe/*"}
	whole := filepath.Join(dir, "whole.json")
	want := invoke(t, append(args, "--json", whole)...).want(t, exitFailed)
	var parts []string
	for _, part := range []string{"1/3", "2/3", "3/3"} {
		file := filepath.Join(dir, part[:1]+".json")
		invoke(t, append(args, "--shard", part, "--json", file)...)
		parts = append(parts, file)
	}
	slices.Reverse(parts)
	merged := filepath.Join(dir, "merged.json")
	got := invoke(t, append([]string{"merge", "--json", merged}, parts...)...).want(t, exitFailed)
	if lastLine(got.stdout) != lastLine(want.stdout) {
		t.Errorf("%q, want %q", lastLine(got.stdout), lastLine(want.stdout))
	}
	if read(t, merged) != read(t, whole) {
		t.Error("the merged report is not that of the whole run")
	}
	invoke(t, append([]string{"merge"}, parts[0], parts[0])...).want(t, exitUsage)
	other := filepath.Join(dir, "other.json")
	invoke(t, "run", "--world", "simulated", "--seed", "2", "--filter", "qos1/puback-ids", "--json", other).want(t, exitOK)
	invoke(t, "merge", other, parts[0]).want(t, exitUsage)
	invoke(t, "merge", other).want(t, exitOK)
}
