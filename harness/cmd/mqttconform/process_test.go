//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestProcess tests what is true of a process and not of run alone: the simulated world's bubbles
// outside a test, exit codes, signals.
func TestProcess(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "mqttconform")
	// Without what a debugger reads it is linked in half the time.
	if out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Run("simulated", func(t *testing.T) {
		got := process(t, binary, "run", "--world", "simulated", "testdata/mixed/connect/passes.yaml").want(t, exitOK)
		if strings.Contains(got.stdout, "PASS") || !strings.HasSuffix(lastLine(got.stdout), " skipped") || got.stderr != "" {
			t.Errorf("standard output:\n%s\nstandard error:\n%s", got.stdout, got.stderr)
		}
	})
	t.Run("simulated, with failures", func(t *testing.T) {
		got := process(t, binary, "run", "--world", "simulated", "--subject", "simple", "testdata/mixed").want(t, exitFailed)
		want := invoke(t, "run", "--world", "simulated", "--subject", "simple", "testdata/mixed").stdout
		if want = strings.ReplaceAll(want, "replay: mqttconform ", "replay: "+binary+" "); got.stdout != want || got.stderr != "" {
			t.Errorf("the process wrote other text than run:\n%s\n%s", got.stdout, got.stderr)
		}
	})
	t.Run("simulated, as JSON", func(t *testing.T) {
		got := process(t, binary, "run", "--world", "simulated", "--subject", "simple", "--format", "json", "testdata/mixed").want(t, exitFailed)
		if d := decode(t, got.stdout); len(d.Results) != 8 {
			t.Errorf("%+v", d)
		}
	})
	t.Run("check", func(t *testing.T) {
		process(t, binary, "check", "testdata/mixed").want(t, exitOK)
		got := process(t, binary, "check", "testdata/wrong").want(t, exitUsage)
		if n := strings.Count(got.stderr, "\n"); n != 3 || got.stdout != "" {
			t.Errorf("%d lines, want 3:\n%s", n, got.stderr)
		}
	})
	t.Run("usage", func(t *testing.T) { process(t, binary, "run", "--flag").want(t, exitUsage) })
	t.Run("without a network", func(t *testing.T) { withoutNetwork(t, binary) })
	t.Run("interrupted", func(t *testing.T) {
		t.Parallel()
		interrupted(t, binary, syscall.SIGINT)
	})
	t.Run("terminated", func(t *testing.T) {
		t.Parallel()
		interrupted(t, binary, syscall.SIGTERM)
	})
	t.Run("interrupted twice", func(t *testing.T) {
		t.Parallel()
		interruptedTwice(t, binary)
	})
}

// process runs a program to its end.
func process(t *testing.T, name string, args ...string) invoked {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	return invoked{exitCode(t, cmd.Run()), stdout.String(), stderr.String()}
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit == nil {
		return exitOK
	}
	return exit.ExitCode()
}

// withoutNetwork runs the program where not even the loopback interface is up.
func withoutNetwork(t *testing.T, binary string) {
	if err := exec.Command("unshare", "-n", "true").Run(); err != nil {
		t.Skipf("unshare -n: %v", err)
	}
	process(t, "unshare", "-n", binary, "run", "--world", "simulated", "testdata/mixed/connect/passes.yaml").want(t, exitOK)
	got := process(t, "unshare", "-n", binary, "run").want(t, exitSetup)
	if !strings.HasPrefix(got.stderr, "mqttconform: the real world needs TCP on 127.0.0.1: ") || got.stdout != "" {
		t.Errorf("standard output:\n%s\nstandard error:\n%s", got.stdout, got.stderr)
	}
}

// slow starts a run of three scenarios, one after another, and returns once the second one is playing,
// which takes 1.5 s: the first is short.
func slow(t *testing.T, binary string) (cmd *exec.Cmd, stdout *bufio.Reader, stderr *bytes.Buffer) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), binary, "run", "--parallel", "1", "--subject", "simple", "testdata/slow")
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr = &bytes.Buffer{}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stdout = bufio.NewReader(pipe)
	for range 2 { // the heading, the first result
		if _, err := stdout.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	return cmd, stdout, stderr
}

func interrupted(t *testing.T, binary string, sig os.Signal) {
	cmd, stdout, stderr := slow(t, binary)
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(stdout)
	if err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, cmd.Wait()); code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	if !strings.HasPrefix(string(rest), "  pass          simple   wait2") ||
		!strings.HasSuffix(string(rest), "\n\ninterrupted: this is not the whole run\n2 pass\napi: 2 pass\n2 passed, 0 failed, 0 skipped\n") {
		t.Errorf("standard output ends with\n%s", rest)
	}
	if !strings.HasPrefix(stderr.String(), "mqttconform: interrupted; waiting") {
		t.Errorf("standard error:\n%s", stderr)
	}
}

func interruptedTwice(t *testing.T, binary string) {
	cmd, stdout, _ := slow(t, binary)
	go func() { // until it has gone: two signals at once may count as one
		for cmd.Process.Signal(syscall.SIGINT) == nil {
			time.Sleep(50 * time.Millisecond)
		}
	}()
	rest, err := io.ReadAll(stdout)
	if err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, cmd.Wait()); code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	if len(rest) > 0 { // not even the result of what was playing
		t.Errorf("it wrote\n%s", rest)
	}
}
