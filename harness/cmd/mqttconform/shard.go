package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// A shard is one part of a run that several machines divide among them: it plays every count-th
// scenario from index on. The zero value is the whole run.
type shard struct{ index, count int }

// String implements [pflag.Value].
func (s *shard) String() string {
	if s.count == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.index+1, s.count)
}

// Type implements [pflag.Value].
func (s *shard) Type() string { return "I/N" }

// Set implements [pflag.Value].
func (s *shard) Set(text string) error {
	i, n, _ := strings.Cut(text, "/")
	index, errI := strconv.Atoi(i)
	count, errN := strconv.Atoi(n)
	if errI != nil || errN != nil || index < 1 || index > count {
		return fmt.Errorf("it is I/N, with I from 1 to N, such as 2/5")
	}
	s.index, s.count = index-1, count
	return nil
}

// orEnvironment returns s or, where it is the whole run, the part that the environment names: as Bazel and
// others do by TEST_SHARD_INDEX and TEST_TOTAL_SHARDS, or an indexed Job of Kubernetes by
// JOB_COMPLETION_INDEX. Kubernetes tells no container how many there are: without TEST_TOTAL_SHARDS that
// variable says nothing.
func (s *shard) orEnvironment(get func(string) string) (shard, error) {
	if s.count > 0 {
		return *s, nil
	}
	name, total := "TEST_SHARD_INDEX", get("TEST_TOTAL_SHARDS")
	index := get(name)
	if index == "" && total != "" {
		name = "JOB_COMPLETION_INDEX"
		index = get(name)
	}
	if index == "" && total == "" {
		return shard{}, nil
	}
	i, errI := strconv.Atoi(index)
	n, errN := strconv.Atoi(total)
	if errI != nil || errN != nil || i < 0 || i >= n {
		return shard{}, usagef("the environment has %s=%q and TEST_TOTAL_SHARDS=%q: they are a number from 0 on, and one above it", name, index, total)
	}
	if file := get("TEST_SHARD_STATUS_FILE"); file != "" { // tells Bazel that the program divides its work
		if err := os.WriteFile(file, nil, 0o666); err != nil {
			return shard{}, &setupError{err}
		}
	}
	return shard{i, n}, nil
}

// of returns the part of the jobs. Scenarios that are neighbours, which take a similar time, go to different
// parts; one scenario goes to one part with all subjects.
func (s shard) of(jobs []job) []job {
	if s.count == 0 {
		return jobs
	}
	var part []job
	nth := -1
	for i, j := range jobs {
		if i == 0 || j.scenario != jobs[i-1].scenario {
			nth++
		}
		if nth%s.count == s.index {
			part = append(part, j)
		}
	}
	return part
}
