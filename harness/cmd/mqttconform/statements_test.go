package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/report"
	"umqtt/scenarios"
)

// The document has each statement, what covers and breaks it, and what came of it, with totals that add up.
func TestStatements(t *testing.T) {
	if raceDetector {
		t.Skip("it is about the suite, not about the code; it runs without the race detector")
	}
	t.Parallel()
	results := filepath.Join(t.TempDir(), "results.json")
	invoke(t, "run", "--subject", "simple", "--filter", "connect/*", "--json", results).want(t, exitOK)
	out := invoke(t, "statements", "--results", results, "--format", "json").want(t, exitOK)
	var s statements
	if err := json.Unmarshal([]byte(out.stdout), &s); err != nil {
		t.Fatal(err)
	}
	if s.Suite != scenarios.Version || s.Totals.Statements != 141 || s.Totals.Decidable != 64 || len(s.Statements) != 141 {
		t.Errorf("suite %q, %d statements, totals %+v", s.Suite, len(s.Statements), s.Totals)
	}
	if s.Totals.Covered+s.Totals.Explained != 64 || s.Totals.Broken != s.Totals.Covered {
		t.Errorf("of the decidable %d are covered, %d explained, %d broken", s.Totals.Covered, s.Totals.Explained, s.Totals.Broken)
	}
	if diff := cmp.Diff([]string{"simple"}, s.Subjects); diff != "" {
		t.Errorf("subjects (-want +got):\n%s", diff)
	}
	states := 0
	for _, n := range s.Totals.Verdicts["simple"] {
		states += n
	}
	if states != 64 || s.Totals.Verdicts["simple"][report.Held] == 0 || s.Totals.Verdicts["simple"][report.Unknown] == 0 {
		t.Errorf("verdicts %v, want 64 of which some are held and some not played", s.Totals.Verdicts)
	}
	for _, r := range s.Statements {
		if r.ID == "MQTT-3.1.2-22" {
			want := statement{
				ID: r.ID, Section: "3.1.2", Binds: "both", Text: r.Text, Decidable: true,
				Scenarios: []string{"connect/credentials", "connect/password-alone", "connect/plain"},
				Mutants:   []string{"password-without-username", "password-alone"},
				Verdicts:  map[string]report.State{"simple": report.Held},
			}
			want.Binds = r.Binds
			if diff := cmp.Diff(want, r); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
	}
}

// Text and Markdown have a line for each statement, and the totals; a file that leaves decidable statements
// uncovered fails.
func TestStatementsForms(t *testing.T) {
	for format, want := range map[string][]string{
		"text":     {"STATEMENT      BINDS   DECIDABLE  SCENARIOS  MUTANTS  TEXT\n", "\n64 of 141 statements are decidable by what a client sends.\n1 of these 64 are covered by scenarios; "},
		"markdown": {"| Statement | Binds | Decidable | Scenarios | Mutants |\n|---|---|---|---|---|\n", "none: missing", "| client | yes | connect/passes |", "none: nothing says "},
	} {
		t.Run(format, func(t *testing.T) {
			out := invoke(t, "statements", "--format", format, "testdata/mixed/connect/passes.yaml").want(t, exitFailed)
			for _, part := range want {
				if !strings.Contains(out.stdout, part) {
					t.Errorf("no %q in\n%s", part, out.stdout)
				}
			}
			if n := strings.Count(out.stdout, "MQTT-"); n < 141 {
				t.Errorf("%d statements are named", n)
			}
		})
	}
	file := filepath.Join(t.TempDir(), "none.json")
	if err := os.WriteFile(file, []byte("{}"), 0o666); err != nil {
		t.Fatal(err)
	}
	if out := invoke(t, "statements", "--results", file).want(t, exitUsage); !strings.Contains(out.stderr, "none.json: no JSON of a run") {
		t.Errorf("error %q", out.stderr)
	}
}
