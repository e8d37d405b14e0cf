package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestMatrix plays two clients and shows them beside one another.
func TestMatrix(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.json"), filepath.Join(dir, "bad.json")
	run := []string{"run", "--world", "simulated", "--subject", "simple", "--filter", "qos1/puback-ids", "--filter", "connect/plain", "--json"}
	invoke(t, append(run, good)...).want(t, exitOK)
	invoke(t, append(run, bad, "--mutant", "no-puback")...).want(t, exitFailed)
	page, md := filepath.Join(dir, "matrix.html"), filepath.Join(dir, "matrix.md")

	got := invoke(t, "matrix", good, "it has none="+bad).want(t, exitOK)
	for _, want := range []string{"| Scenario | simple | it has none |", "| connect/plain | ✓ pass | ✓ pass |", "| qos1/puback-ids | ✓ pass | ✗ fail |"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("the matrix lacks %q:\n%s", want, got.stdout)
		}
	}
	if both := invoke(t, "matrix", "--html", page, "--markdown", md, good, "it has none="+bad).want(t, exitOK); both.stdout != "" {
		t.Errorf("standard output:\n%s", both.stdout)
	}
	if read(t, md) != got.stdout {
		t.Error("the file is not what standard output was")
	}
	if !strings.HasPrefix(read(t, page), "<!DOCTYPE html>") {
		t.Error("the page is none")
	}
	if piped := invokeWith(t, read(t, good), "matrix", "-").want(t, exitOK); !strings.Contains(piped.stdout, "| Scenario | simple |") {
		t.Errorf("from standard input:\n%s", piped.stdout)
	}
}

func TestMatrixErrors(t *testing.T) {
	dir := t.TempDir()
	text := write(t, dir, "text.json", "pass")
	empty := write(t, dir, "empty.json", `{"results": []}`)
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{nil, exitUsage, "matrix needs results"},
		{[]string{dir + "/none.json"}, exitUsage, "none.json: no such file"},
		{[]string{text}, exitUsage, "text.json: no JSON of a run"},
		{[]string{"--html", dir, empty}, exitSetup, "is a directory"},
	} {
		if got := invoke(t, append([]string{"matrix"}, tt.args...)...).want(t, tt.code); !strings.Contains(got.stderr, tt.want) {
			t.Errorf("%v: %s, want %q", tt.args, got.stderr, tt.want)
		}
	}
}
