package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sample = `# a-client 1.2.3
qos1/lost  # MQTT-3.3.1-1: DUP is never set

malformed/table  # ? MQTT-4.8.0-1: it goes on: always
session/moot  # inconclusive: its end waits
`

func TestParse(t *testing.T) {
	got, err := parse("x.txt", []byte(sample))
	want := expectation{version: "1.2.3", findings: []finding{
		{"qos1/lost", "MQTT-3.3.1-1", "DUP is never set", false},
		{"malformed/table", "MQTT-4.8.0-1", "it goes on: always", true},
	}, moot: []finding{{"session/moot", inconclusive, "its end waits", false}}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(expectation{}, finding{})); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if always, sometimes := string(got.list(false)), string(got.list(true)); always != "qos1/lost  # MQTT-3.3.1-1: DUP is never set\n" ||
		sometimes != "malformed/table  # MQTT-4.8.0-1: it goes on: always\n" {
		t.Errorf("the lists are %q and %q", always, sometimes)
	}
	for text, want := range map[string]string{
		"qos1/lost  # A: b\n":            "x.txt:1: want # NAME VERSION",
		"# a 1\nqos1/lost  # no rule\n":  "x.txt:2: want PATTERN  # RULE: what was seen",
		"# a 1\n\nqos1/lost\n":           "x.txt:3: want PATTERN  # RULE: what was seen",
		"# a 1\nqos1/lost  # RULE: \n":   "x.txt:2: want PATTERN  # RULE: what was seen",
		"# a\nqos1/lost  # RULE: seen\n": "x.txt:1: want # NAME VERSION",
	} {
		if _, err := parse("x.txt", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestCompare(t *testing.T) {
	e, err := parse("x.txt", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	e.findings = append(e.findings, finding{"qos1/either", "api-outcome-2|MQTT-4.8.0-1", "reads a number as a pointer", false})
	got := e.compare(report{Results: []result{
		{Scenario: "a/passes", Verdict: "pass"},
		{Scenario: "a/skipped", Verdict: "unsupported"},
		{Scenario: "qos1/lost", Verdict: "known-fail", Violated: []string{"MQTT-4.4.0-1"}, Findings: []string{"the client broke MQTT-3.3.1-1: …"}},
		{Scenario: "malformed/table/one", Verdict: "flaky", Violated: []string{"MQTT-2.2.2-2"}},
		{Scenario: "qos1/either", Verdict: "known-fail", Violated: []string{"api-outcome-2"}},
		{Scenario: "qos1/either", Verdict: "known-fail", Violated: []string{"MQTT-4.8.0-1"}},
		{Scenario: "qos1/either", Verdict: "known-fail", Violated: []string{"MQTT-2.2.2-2"}},
		{Scenario: "malformed/tablecloth", Verdict: "fail", Reason: "it is new"},
		{Scenario: "qos1/lost", Verdict: "fail", Reason: "it passes"},
		{Scenario: "a/api", Verdict: "api-fail", Reason: "early"},
		{Scenario: "a/setup", Verdict: "setup-error", Reason: "no port"},
		{Scenario: "a/late", Verdict: inconclusive, Reason: "the machine stalled"},
		{Scenario: "session/moot", Verdict: inconclusive, Reason: "the client sent no DISCONNECT"},
		{Scenario: "session/moot", Verdict: "pass"},
		{Scenario: "session/moot", Verdict: "fail", Reason: "DUP is 0"},
	}})
	want := []string{
		"malformed/table/one breaks [MQTT-2.2.2-2], not MQTT-4.8.0-1",
		"qos1/either breaks [MQTT-2.2.2-2], not api-outcome-2|MQTT-4.8.0-1",
		"malformed/tablecloth fails: it is new",
		"qos1/lost is listed: it passes",
		"a/api fails: early",
		"a/setup fails: no port",
		"session/moot is listed as inconclusive: pass",
		"session/moot is listed as inconclusive: fail DUP is 0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is inconclusive makes the totals those of one run, unless it always is, or is counted apart.
func TestUndecided(t *testing.T) {
	e, err := parse("x.txt", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	got := e.undecided(report{Results: []result{
		{Scenario: "a/passes", Verdict: "pass"},
		{Scenario: "a/late", Verdict: inconclusive},
		{Scenario: "session/moot", Verdict: inconclusive},
		{Scenario: "malformed/table/one", Verdict: inconclusive},
		{Scenario: "qos1/lost", Verdict: inconclusive},
	}})
	if diff := cmp.Diff([]string{"a/late", "qos1/lost"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A client without a file, and without findings, is expected to pass.
func TestExpectedOfNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	if e, err := (client{name: "new"}).expected(); err != nil || len(e.findings) > 0 {
		t.Errorf("%v, %v", e, err)
	}
	os.Mkdir("expect", 0o777)
	os.WriteFile(filepath.Join("expect", "bad.txt"), []byte("no header\n"), 0o666)
	if _, err := (client{name: "bad"}).expected(); err == nil {
		t.Error("a bad file is taken")
	}
}

func TestChosen(t *testing.T) {
	list := []client{{name: "a"}, {name: "b", asked: true}, {name: "c"}}
	names := func(list []client, err error) (s []string) {
		if err != nil {
			return []string{err.Error()}
		}
		for _, c := range list {
			s = append(s, c.name)
		}
		return s
	}
	for only, want := range map[string][]string{"": {"a", "c"}, "b": {"b"}, "c,a": {"c", "a"}, "d": {`there is no client called "d"`}} {
		if diff := cmp.Diff(want, names(chosen(append([]client(nil), list...), only))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", only, diff)
		}
	}
}

// What is known of a Go client holds in real time too, but for instants; a crash breaks no rule about packets.
func TestKnownOfGo(t *testing.T) {
	for _, g := range goClients() {
		e := known(g)
		if len(e.findings) != len(g.known())+len(g.sometimes())+len(g.hungry())+len(g.crashes()) || e.version == "" {
			t.Errorf("%s: %d findings of version %q", g.factory().Name, len(e.findings), e.version)
		}
		for _, k := range g.crashes() {
			if f, ok := e.of(k.Pattern); !ok || f.rule != crash {
				t.Errorf("%s: %s breaks %s", g.factory().Name, k.Pattern, f.rule)
			}
		}
	}
}
