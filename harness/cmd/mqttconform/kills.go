package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"umqtt/harness/explore"
	"umqtt/harness/mutant"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

var mutantsCommand = command{
	name:  "mutants",
	args:  "[flags] [FILE|DIR…]",
	short: "play scenarios with mutants: faulty clients that must fail",
	long: `
Plays each scenario in the simulated world with each mutant, for each built-in subject to which the mutant applies,
and shows which scenarios kill which mutants. A scenario kills a mutant if it fails with it. It names the mutant if it
also covers a rule that the mutant violates, and the failure reports this rule. Scenarios that also fail without a
mutant are left out.

Each mutant and subject has one line: how many scenarios were played, killed and named it, and the first of these. The
must scenarios that name no mutant follow. JSON output has all scenarios that kill each pair.

The last line is "N mutants of N subjects: N pairs, N killed, N survivors". A pair survives if no scenario names it;
the exit code is then 1.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("mutants")
		o := &killFlags{}
		filterFlag(flags, &o.filters)
		flags.Var(&o.names, "mutant", "only mutants whose name matches this `GLOB`; may be given more than once")
		flags.StringSliceVar(&o.subjects, "subject", nil, "only mutants of these built-in `SUBJECTS`")
		formatFlag(flags, &o.format)
		return flags, func(args []string) (int, error) { return o.run(a, args) }
	},
}

type killFlags struct {
	filters, names globs
	subjects       []string
	format         string
}

// run plays the mutants and writes the matrix.
func (o *killFlags) run(a app, args []string) (int, error) {
	write, err := choose("format", o.format, map[string]func(io.Writer, killMatrix) error{"text": killsText, "json": killsJSON})
	if err != nil {
		return 0, err
	}
	mutants, err := chosen("mutant", mutant.All(), func(m mutant.Mutant, glob string) (bool, error) { return scenario.Match(glob, m.Name) }, o.names)
	if err != nil {
		return 0, err
	}
	subjects := subject.Builtin()
	for _, name := range o.subjects {
		if !slices.ContainsFunc(subjects, func(f subject.Factory) bool { return f.Name == name }) {
			return 0, usagef("--subject %q: there is no built-in subject of that name", name)
		}
	}
	subjects = slices.DeleteFunc(subjects, func(f subject.Factory) bool {
		return len(o.subjects) > 0 && !slices.Contains(o.subjects, f.Name)
	})
	all, err := filteredSuite(args, o.filters)
	if err != nil {
		return 0, err
	}
	return a.host(func(t *testing.T) int {
		m := killMatrix{all, len(o.names) > 0, explore.Matrix(mutants, subjects, all, runtime.GOMAXPROCS(0), explore.Strictly(t))}
		if err := write(a.stdout, m); err != nil {
			return a.fail("mutants", &setupError{err})
		}
		if m.survivors() > 0 {
			return exitFailed
		}
		return exitOK
	}), nil
}

// killMatrix is what scenarios make of mutants.
type killMatrix struct {
	all   []*scenario.Scenario
	some  bool // the mutants are chosen by name, so that most scenarios meet none
	kills []explore.Kills
}

// survivors is how many mutants no scenario names.
func (m killMatrix) survivors() int {
	n := 0
	for _, k := range m.kills {
		if len(k.Naming) == 0 {
			n++
		}
	}
	return n
}

// toothless returns the must scenarios that name none of the mutants.
func (m killMatrix) toothless() []string {
	named := map[string]bool{}
	for _, k := range m.kills {
		for _, name := range k.Naming {
			named[name] = true
		}
	}
	list := []string{}
	for _, sc := range m.all {
		if sc.Level == scenario.Must && !named[sc.Name] {
			list = append(list, sc.Name)
		}
	}
	return list
}

func killsText(w io.Writer, m killMatrix) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "MUTANT\tSUBJECT\tPLAYED\tKILLED BY\tNAMED BY\tFIRST")
	for _, k := range m.kills {
		first := "(survives)"
		switch {
		case len(k.Naming) > 0:
			first = k.Naming[0]
		case len(k.By) > 0:
			first = "(survives: " + k.By[0] + " fails for a rule that the mutant does not say it violates)"
		}
		fmt.Fprintf(tw, "%s\t%s\t%d\t%d\t%d\t%s\n", k.Mutant, k.Subject, len(k.Played), len(k.By), len(k.Naming), first)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	if list := m.toothless(); len(list) > 0 && !m.some {
		fmt.Fprintf(w, "\nmust scenarios that name no mutant:\n  %s\n", strings.Join(list, "\n  "))
	}
	mutants, subjects := map[string]bool{}, map[string]bool{}
	for _, k := range m.kills {
		mutants[k.Mutant], subjects[k.Subject] = true, true
	}
	_, err := fmt.Fprintf(w, "\n%d mutants of %d subjects: %d pairs, %d killed, %d survivors\n", len(mutants), len(subjects), len(m.kills), len(m.kills)-m.survivors(), m.survivors())
	return err
}

// killed is a mutant of a subject in the JSON matrix. No field is ever left out.
type killed struct {
	Mutant   string   `json:"mutant"`
	Subject  string   `json:"subject"`
	Violates []string `json:"violates"`
	Played   int      `json:"played"`
	KilledBy []string `json:"killed_by"`
	NamedBy  []string `json:"named_by"`
}

func killsJSON(w io.Writer, m killMatrix) error {
	doc := struct {
		Kills     []killed `json:"kills"`
		Survivors int      `json:"survivors"`
		Toothless []string `json:"toothless"`
	}{[]killed{}, m.survivors(), m.toothless()}
	for _, k := range m.kills {
		bad, _ := mutant.Find(k.Mutant)
		doc.Kills = append(doc.Kills, killed{k.Mutant, k.Subject, strs(bad.Violates), len(k.Played), strs(k.By), strs(k.Naming)})
	}
	return encode(w, doc)
}
