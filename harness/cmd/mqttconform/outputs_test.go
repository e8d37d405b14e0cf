package main

import (
	"bytes"
	"encoding/xml"
	"path/filepath"
	"strings"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/report"
	"umqtt/harness/scenario"
)

const quick = "run --world simulated --subject simple --filter qos1/puback-ids --filter qos1/no-success* --filter qos2/arrives"

// Every report goes to its file, and a file that cannot be written is noticed before anything is played.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	junit, json := filepath.Join(dir, "j.xml"), filepath.Join(dir, "j.json")
	invoke(t, append(strings.Fields(quick), "--mutant", "no-puback", "--junit", junit, "--json", json)...).want(t, exitFailed)
	var doc struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
	}
	if err := xml.Unmarshal([]byte(read(t, junit)), &doc); err != nil || doc.Tests != 3 || doc.Failures != 1 {
		t.Errorf("%+v and %v in\n%s", doc, err, read(t, junit))
	}
	if d := decode(t, read(t, json)); d.Failed != 1 {
		t.Errorf("%+v", d)
	}
	for _, flag := range []string{"--junit", "--json", "--html"} {
		got := invoke(t, append(strings.Fields(quick), flag, filepath.Join(dir, "none", "x"))...).want(t, exitSetup)
		if got.stdout != "" || !strings.Contains(got.stderr, "no such file") {
			t.Errorf("%s: %q and %q", flag, got.stdout, got.stderr)
		}
	}
	file := write(t, dir, "file", "")
	if got := invoke(t, append(strings.Fields(quick), "--captures", filepath.Join(file, "x"))...).want(t, exitSetup); got.stdout != "" || !strings.Contains(got.stderr, "--captures: ") {
		t.Errorf("%q and %q", got.stdout, got.stderr)
	}
}

// What passes is not shown, and is counted.
func TestQuiet(t *testing.T) {
	got := invoke(t, append(strings.Fields(quick), "--quiet")...).want(t, exitOK)
	if want := "2 pass, 1 unsupported\nunsupported: 1 needs qos2\napi: 2 pass\n2 passed, 0 failed, 1 skipped\n"; got.stdout != want {
		t.Errorf("%q, want %q", got.stdout, want)
	}
	got = invoke(t, append(strings.Fields(quick), "--quiet", "--mutant", "no-puback")...).want(t, exitFailed)
	if strings.Contains(got.stdout, "no-success") || !strings.Contains(got.stdout, "expect PUBACK") {
		t.Errorf("it shows\n%s", got.stdout)
	}
}

// What failed is played first, or alone.
func TestFailedFirst(t *testing.T) {
	json := filepath.Join(t.TempDir(), "j.json")
	args := append(strings.Fields(quick), "--filter", "qos1/puback-lost", "--mutant", "no-puback")
	invoke(t, append(args, "--json", json)...).want(t, exitFailed)
	first := invoke(t, append(args, "--format", "json", "--failed-first", json)...).want(t, exitFailed)
	if d := decode(t, first.stdout); len(d.Results) != 4 || d.Results[0].Scenario != "qos1/puback-ids" {
		t.Errorf("%+v", d.Results)
	}
	only := invoke(t, append(args, "--format", "json", "--only-failed", json)...).want(t, exitFailed)
	if d := decode(t, only.stdout); len(d.Results) != 1 || d.Results[0].Scenario != "qos1/puback-ids" {
		t.Errorf("%+v", d.Results)
	}
	invoke(t, append(args, "--exclude", "qos1/puback-ids", "--only-failed", json)...).want(t, exitFailed)
}

// A list that is written of what fails is one that lets the same run pass, and takes over what is known.
func TestWriteKnownFailing(t *testing.T) {
	dir := t.TempDir()
	known := filepath.Join(dir, "known.txt")
	args := append(strings.Fields(quick), "--filter", "subscribe/messages-arrive", "--mutant", "no-puback")
	invoke(t, append(args, "--write-known-failing", known)...).want(t, exitFailed)
	text := read(t, known)
	if !strings.Contains(text, "qos1/puback-ids  # MQTT-") || strings.Contains(text, ".yaml:") || strings.Contains(text, "no-success") {
		t.Errorf("the list is\n%s", text)
	}
	again := filepath.Join(dir, "again.txt")
	invoke(t, append(args, "--known-failing", known, "--write-known-failing", again)...).want(t, exitOK)
	if read(t, again) != text {
		t.Errorf("written again it is\n%s", read(t, again))
	}
	stale := write(t, dir, "stale.txt", "qos1/*\n")
	invoke(t, append(args, "--known-failing", stale, "--write-known-failing", again)...).want(t, exitFailed)
	if strings.Contains(read(t, again), "no-success") {
		t.Errorf("what passes is written:\n%s", read(t, again))
	}
}

// What is flaky may fail and may pass; either way it is named.
func TestFlaky(t *testing.T) {
	list := write(t, t.TempDir(), "flaky.txt", "qos1/*\n")
	got := invoke(t, append(strings.Fields(quick), "--mutant", "no-puback", "--flaky", list)...).want(t, exitOK)
	if !strings.Contains(got.stdout, "1 pass, 1 flaky, 1 unsupported\n") {
		t.Errorf("it shows\n%s", got.stdout)
	}
	invoke(t, append(strings.Fields(quick), "--flaky", list)...).want(t, exitOK)
}

// An annotation is one line, with the step's place.
func TestAnnotations(t *testing.T) {
	var b bytes.Buffer
	a := annotations{w: &b}
	sc := &scenario.Scenario{Name: "qos1/x", File: "a,b/x.yaml"}
	a.Add(&judge.Result{Scenario: sc, Subject: "mine", Verdict: judge.Pass})
	a.Add(&judge.Result{Scenario: sc, Subject: "mine", Verdict: judge.Fail, Failure: &judge.Failure{
		Pos: scenario.Pos{File: "a,b/x.yaml", Line: 3, Col: 5}, Message: "100% wrong", Want: "a", Got: "b"}})
	a.Add(&judge.Result{Scenario: sc, Subject: "mine", Verdict: judge.SetupError})
	want := "::error file=a%2Cb/x.yaml,line=3,col=5,title=qos1/x with mine::a,b/x.yaml:3:5: 100%25 wrong%0A  want: a%0A  got:  b\n" +
		"::error file=a%2Cb/x.yaml,title=qos1/x with mine::setup-error\n"
	if b.String() != want || a.End(false) != nil {
		t.Errorf("%q, want %q", b.String(), want)
	}
	t.Setenv("GITHUB_ACTIONS", "true")
	got := invoke(t, append(strings.Fields(quick), "--format", "json", "--mutant", "no-puback")...).want(t, exitFailed)
	if !strings.Contains(got.stderr, "::error file=scenarios/qos1/puback-ids.yaml,line=") {
		t.Errorf("standard error has\n%s", got.stderr)
	}
	decode(t, got.stdout)
}

// The line on a terminal is written over, and taken away at the end.
func TestProgress(t *testing.T) {
	var b bytes.Buffer
	p := &progress{w: &b, total: 9}
	p.show(1, report.Counts{judge.Pass: 1})
	p.hide()
	p.show(2, report.Counts{judge.Pass: 1, judge.Fail: 1})
	if want := "\r\x1b[K1 of 9\r\x1b[K\r\x1b[K2 of 9, 1 failed"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
	var none *progress
	none.show(1, nil)
	none.hide()
	if watched(&b) {
		t.Error("a buffer is no terminal")
	}
}

// new writes a scenario that loads and passes, and overwrites nothing.
func TestNew(t *testing.T) {
	dir := t.TempDir()
	got := invoke(t, "new", "--dir", dir, "qos1/my-case").want(t, exitOK)
	file := filepath.Join(dir, "qos1", "my-case.yaml")
	if got.stdout != file+"\n" {
		t.Errorf("it says %q", got.stdout)
	}
	invoke(t, "check", file).want(t, exitOK)
	if played := invoke(t, "run", "--world", "simulated", dir).want(t, exitOK); lastLine(played.stdout) != "3 passed, 0 failed, 0 skipped" {
		t.Errorf("%s", played.stdout)
	}
	if again := invoke(t, "new", "--dir", dir, "qos1/my-case.yaml").want(t, exitUsage); !strings.Contains(again.stderr, "exists already") {
		t.Errorf("%s", again.stderr)
	}
}

// A shell completes commands, flags and what they take.
func TestCompletion(t *testing.T) {
	for args, want := range map[string]string{
		"va":                        "variants\t",
		"run --wor":                 "--world\t",
		"run --world s":             "simulated\n",
		"run --filter qos1/puback-": "qos1/puback-lost\n",
		"run --filter will/":        "will/*\n",
		"run --subject r":           "robust\n",
		"run --mutant no-pub":       "no-puback\n",
		"run --tag ":                "smoke\n",
		"run --statement MQTT-4.4":  "MQTT-4.4.0-1\n",
		"run --features will":       "will\n",
		"run --level ":              "policy\n",
		"variants --variant ref-w":  "ref-window-1\n",
	} {
		words := append([]string{"__complete"}, strings.Split(args, " ")...)
		if got := invoke(t, words...).want(t, exitOK); !strings.Contains(got.stdout, want) {
			t.Errorf("%s: no %q in\n%s", args, want, got.stdout)
		}
	}
	for _, shell := range shells {
		if got := invoke(t, "completion", shell).want(t, exitOK); !strings.Contains(got.stdout, "mqttconform") {
			t.Errorf("%s: %s", shell, got.stdout)
		}
	}
	if got := invoke(t, "--version").want(t, exitOK); !strings.HasPrefix(got.stdout, "mqttconform ") || !strings.Contains(got.stdout, "go1.") {
		t.Errorf("the version is %q", got.stdout)
	}
}
