package main

import (
	"strings"
	"testing"
)

// A mutant stands for a client that somebody works on: what it is known to fail does not fail the run, as
// long as it fails.
func TestKnownFailing(t *testing.T) {
	dir := t.TempDir()
	list := func(name, text string) string { return write(t, dir, name, text) }
	known := list("known.txt", "# no PUBACK is sent\nqos1/puback-ids\nsubscribe/mess*arrive  # nor here\n")
	suite := "run --world simulated --subject simple --filter qos1/puback-ids --filter qos1/no-success* --filter subscribe/messages-arrive"
	mixed := "run --world simulated --subject simple testdata/mixed "
	for _, tt := range []struct {
		name, args string
		code       int
		want       string // in the output or in what is said of a mistake
	}{
		{"without a list", suite + " --mutant no-puback", exitFailed, "1 pass, 2 fail\napi: 3 pass\n1 passed, 2 failed, 0 skipped\n"},
		{"what is known fails", suite + " --mutant no-puback --known-failing " + known, exitOK, "1 pass, 2 known-fail\napi: 3 pass\n3 passed, 0 failed, 0 skipped\n"},
		{"it is said why", suite + " --mutant no-puback --known-failing " + known, exitOK, "expect PUBACK: the client sent no PUBACK within 10s"},
		{"as JSON", suite + " --format json --mutant no-puback --known-failing " + known, exitOK, `"verdict": "known-fail"`},
		{"another fails", suite + " --mutant no-puback --known-failing " + list("one.txt", "qos1/puback-ids"), exitFailed, "1 pass, 1 known-fail, 1 fail\n"},
		{"the list is stale", suite + " --mutant no-puback --known-failing " + list("stale.txt", "qos1/*\nsubscribe/*"), exitFailed,
			"it passes, but stands on the list of what is known to fail: take it off the list"},
		{"a stale list is played again with it", suite + " --known-failing " + known, exitFailed, "--known-failing " + known},
		{"a behaviour that is not chosen", suite + " --mutant no-puback --known-failing " + list("more.txt", "qos1/puback-ids\nsubscribe/messages-arrive\nwill/*"), exitOK, "3 passed"},
		{"a warning is no failure", mixed + "--filter connect/warns --known-failing " + list("warns.txt", "connect/warns"), exitFailed, "it does not fail (warn: "},
		{"a strict one is", mixed + "--strict --filter connect/warns --known-failing " + list("strict.txt", "connect/warns"), exitOK, "1 known-fail"},
		{"what could not be played", mixed + "--filter will/setup --known-failing " + list("setup.txt", "will/setup"), exitSetup, "1 setup-error"},
		{"what was not played", mixed + "--filter qos2/* --known-failing " + list("needs.txt", "qos2/*"), exitFailed, "1 unsupported"},
		{"no such scenario", suite + " --known-failing " + list("absent.txt", "\nqos1/absent\nqos1/[\n"), exitUsage,
			"absent.txt:2: qos1/absent: there is no such scenario"},
		{"no pattern", suite + " --known-failing " + list("pattern.txt", "qos1/["), exitUsage, "pattern.txt:1: qos1/[: syntax error in pattern"},
		{"a reason without its sign", suite + " --known-failing " + list("words.txt", "qos1/puback-ids for now"), exitUsage, "words.txt:1: one pattern a line"},
		{"no such file", suite + " --known-failing " + dir + "/none.txt", exitUsage, "none.txt: no such file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := invoke(t, strings.Fields(tt.args)...).want(t, tt.code)
			if !strings.Contains(got.stdout+got.stderr, tt.want) {
				t.Errorf("the output lacks %q:\n%s%s", tt.want, got.stdout, got.stderr)
			}
		})
	}
}
