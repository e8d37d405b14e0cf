package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"umqtt/harness/mutant"
	"umqtt/harness/near"
	"umqtt/harness/scenario"
)

// noMutant is the mistake of a name that no mutant has.
func noMutant(name string) error {
	var names []string
	for _, m := range mutant.All() {
		names = append(names, m.Name)
	}
	hint := ""
	if word := near.Word(name, names); word != "" {
		hint = fmt.Sprintf("did you mean %s? ", word)
	}
	return usagef("--mutant %q: there is no mutant of that name; %smqttconform list --mutants shows all %d", name, hint, len(names))
}

// listMutants lists the mutants whose names match one of the patterns, or all if there are none.
func (a app) listMutants(args []string, g globs, format string) (int, error) {
	if len(args) > 0 {
		return 0, usagef("list --mutants: the mutants are in no file: %q is one too many", args[0])
	}
	write, err := choose("format", format, map[string]func(io.Writer, []mutant.Mutant) error{"text": mutantsText, "json": mutantsJSON})
	if err != nil {
		return 0, err
	}
	some, err := chosen("mutant", mutant.All(), func(m mutant.Mutant, glob string) (bool, error) { return scenario.Match(glob, m.Name) }, g)
	if err != nil {
		return 0, err
	}
	if err := write(a.stdout, some); err != nil {
		return 0, &setupError{err}
	}
	return exitOK, nil
}

func mutantsText(w io.Writer, some []mutant.Mutant) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "MUTANT\tVIOLATES\tWHAT IT DOES WRONG")
	for _, m := range some {
		fmt.Fprintf(tw, "%s\t%s\t%s\n", m.Name, strings.Join(m.Violates, ","), m.Doc)
	}
	return tw.Flush()
}

// misdeed is a mutant in the JSON list. No field is ever left out.
type misdeed struct {
	Mutant   string   `json:"mutant"`
	Doc      string   `json:"doc"`
	Violates []string `json:"violates"`
	Subjects []string `json:"subjects"`
}

func mutantsJSON(w io.Writer, some []mutant.Mutant) error {
	list := []misdeed{}
	for _, m := range some {
		list = append(list, misdeed{m.Name, m.Doc, strs(m.Violates), strs(m.Subjects)})
	}
	return encode(w, list)
}
