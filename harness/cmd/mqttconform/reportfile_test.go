package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestRunFiles holds that the files of run have the results that standard output has.
func TestRunFiles(t *testing.T) {
	dir := t.TempDir()
	page, doc := filepath.Join(dir, "run.html"), filepath.Join(dir, "run.json")
	args := []string{"run", "--world", "simulated", "--subject", "simple", "testdata/mixed", "--html", page, "--json", doc}
	got := invoke(t, args...).want(t, exitFailed)
	if last := lastLine(got.stdout); last != "3 passed, 2 failed, 3 skipped" {
		t.Errorf("the last line is %q", last)
	}
	if d := decode(t, read(t, doc)); d.Passed != 3 || d.Failed != 2 || len(d.Results) != 8 {
		t.Errorf("the document has %+v", d)
	}
	for _, want := range []string{"<title>2 failed: ", "mqttconform run --world simulated --seed 0 --subject simple --filter connect/fails testdata/mixed", "not kept; with --captures DIR it is"} {
		if !strings.Contains(read(t, page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if first := read(t, page); invoke(t, args...).want(t, exitFailed).code == exitFailed && read(t, page) != first {
		t.Error("the same run gives another page")
	}
}

// TestRunFilesAtOnce holds that a file which cannot be written is noticed before anything is played.
func TestRunFilesAtOnce(t *testing.T) {
	for _, flag := range []string{"--html", "--json"} {
		got := invoke(t, "run", "--world", "simulated", "--subject", "simple", "testdata/mixed", flag, t.TempDir()).want(t, exitSetup)
		if got.stdout != "" || !strings.Contains(got.stderr, "is a directory") {
			t.Errorf("%s: stdout %q, stderr %q", flag, got.stdout, got.stderr)
		}
	}
}
