//go:build unix

package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// signalled runs the program in a process of its own, sends it a signal behind the first line that it writes, and returns
// what it has written to standard output by its end.
func signalled(t *testing.T, toStderr bool, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "UMQTT_TEST_PROGRAM=mqttconform")
	var out strings.Builder
	var line io.Reader
	var err error
	if toStderr {
		cmd.Stdout = &out
		line, err = cmd.StderrPipe()
	} else {
		line, err = cmd.StdoutPipe()
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(line)
	first, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, cmd.Wait()); code != exitInterrupted {
		t.Errorf("exit code %d, want %d: %s", code, exitInterrupted, rest)
	}
	if toStderr {
		return out.String()
	}
	return first + string(rest)
}

// A swarm that is interrupted plays to their ends the runs that have begun, shows what came of them, and says how to
// go on behind them.
func TestSwarmInterrupted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "part.json")
	got := signalled(t, true, "swarm", "--subject", "simple", "--seeds", "1-1000000", "--workers", "1", "--progress", "1ns", "--json", file)
	m := regexp.MustCompile(`(\d+)00 runs, 0 failed\ninterrupted: this is not the whole swarm; go on with: .* swarm --seeds (\d+)01-1000000 --subject simple\n$`).FindStringSubmatch(got)
	if m == nil || m[1] != m[2] {
		t.Errorf("standard output %q", got)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	part := strings.Replace(string(b), `"search"`, `"shard": "1/1", "search"`, 1)
	if err := os.WriteFile(file, []byte(part), 0o666); err != nil {
		t.Fatal(err)
	}
	if merged := invoke(t, "merge", file).want(t, exitInterrupted); !strings.Contains(merged.stdout, "interrupted: this is not the whole swarm\n") {
		t.Errorf("merge says %q", merged.stdout)
	}
}

// So does a sweep, and by its state file it goes on.
func TestSweepInterrupted(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	got := signalled(t, true, "sweep", "--workers", "1", "--progress", "1ns", "--state", state)
	m := regexp.MustCompile(`\n(\d+) points enumerated, (\d+) played, 0 failed\ninterrupted: this is not the whole sweep; the same command goes on from here, by \S+\n$`).FindStringSubmatch(got)
	if m == nil || m[1] == m[2] {
		t.Fatalf("standard output %q", got)
	}
	b, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	if played := strings.Count(string(b), "\n") - 1; !strings.Contains(got, " enumerated, "+strconv.Itoa(played)+" played") {
		t.Errorf("the state has %d points: %q", played, got)
	}
}

// So does a sweep of a client in a process of its own.
func TestSweepProcessInterrupted(t *testing.T) {
	got := signalled(t, true, "sweep", "--workload", "publish", "--workload", "pipelined", "--points", "8", "--progress", "1ns",
		"--", "env", "UMQTT_TEST_PROGRAM=simple", os.Args[0])
	if !regexp.MustCompile(`\n9 points enumerated, \d played, 0 failed\ninterrupted: this is not the whole sweep; with --state FILE it would go on from here\n$`).MatchString(got) {
		t.Errorf("standard output %q", got)
	}
}

// A search ends at once, and shows what came of the mutants that it is done with.
func TestSearchInterrupted(t *testing.T) {
	got := signalled(t, false, "search", "--mutant", "packet-id-zero", "--mutant", "tls-truncation-missed", "--points", "0", "--seeds", "1000000", "--workers", "1")
	want := "\n1 mutants, 1 found, 0 not found\ninterrupted: this is not the whole search; go on with: "
	if !strings.HasPrefix(got, "workload  packet-id-zero ") || !strings.Contains(got, want) || !strings.Contains(got, " search --from tls-truncation-missed --points 0 --seeds 1000000 ") {
		t.Errorf("standard output %q", got)
	}
	invoke(t, "search", "--from", "nobody").want(t, exitUsage)
}
