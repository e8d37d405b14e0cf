package main

import (
	"regexp"
	"strings"
	"testing"
)

// inOverview finds the names of commands in the overview of help.
var inOverview = regexp.MustCompile(`(?m)^  ([a-z-]+)  +\S`)

// TestListedCommands holds that each command in the overview of help has a help text of its own, which help and
// --help show, and that each word that its usage offers as its argument is one.
func TestListedCommands(t *testing.T) {
	overview, _, _ := strings.Cut(invoke(t, "help").want(t, exitOK).stdout, "Exit codes:")
	found := inOverview.FindAllStringSubmatch(overview, -1)
	if len(found) < len(commands()) {
		t.Fatalf("help lists %d commands of %d:\n%s", len(found), len(commands()), overview)
	}
	for _, m := range found {
		name := m[1]
		t.Run(name, func(t *testing.T) {
			text := invoke(t, "help", name).want(t, exitOK).stdout
			if got := invoke(t, name, "--help").want(t, exitOK).stdout; got != text {
				t.Errorf("--help shows another text than help:\n%s", got)
			}
			c, _ := find(name)
			if !regexp.MustCompile(`^[a-z|]+$`).MatchString(c.args) {
				return
			}
			for _, word := range strings.Split(c.args, "|") {
				if got := invoke(t, name, word).want(t, exitOK); len(got.stdout) < 100 {
					t.Errorf("%s %s writes %q", name, word, got.stdout)
				}
			}
		})
	}
	for _, name := range []string{"version", "--version"} {
		if got := invoke(t, name).want(t, exitOK).stdout; got != "mqttconform "+version()+"\n" {
			t.Errorf("%s writes %q", name, got)
		}
	}
}
