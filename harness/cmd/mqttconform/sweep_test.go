package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"umqtt/harness/subject"
	"umqtt/harness/sweep"
)

// sweeping runs a sweep with this test binary as its worker processes.
func sweeping(t *testing.T, args ...string) invoked {
	t.Helper()
	t.Setenv("UMQTT_TEST_PROGRAM", "mqttconform")
	return invoke(t, append([]string{"sweep"}, args...)...)
}

// A sweep of a good client finds nothing, plays what it enumerates, and has one hash; one that goes on from a state
// file plays the rest only.
func TestSweep(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	args := []string{"--workload", "publish", "--subject", "robust", "--pairs", "10"}
	got := sweeping(t, append(args, "--state", state)...).want(t, exitOK)
	m := regexp.MustCompile(`hash ([0-9a-f]{16})\n(\d+) points enumerated, (\d+) played, 0 failed\n$`).FindStringSubmatch(got.stdout)
	if m == nil || m[2] != m[3] {
		t.Fatalf("standard output %q", got.stdout)
	}
	again := sweeping(t, append(args, "--workers", "1")...).want(t, exitOK)
	if !strings.Contains(again.stdout, "hash "+m[1]) {
		t.Errorf("another hash with one worker: %q, not %s", again.stdout, m[1])
	}
	b, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(b), "\n")
	if err := os.WriteFile(state, []byte(strings.Join(lines[:len(lines)-6], "")), 0o666); err != nil {
		t.Fatal(err)
	}
	rest := sweeping(t, append(args, "--state", state)...).want(t, exitOK)
	if !strings.HasSuffix(rest.stdout, m[2]+" points enumerated, "+m[2]+" played, 0 failed\n") || !strings.Contains(rest.stdout, "points were played before") {
		t.Errorf("the rest: %q", rest.stdout)
	}
	sweeping(t, append(args, "--seed", "2", "--state", state)...).want(t, exitUsage)
}

// What a sweep finds is a file that fails by itself, and passes without the mutant, and a command that plays the
// point again.
func TestSweepWritesWhatItFinds(t *testing.T) {
	dir := t.TempDir()
	got := sweeping(t, "--workload", "publish", "--subject", "simple", "--mutant", "deep-half-a-puback-is-done", "--oracle", "strong", "--pairs", "0", "--first", "--out", dir).want(t, exitFailed)
	if !strings.Contains(got.stdout, "success-founded: ") || !strings.Contains(got.stdout, "replay: mqttconform sweep --workload publish --subject simple --mutant deep-half-a-puback-is-done --point '") {
		t.Fatalf("standard output %q", got.stdout)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %q, %v", files, err)
	}
	run := []string{"run", "--world", "simulated", "--subject", "simple"}
	failed := invoke(t, append(run, "--mutant", "deep-half-a-puback-is-done", files[0])...).want(t, exitFailed)
	if !strings.Contains(failed.stdout, "success-founded: publish of") {
		t.Errorf("the file fails so: %s", failed.stdout)
	}
	invoke(t, append(run, files[0])...).want(t, exitOK)
	invoke(t, "check", files[0]).want(t, exitOK)

	point := regexp.MustCompile(`--point '([^']+)'`).FindStringSubmatch(got.stdout)[1]
	one := invoke(t, "sweep", "--workload", "publish", "--subject", "simple", "--mutant", "deep-half-a-puback-is-done", "--point", point, "--captures", dir).want(t, exitFailed)
	if !strings.Contains(one.stdout, "success-founded: ") {
		t.Errorf("the point fails so: %s", one.stdout)
	}
	if _, err := os.Stat(filepath.Join(dir, "simple+deep-half-a-puback-is-done", "publish.wire")); err != nil {
		t.Error(err)
	}
	invoke(t, "sweep", "--workload", "publish", "--subject", "simple", "--point", point).want(t, exitOK)
}

// A scenario without faults is a workload, and mistakes are told.
func TestSweepArguments(t *testing.T) {
	file := write(t, t.TempDir(), "mine.yaml", `
title: The client publishes
level: may
needs: [qos1]
peer: script
steps:
  - client connect:
  - client publish: {topic: t, qos: 1, payload: a}
`)
	got := sweeping(t, "--subject", "ref", "--oracle", "weak", file).want(t, exitOK)
	if !strings.HasSuffix(got.stdout, " played, 0 failed\n") {
		t.Errorf("standard output %q", got.stdout)
	}
	if got := invoke(t, "sweep", "--list").want(t, exitOK); !strings.Contains(got.stdout, "pipelined   publishes") {
		t.Errorf("standard output %q", got.stdout)
	}
	for _, args := range [][]string{
		{"--point", "nothing"}, {"--point", "cut-rst>1@0"}, {"--pairs", "-1"}, {"--workers", "0"}, {"--oracle", "mild"}, {"--captures", "x"}, {"--mutant", "deep"},
	} {
		invoke(t, append([]string{"sweep"}, args...)...).want(t, exitUsage)
	}
}

// A client in a process of its own is swept over TCP; what it gets wrong is found there, too.
func TestSweepProcess(t *testing.T) {
	client := func(name string) []string {
		return []string{"--", "env", "UMQTT_TEST_PROGRAM=" + name, os.Args[0]}
	}
	args := []string{"sweep", "--workload", "publish", "--points", "6"}
	got := invoke(t, append(args, client("simple")...)...).want(t, exitOK)
	if !strings.HasSuffix(got.stdout, "7 points enumerated, 7 played, 0 failed\n") {
		t.Errorf("standard output %q", got.stdout)
	}
	dir := t.TempDir()
	got = invoke(t, append([]string{"sweep", "--workload", "publish", "--point", "cut-fin<2@2", "--out", dir}, client("dies")...)...).want(t, exitFailed)
	if files, _ := filepath.Glob(filepath.Join(dir, "*.yaml")); len(files) != 1 || !strings.Contains(got.stdout, "FAIL  publish with ") {
		t.Errorf("files %q, standard output %q", files, got.stdout)
	}
	if !strings.Contains(got.stdout, "\n1 points enumerated, 1 played, 1 failed\n") {
		t.Errorf("standard output %q", got.stdout)
	}
	invoke(t, "sweep", "--mutant", "x", "--", "true").want(t, exitUsage)
	invoke(t, "sweep", "--").want(t, exitUsage)
	invoke(t, "sweep", "--require", "umqtt").want(t, exitUsage)
	invoke(t, "sweep", "--require", "no-such", "--", "true").want(t, exitUsage)
}

// The parts of a sweep of a client in a process of its own, merged, are the whole; what one has played another leaves out.
func TestSweepProcessInParts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	client := []string{"--", "env", "UMQTT_TEST_PROGRAM=simple", os.Args[0]}
	sweeps := func(code int, args ...string) string {
		t.Helper()
		args = append([]string{"sweep", "--workload", "publish", "--points", "8"}, args...) // one for each packet
		return invoke(t, append(args, client...)...).want(t, code).stdout
	}
	hash := regexp.MustCompile(`hash [0-9a-f]{16}\n`)
	state := filepath.Join(dir, "state")
	whole := sweeps(exitOK, "--state", state, "--json", filepath.Join(dir, "whole.json"))
	if !strings.HasSuffix(whole, "\n9 points enumerated, 9 played, 0 failed\n") {
		t.Fatalf("standard output %q", whole)
	}
	merge := []string{"merge"}
	for _, part := range []string{"1/2", "2/2"} {
		file := filepath.Join(dir, part[:1]+".json")
		sweeps(exitOK, "--shard", part, "--json", file)
		merge = append(merge, file)
	}
	got := invoke(t, merge...).want(t, exitOK).stdout
	places := map[string]bool{}
	for _, name := range []string{"whole", "1", "2"} {
		b, err := os.ReadFile(filepath.Join(dir, name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		places[regexp.MustCompile(`"places": ?"[0-9a-f]{16}"`).FindString(string(b))] = true
	}
	if places[""] {
		t.Error("a part does not say which points it has enumerated")
	}
	if len(places) > 1 { // a client that is slow sends a PINGREQ more
		t.Skip("the parts have enumerated different points")
	}
	if lastLine(got) != lastLine(whole) || hash.FindString(got) != hash.FindString(whole) {
		t.Errorf("the whole is %q, its parts %q", whole, got)
	}
	b, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(b), "\n")
	if err := os.WriteFile(state, []byte(strings.Join(lines[:len(lines)-6], "")), 0o666); err != nil {
		t.Fatal(err)
	}
	rest := sweeps(exitOK, "--state", state)
	if !strings.HasPrefix(rest, "4 points were played before\n") || lastLine(rest) != lastLine(whole) || hash.FindString(rest) != hash.FindString(whole) {
		t.Errorf("the rest: %q", rest)
	}
	client[2] = "UMQTT_TEST_PROGRAM=dies"
	sweeps(exitUsage, "--state", state)
}

// The command that plays a point again has the client behind it.
func TestSweepReplay(t *testing.T) {
	point, err := sweep.ParsePoint("cut-rst<2@0")
	if err != nil {
		t.Fatal(err)
	}
	o := &sweepFlags{client: external{command: []string{"python3", "my shim.py"}, dashed: true}}
	p := sweep.Pair{Plan: sweep.Plan{Workload: sweep.Workload{Name: "publish"}, Subject: subject.Factory{Name: "publish"}}}
	if got, want := o.replay(app{program: "mqttconform"}, p, point), "mqttconform sweep --workload publish --point 'cut-rst<2@0' -- python3 'my shim.py'"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
