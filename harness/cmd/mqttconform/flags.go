package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// filterFlag adds the flag that chooses scenarios.
func filterFlag(f *pflag.FlagSet, g *globs) {
	f.Var(g, "filter", `only scenarios whose whole name, as list shows it, matches this `+"`GLOB`"+`. * matches any
text and ? any character, also slashes; [a-z] one of these characters, [^a-z] one of the
others; \ quotes the next character. 'qos1/*' is a behaviour, and 'connect/refused' all
cases of a table. May be given more than once: one match is enough`)
}

// subjectFlag adds the flag that chooses built-in subjects.
func subjectFlag(f *pflag.FlagSet, names *[]string) {
	f.StringArrayVar(names, "subject", nil, "only the subject `NAME`; may be given more than once")
}

// mutantFlag adds the flag that changes the subjects into mutants.
func mutantFlag(f *pflag.FlagSet, name *string) {
	f.StringVar(name, "mutant", "", "add the fault of the mutant `NAME` to the subjects")
}

// formatFlag adds the flag that chooses how results are written.
func formatFlag(f *pflag.FlagSet, format *string) {
	f.StringVar(format, "format", "text", "format of the results: `text|json`")
}

// choose returns the entry of a table that the value of a flag names.
func choose[T any](flag, name string, table map[string]T) (T, error) {
	v, ok := table[name]
	if !ok {
		return v, usagef("--%s %q: it may be %s", flag, name, strings.Join(slices.Sorted(maps.Keys(table)), " or "))
	}
	return v, nil
}
