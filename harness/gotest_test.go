package harness_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"umqtt/harness"
)

// The flags of go test do what they do without worker processes: -count, -run, -json, -coverprofile, and those of
// the test itself.
func TestGoTestFlags(t *testing.T) {
	t.Parallel()
	profile := filepath.Join(t.TempDir(), "cover.out")
	cmd := exec.Command("go", "test", "-count=2", "-run=TestConformance/own/connect/a", "-json", "-coverprofile="+profile, "./testdata/isolated", "-args", "-dials")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%v\n%s", err, &stderr)
	}
	passes := map[string]int{}
	var text strings.Builder
	for line := range bytes.Lines(out) {
		var e struct{ Action, Test, Output, Key, Value string }
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if e.Action == "pass" {
			passes[e.Test]++
		}
		if e.Action == "attr" {
			passes[e.Key+"="+e.Value]++
		}
		text.WriteString(e.Output)
	}
	for _, want := range []string{"TestConformance/own/connect/a", "mqtt.own.passed=1"} {
		if passes[want] != 2 {
			t.Errorf("%s: %d times, want 2", want, passes[want])
		}
	}
	if passes["TestConformance/own/connect/b"] != 0 {
		t.Error("-run was not heeded")
	}
	if n := strings.Count(text.String(), "{this is printed"); n != 2 {
		t.Errorf("what the client prints is there %d times, want 2, in the log of its scenario", n)
	}
	if t.Failed() {
		t.Logf("%s", text.String())
	}
	covered, err := os.ReadFile(profile)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`isolated\.go:16\.\d+,19\.\d+ 3 1`, `isolated\.go:26\.\d+,26\.\d+ 1 0`} {
		if !regexp.MustCompile(want).Match(covered) {
			t.Errorf("the coverage profile has no %s:\n%s", want, covered)
		}
	}
}

// A worker does not outlive the process that started it, be it that -timeout ends it.
func TestWorkersEndWithTheTest(t *testing.T) {
	pidFile := os.Getenv("HARNESS_TEST_PID")
	if os.Getenv("HARNESS_TEST_RUN") == "a loop" {
		harness.Run(t, rogues(func(harness.Env) {
			os.WriteFile(pidFile, []byte(strconv.Itoa(os.Getpid())), 0o666)
			for os.Getpid() > 0 {
			}
		}))
		return
	}
	t.Parallel()
	pidFile = filepath.Join(t.TempDir(), "pid")
	cmd := exec.Command(os.Args[0], "-test.run=^TestWorkersEndWithTheTest$", "-test.timeout=3s")
	cmd.Env = append(os.Environ(), "HARNESS_TEST_RUN=a loop", "HARNESS_TEST_PID="+pidFile)
	out, err := cmd.CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("panic: test timed out after 3s")) || !bytes.Contains(out, []byte("rogue/connect/bad")) {
		t.Errorf("%v:\n%.2000s", err, out)
	}
	b, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(b))
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); syscall.Kill(pid, 0) == nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("the worker goes on")
		}
	}
}
