package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/judge"
)

// source returns what a run of some results wrote as JSON, read again.
func source(t *testing.T, name, file string, all ...*judge.Result) Source {
	t.Helper()
	d, err := ParseDocument(jsonText(t, Options{World: "simulated"}, all, false))
	if err != nil {
		t.Fatal(err)
	}
	return Source{Name: name, File: file, Document: d}
}

// played returns a result of a scenario that covers MQTT-4.4.0-1.
func played(subject, name string, v judge.Verdict) *judge.Result {
	res := &judge.Result{Scenario: named(name), Subject: subject, Verdict: v, API: judge.Pass}
	switch v {
	case judge.Pass:
	case judge.Unsupported:
		res.API, res.Missing = "", "qos2"
	default:
		res.Failure = &judge.Failure{Message: "it does not send again", Covers: []string{"MQTT-4.4.0-1"}}
	}
	return res
}

func exampleMatrix(t *testing.T) *Matrix {
	t.Helper()
	return NewMatrix(
		source(t, "", "a.json", played("one", "qos1/a", judge.Pass), played("one", "qos1/b", judge.Fail), played("one", "will/c|d", judge.Fail)),
		source(t, "two", "b.json", played("x", "qos1/a", judge.Pass), played("x", "qos1/b", judge.Unsupported), played("x", "will/c|d", judge.KnownFail), played("x", "will/e", judge.Inconclusive)))
}

func TestMarkdown(t *testing.T) {
	var b bytes.Buffer
	if err := exampleMatrix(t).Markdown(&b); err != nil {
		t.Fatal(err)
	}
	want := `# MQTT 3.1.1: clients beside one another

| Client | Failed | Passed | Skipped | Statements broken | Statements held | World |
|---|---|---|---|---|---|---|
| one | 2 | 1 | 0 | 1 | 0 | simulated |
| two | 0 | 2 | 2 | 1 | 0 | simulated |

## Rules that are broken

| Rule | one | two |
|---|---|---|
| RULE | ✗ broken (2 of 3) | ✗ broken (1 of 3) |

## Scenarios that fail

1 scenario with every client that was played, marked "all": suspect the case.

| Scenario | one | two |
|---|---|---|
| qos1/b | ✗ fail | – unsupported |
| will/c\|d (all) | ✗ fail | ✗ known-fail |

## Other rules

There is none.

## All scenarios

| Scenario | one | two |
|---|---|---|
| qos1/a | ✓ pass | ✓ pass |
| qos1/b | ✗ fail | – unsupported |
| will/c\|d (all) | ✗ fail | ✗ known-fail |
| will/e |  | ? inconclusive |

`
	want = strings.Replace(want, "RULE", judge.Rule("MQTT-4.4.0-1"), 1)
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMatrixHTML(t *testing.T) {
	var b strings.Builder
	if err := exampleMatrix(t).HTML(&b); err != nil {
		t.Fatal(err)
	}
	checkPage(t, b.String())
	for _, want := range []string{"2 clients beside one another", "2 of 3</span>", "<b>all</b>", "lacks qos2", "not in its run", "suspect the case"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestMatrixEscapes holds that what a file of results says becomes no part of the structure of a page, nor of Markdown.
func TestMatrixEscapes(t *testing.T) {
	res, unsupported := hostile(), hostile()
	unsupported.Scenario.Name += "2"
	unsupported.Verdict, unsupported.Missing = judge.Unsupported, evil
	s := source(t, evil, evil, res, unsupported)
	s.World, s.Mutant = evil, evil
	m := NewMatrix(s, s)
	var page, text strings.Builder
	if err := m.HTML(&page); err != nil {
		t.Fatal(err)
	}
	checkPage(t, strings.ReplaceAll(page.String(), "\uFFFD", "")) // what JSON has for bytes that are no UTF-8
	if err := m.Markdown(&text); err != nil {
		t.Fatal(err)
	}
	plain := strings.NewReplacer(`\\`, "", `\<`, "", `\|`, "", `\&`, "").Replace(text.String())
	if strings.ContainsAny(plain, "<&\x1b\x00") {
		t.Errorf("not escaped:\n%s", text.String())
	}
	for line := range strings.Lines(plain) {
		if n := strings.Count(line, "|"); n != 0 && n != 4 && n != 8 {
			t.Errorf("a row of %d cells: %s", n-1, line)
		}
	}
}

// TestMatrixNames holds that clients of the same name are told apart.
func TestMatrixNames(t *testing.T) {
	pass := func(subject string) *judge.Result { return played(subject, "a/b", judge.Pass) }
	m := NewMatrix(
		source(t, "", "x/old.json", pass("paho")), source(t, "", "new.json", pass("paho")), source(t, "", "y/new.json", pass("paho")),
		source(t, "mine", "m.json", pass("a")), source(t, "both", "n.json", pass("a"), pass("b")))
	var got []string
	for _, c := range m.Clients {
		got = append(got, c.Name)
	}
	if diff := cmp.Diff([]string{"paho (old)", "paho (new)", "paho (new) #2", "mine", "both/a", "both/b"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMatrixWorse holds that of two results of one scenario the worse is shown.
func TestMatrixWorse(t *testing.T) {
	for _, v := range []judge.Verdict{judge.Pass, judge.Unsupported, judge.Warn} {
		for _, all := range [][]*judge.Result{{played("a", "a/b", judge.Fail), played("a", "a/b", v)}, {played("a", "a/b", v), played("a", "a/b", judge.Fail)}} {
			if got := NewMatrix(source(t, "", "", all...)).Scenarios[0].Cells[0].Verdict; got != "fail" {
				t.Errorf("of %s and %s: %s", all[0].Verdict, all[1].Verdict, got)
			}
		}
	}
}

func TestSuspect(t *testing.T) {
	for _, tt := range []struct {
		verdicts []judge.Verdict
		want     bool
	}{
		{[]judge.Verdict{judge.Fail, judge.Fail}, true},
		{[]judge.Verdict{judge.Fail, judge.KnownFail, judge.Unsupported}, true},
		{[]judge.Verdict{judge.Fail, judge.Pass, judge.Fail}, false},
		{[]judge.Verdict{judge.Fail, judge.Warn}, false},
		{[]judge.Verdict{judge.Fail}, false},
		{[]judge.Verdict{judge.Fail, judge.Unsupported, judge.Inconclusive}, false},
		{[]judge.Verdict{judge.SetupError, judge.SetupError}, false},
		{[]judge.Verdict{judge.Pass, judge.Pass}, false},
	} {
		var sources []Source
		for _, v := range tt.verdicts {
			sources = append(sources, source(t, "", "", played("a", "a/b", v)))
		}
		if got := NewMatrix(sources...).Scenarios[0].Suspect(); got != tt.want {
			t.Errorf("%v: %t, want %t", tt.verdicts, got, tt.want)
		}
	}
}

func TestParseDocument(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "no JSON of a run: unexpected end of JSON input",
		"{}":                                 `no JSON of a run: it has no "results"`,
		`{"results": null}`:                  `no JSON of a run: it has no "results"`,
		`{"results": [{"scenario": 1}]}`:     "no JSON of a run: json: cannot unmarshal",
		`{"results": [], "what else": true}`: "",
	} {
		_, err := ParseDocument([]byte(text))
		if (err != nil) != (want != "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
