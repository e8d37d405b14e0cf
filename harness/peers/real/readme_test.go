package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/scenario"
	"umqtt/scenarios"
)

var update = flag.Bool("update", false, "write the table of clients into the README")

// The marks in the README between which the table of clients stands.
const (
	tableBegin = "<!-- Real clients: made by go test ./real -run Readme -update in harness/peers, from expect/*.txt. -->\n"
	tableEnd   = "<!-- End of the real clients. -->\n"
)

// TestReadme checks that the README has the totals and findings of each client as its file in expect says.
func TestReadme(t *testing.T) {
	t.Chdir("..")
	file := filepath.Join("..", "..", "README.md")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), tableBegin)
	got, after, ended := strings.Cut(rest, tableEnd)
	if !ok || !ended {
		t.Fatalf("%s has not the marks of the table", file)
	}
	want := table(t)
	if *update {
		if err := os.WriteFile(file, []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got); -update writes it\n%s", file, diff)
	}
}

// table returns the clients as Markdown.
func table(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| client | passed | failed | unsteady | unsupported | what matters |\n|---|---|---|---|---|---|\n")
	for _, c := range clients() {
		e, err := c.expected()
		if err != nil {
			t.Fatal(err)
		}
		if e.totals == "" {
			continue
		}
		n, err := parseTotals(e.totals)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "| %s %s | %d | %d | %d | %d | %s |\n", c.name, e.version, n.passed, n.failed, n.sometimes, n.unsupported, e.matters)
	}
	return b.String()
}

// The totals of each client are of the suite as it is: none is left out, and each case that is listed fails.
func TestTotalsOfTheSuite(t *testing.T) {
	t.Chdir("..")
	all, err := scenario.Load(scenarios.FS())
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, c := range clients() {
		e, err := c.expected()
		if err != nil {
			t.Fatal(err)
		}
		if e.totals == "" {
			continue
		}
		rows++
		n, err := parseTotals(e.totals)
		if err != nil {
			t.Fatal(err)
		}
		if sum := n.passed + n.failed + n.sometimes + n.inconclusive + n.unsupported; sum != len(all) {
			t.Errorf("%s: the totals are of %d scenarios, the suite has %d: play it again with -renew", c.name, sum, len(all))
		}
		always, sometimes := 0, 0
		for _, sc := range all {
			switch f, listed := e.of(sc.Name); {
			case listed && f.sometimes:
				sometimes++
			case listed:
				always++
			}
		}
		if always < n.failed || sometimes < n.sometimes {
			t.Errorf("%s: %d failed and %d are unsteady, and only %d and %d are listed", c.name, n.failed, n.sometimes, always, sometimes)
		}
		if e.matters == "" {
			t.Errorf("%s: nothing of it matters", c.name)
		}
	}
	if rows < 6 {
		t.Errorf("there are totals of %d clients, want 6", rows)
	}
}
