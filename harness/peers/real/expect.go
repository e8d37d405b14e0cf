package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"umqtt/harness/scenario"
)

// A finding is what is known of a client: a line of its file, "PATTERN  # RULE: what was seen". A line with a "?" before
// the rule is of what fails now and then. RULE may be several with "|" in between, where one time this one is broken and
// another time that one.
type finding struct {
	pattern, rule, saw string
	sometimes          bool
}

// inconclusive stands in place of a rule in the line of a scenario that comes to no verdict with the client, whenever it
// is played: a step that it presupposes is not met.
const inconclusive = "inconclusive"

// An expectation is what is known of a client, and of which version: the first line of its file is "# NAME VERSION".
// Lines that begin with "# totals:" and "# matters:" are for the README's table of clients.
type expectation struct {
	version  string
	totals   string // of the whole suite, as totals.String has them; or ""
	matters  string // the findings that a user of the client should know
	findings []finding
	moot     []finding // what is inconclusive
}

// expected returns what is known of the client. Of one without a file nothing is.
func (c client) expected() (expectation, error) {
	e, err := c.file()
	if c.known != nil {
		known := c.known()
		e.version, e.findings = known.version, known.findings
	}
	return e, err
}

// fileName is the file of the client's expectation in the directory of module peers.
func (c client) fileName() string { return filepath.Join("expect", c.name+".txt") }

// file returns what the client's file says. That of a Go client has no findings.
func (c client) file() (expectation, error) {
	file := c.fileName()
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return expectation{}, nil
	}
	if err != nil {
		return expectation{}, err
	}
	return parse(file, b)
}

// parse reads the file of a client.
func parse(file string, b []byte) (expectation, error) {
	var e expectation
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		pattern, reason, _ := strings.Cut(strings.TrimSpace(line), "#")
		pattern, reason = strings.TrimSpace(pattern), strings.TrimSpace(reason)
		switch {
		case n == 1:
			words := strings.Fields(reason)
			if pattern != "" || len(words) != 2 {
				return e, fmt.Errorf("%s:1: want # NAME VERSION", file)
			}
			e.version = words[1]
		case pattern == "":
			key, value, _ := strings.Cut(reason, ": ")
			switch key {
			case "totals":
				e.totals = value
			case "matters":
				e.matters = value
			}
		default:
			reason, sometimes := strings.CutPrefix(reason, "?")
			rule, saw, ok := strings.Cut(strings.TrimSpace(reason), ": ")
			if !ok || strings.ContainsAny(rule, " ") || strings.TrimSpace(saw) == "" {
				return e, fmt.Errorf("%s:%d: want PATTERN  # RULE: what was seen", file, n)
			}
			f := finding{pattern, rule, strings.TrimSpace(saw), sometimes}
			if rule == inconclusive {
				e.moot = append(e.moot, f)
			} else {
				e.findings = append(e.findings, f)
			}
		}
	}
	return e, nil
}

// crash is the rule that the end of a process breaks: it is no packet.
const crash = "api-outcome-2"

// known is what package peers knows of a Go client, in virtual time. What depends on the instant fails only sometimes in
// real time, and a crash is a failure here, since the process is the client's own.
func known(g goClient) expectation {
	e := expectation{version: g.version}
	for _, k := range g.known() {
		e.findings = append(e.findings, finding{k.Pattern, k.Rule, k.Saw, strings.HasPrefix(k.Pattern, "keepalive/")})
	}
	for _, k := range g.sometimes() {
		e.findings = append(e.findings, finding{k.Pattern, k.Rule, k.Saw, true})
	}
	for _, k := range g.hungry() {
		e.findings = append(e.findings, finding{k.Pattern, g.full, k.Saw, false})
	}
	for _, k := range g.crashes() {
		e.findings = append(e.findings, finding{k.Pattern, crash, k.Saw, false})
	}
	return e
}

// list is what fails always, or what fails sometimes, as mqttconform reads it.
func (e expectation) list(sometimes bool) []byte {
	var b bytes.Buffer
	for _, f := range e.findings {
		if f.sometimes == sometimes {
			fmt.Fprintf(&b, "%s  # %s: %s\n", f.pattern, f.rule, f.saw)
		}
	}
	return b.Bytes()
}

// A report is what of the JSON of a run is looked at.
type report struct {
	Passed, Failed, Skipped int
	Results                 []result
}

type result struct {
	Scenario, Verdict, Reason string
	Violated                  []string
	Findings                  []string
}

func read(file string) (report, error) {
	var r report
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	return r, err
}

// compare returns what is not as expected.
func (e expectation) compare(r report) []string {
	var faults []string
	for _, res := range r.Results {
		f, listed := e.of(res.Scenario)
		switch {
		case e.isMoot(res.Scenario) && res.Verdict != inconclusive:
			faults = append(faults, fmt.Sprintf("%s is listed as inconclusive: %s", res.Scenario, strings.TrimSpace(res.Verdict+" "+res.Reason)))
		case res.Verdict == "known-fail" || res.Verdict == "flaky":
			if listed && !res.breaks(f.rule) {
				faults = append(faults, fmt.Sprintf("%s breaks %v, not %s", res.Scenario, res.Violated, f.rule))
			}
		case slices.Contains([]string{"fail", "api-fail", "setup-error"}, res.Verdict):
			what := "fails"
			if listed {
				what = "is listed"
			}
			faults = append(faults, fmt.Sprintf("%s %s: %s", res.Scenario, what, res.Reason))
		}
	}
	return faults
}

// of returns what is known of a scenario: the first finding whose pattern selects it.
func (e expectation) of(name string) (finding, bool) {
	for _, f := range e.findings {
		if f.selects(name) {
			return f, true
		}
	}
	return finding{}, false
}

// isMoot reports whether a scenario is known to be inconclusive.
func (e expectation) isMoot(name string) bool {
	return slices.ContainsFunc(e.moot, func(f finding) bool { return f.selects(name) })
}

// undecided returns the scenarios that are inconclusive and not known to be so: the totals of the run are not those of
// the client.
func (e expectation) undecided(r report) []string {
	var names []string
	for _, res := range r.Results {
		if f, listed := e.of(res.Scenario); res.Verdict == inconclusive && !e.isMoot(res.Scenario) && !(listed && f.sometimes) {
			names = append(names, res.Scenario)
		}
	}
	return names
}

// selects reports whether the pattern of a finding matches the name of a scenario, or of the table in which it stands.
func (f finding) selects(name string) bool {
	match, _ := scenario.Match(f.pattern, name)
	if !match && strings.Count(name, "/") > 1 {
		match, _ = scenario.Match(f.pattern, path.Dir(name))
	}
	return match
}

// breaks reports whether one of the rules is among those that a result breaks: by what a step saw, or by a monitor.
func (r result) breaks(rules string) bool {
	return slices.ContainsFunc(strings.Split(rules, "|"), func(rule string) bool {
		return slices.Contains(r.Violated, rule) || slices.ContainsFunc(r.Findings, func(f string) bool { return strings.Contains(f, rule) })
	})
}
