package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTotals(t *testing.T) {
	e, err := parse("x.txt", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	n := e.count(report{Results: []result{
		{Scenario: "a/a", Verdict: "pass"}, {Scenario: "a/b", Verdict: "warn"}, {Scenario: "a/c", Verdict: "info"},
		{Scenario: "qos1/lost", Verdict: "known-fail"}, {Scenario: "a/d", Verdict: "fail"},
		{Scenario: "malformed/table/one", Verdict: "flaky"}, {Scenario: "malformed/table/two", Verdict: "pass"},
		{Scenario: "malformed/table/three", Verdict: "inconclusive"}, {Scenario: "a/e", Verdict: "inconclusive"},
		{Scenario: "a/f", Verdict: "unsupported"},
	}})
	const text = "3 passed, 2 failed, 3 unsteady, 1 inconclusive, 1 unsupported"
	if n.String() != text {
		t.Errorf("%s, want %s", n, text)
	}
	if got, err := parseTotals(text); got != n || err != nil {
		t.Errorf("%s is read as %+v, %v", text, got, err)
	}
	for _, bad := range []string{"", "3", "3 passed", "3 passed, x failed, 0 unsupported", "3 passed, 2 failed, 1 unsupported, 4 odd"} {
		if got, err := parseTotals(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, got)
		}
	}
}

// The totals stand behind the first line, once.
func TestWriteTotals(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.txt")
	os.WriteFile(file, []byte("# a-client 1.2.3\n# matters: much\nqos1/lost  # RULE: seen\n"), 0o666)
	for _, passed := range []int{3, 4} {
		if err := writeTotals(file, totals{passed: passed}); err != nil {
			t.Fatal(err)
		}
	}
	got, _ := os.ReadFile(file)
	if diff := cmp.Diff("# a-client 1.2.3\n# totals: 4 passed, 0 failed, 0 unsupported\n# matters: much\nqos1/lost  # RULE: seen\n", string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if e, err := parse(file, got); err != nil || e.totals != "4 passed, 0 failed, 0 unsupported" || e.matters != "much" || len(e.findings) != 1 {
		t.Errorf("it is read as %+v, %v", e, err)
	}
}
