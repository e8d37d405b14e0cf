package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"umqtt/harness/judge"
	"umqtt/harness/near"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
)

var explainCommand = command{
	name:  "explain",
	args:  "NAME…",
	short: "explain the id of a rule, a feature, a profile or a scenario",
	long: `
Explains each name:

  MQTT-4.4.0-1        a statement, by the number that the standard gives it
  3.1.2.10-should-1   a clause: a rule of the standard without a number, under an id of this harness, which begins
                      with its section
  umqtt-backoff-1     a promise: what the standard leaves open, under an id of this harness
  api-outcome-1       a promise of an API: the standard rules no API
  qos2                a feature of a client; see mqttconform features
  umqtt               a profile, as run --require takes it
  qos1/puback-lost    a scenario of the built-in suite; the name of a table stands for all of its cases

The texts of rules are paraphrases; only the standard is authoritative. The scenarios that cover a rule are listed
with it.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("explain")
		return flags, func(args []string) (int, error) {
			if len(args) == 0 {
				return 0, usagef("explain needs the id of a rule, or the name of a feature, a profile or a scenario")
			}
			all, err := suite(nil)
			if err != nil {
				return 0, err
			}
			var texts []string
			for _, name := range args {
				text := explain(all, name)
				if text == "" {
					return 0, usagef("explain %q: there is no rule, feature, profile or scenario of that name%s", name, meant(all, name))
				}
				texts = append(texts, text)
			}
			if _, err := io.WriteString(a.stdout, strings.Join(texts, "\n")); err != nil {
				return 0, &setupError{err}
			}
			return exitOK, nil
		}
	},
}

// explain returns what a name means, or "".
func explain(all []*scenario.Scenario, name string) string {
	if text, err := spec.Explain(name); err == nil {
		return explainRule(all, name, text)
	}
	for _, f := range spec.Features() {
		if string(f.Name) == name {
			needed := scenarioNames(all, func(sc *scenario.Scenario) bool { return slices.Contains(sc.Needs, f.Name) })
			return fmt.Sprintf("%s: a feature: the client %s\n%s", name, f.Doc, listed("needed by", needed))
		}
	}
	for _, p := range spec.Profiles() {
		if string(p.Name) == name {
			asked := scenarioNames(all, func(sc *scenario.Scenario) bool { return sc.Profile == p.Name })
			return fmt.Sprintf("%s: a profile: %s\n%s", name, p.Doc, listed("asks for", asked))
		}
	}
	var b strings.Builder
	for _, sc := range all {
		if ok, _ := sc.Matches(literal(name)); ok {
			b.WriteString(explainScenario(sc))
		}
	}
	return b.String()
}

func explainRule(all []*scenario.Scenario, id, text string) string {
	return text + listed("covered by", scenarioNames(all, func(sc *scenario.Scenario) bool { return slices.Contains(sc.Covers, id) }))
}

func explainScenario(sc *scenario.Scenario) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: a scenario of the level %s (%s)\n  %s\n", sc.Name, sc.Level, sc.File, judge.Printable(sc.Title))
	if sc.Why != "" {
		fmt.Fprintf(&b, "  why: %s\n", judge.Printable(sc.Why))
	}
	if sc.Profile != "" {
		fmt.Fprintf(&b, "  profile: %s\n", sc.Profile)
	}
	if len(sc.Needs) > 0 {
		fmt.Fprintf(&b, "  needs: %s\n", strings.Join(strs(sc.Needs), ", "))
	}
	if sc.World != scenario.Both {
		fmt.Fprintf(&b, "  plays in the %s world only: %s\n", sc.World, judge.Printable(sc.Reason))
	}
	for _, id := range sc.Covers {
		fmt.Fprintf(&b, "  rule: %s\n", judge.Rule(id))
	}
	return b.String()
}

// scenarioNames returns the names of the scenarios that match, those of a table once.
func scenarioNames(all []*scenario.Scenario, match func(*scenario.Scenario) bool) []string {
	var list []string
	for _, sc := range all {
		if match(sc) {
			name := sc.Name
			if sc.Case.Line > 0 {
				name = name[:strings.LastIndexByte(name, '/')]
			}
			list = append(list, name)
		}
	}
	return slices.Compact(list)
}

// listed writes names, one a line.
func listed(what string, list []string) string {
	if len(list) == 0 {
		return fmt.Sprintf("  %s no scenario\n", what)
	}
	return fmt.Sprintf("  %s:\n    %s\n", what, strings.Join(list, "\n    "))
}

// meant asks whether the nearest name was meant, if one is near.
func meant(all []*scenario.Scenario, name string) string {
	word := spec.Nearest(name)
	if word == "" {
		var known []string
		for _, f := range spec.Features() {
			known = append(known, string(f.Name))
		}
		for _, p := range spec.Profiles() {
			known = append(known, string(p.Name))
		}
		for _, sc := range all {
			known = append(known, sc.Name)
		}
		word = near.Word(name, known)
	}
	if word == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", word)
}
