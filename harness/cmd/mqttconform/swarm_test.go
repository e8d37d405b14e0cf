package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// swarming runs a swarm with this test binary as its worker processes.
func swarming(t *testing.T, args ...string) invoked {
	t.Helper()
	t.Setenv("UMQTT_TEST_PROGRAM", "mqttconform")
	return invoke(t, append([]string{"swarm"}, args...)...)
}

// A swarm of good clients finds nothing, says what it has met, and has one hash, however many workers there are. Its
// parts are the whole.
func TestSwarm(t *testing.T) {
	got := swarming(t, "--seeds", "1-150", "--workers", "2").want(t, exitOK)
	form := regexp.MustCompile(`(?s)\n +\d+  redelivery  .*fewer than 2000 seeds: .*hash ([0-9a-f]{16})\n450 runs, 0 failed\n$`)
	m := form.FindStringSubmatch("\n" + got.stdout)
	if m == nil {
		t.Fatalf("standard output %q", got.stdout)
	}
	if again := swarming(t, "--seeds", "1-150", "--workers", "1").want(t, exitOK); !strings.Contains(again.stdout, "hash "+m[1]) {
		t.Errorf("another hash with one worker: %q, not %s", again.stdout, m[1])
	}
	part := swarming(t, "--seeds", "1-150", "--shard", "2/2", "--subject", "ref").want(t, exitOK)
	if !strings.HasSuffix(part.stdout, "\n50 runs, 0 failed\n") {
		t.Errorf("the second half: %q", part.stdout)
	}
}

// What a swarm finds is told with its seed, and is a file that fails by itself and passes without the mutant.
func TestSwarmWritesWhatItFinds(t *testing.T) {
	dir := t.TempDir()
	bad := []string{"--subject", "simple", "--mutant", "deep-second-redelivery-lost"}
	got := swarming(t, append(bad, "--seeds", "1-600", "--out", dir)...).want(t, exitFailed)
	m := regexp.MustCompile(`replay: mqttconform (swarm --seeds \d+-\d+ --subject simple --mutant deep-second-redelivery-lost)\n  scenario: mqttconform (run --world simulated --seed \d+ --subject simple) --mutant deep-second-redelivery-lost (\S+)\n`).FindStringSubmatch(got.stdout)
	if m == nil {
		t.Fatalf("standard output %q", got.stdout)
	}
	if replay := invoke(t, strings.Fields(m[1])...).want(t, exitFailed); !strings.Contains(replay.stdout, "\nsteps:\n") {
		t.Errorf("one seed does not show its script: %q", replay.stdout)
	}
	if files, err := filepath.Glob(filepath.Join(dir, "*.yaml")); err != nil || len(files) == 0 {
		t.Fatalf("files %q, %v", files, err)
	}
	run := append(strings.Fields(m[2]), m[3])
	invoke(t, append(run, "--mutant", "deep-second-redelivery-lost")...).want(t, exitFailed)
	invoke(t, run...).want(t, exitOK)
	invoke(t, "check", m[3]).want(t, exitOK)
}

// Mistakes are told.
func TestSwarmArguments(t *testing.T) {
	for _, args := range [][]string{
		{"--seeds", "0-1"}, {"--seeds", "5-2"}, {"--seeds", "5"}, {"--workers", "0"}, {"--subject", "nobody"}, {"--mutant", "nothing"}, {"file.yaml"}, {"--for", "soon"},
	} {
		invoke(t, append([]string{"swarm"}, args...)...).want(t, exitUsage)
	}
}
