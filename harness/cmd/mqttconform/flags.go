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
