package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// filterFlag adds the flag that chooses scenarios.
func filterFlag(f *pflag.FlagSet, globs *[]string) {
	f.StringArrayVar(globs, "filter", nil, "only scenarios whose name matches this `GLOB`, such as 'qos1/*'; a star\nmatches slashes too; may be given more than once")
}

// formatFlag adds the flag that chooses how results are written.
func formatFlag(f *pflag.FlagSet, format *string) {
	f.StringVar(format, "format", "text", "how results are written: `text|json`")
}

// choose returns the entry of a table that the value of a flag names.
func choose[T any](flag, name string, table map[string]T) (T, error) {
	v, ok := table[name]
	if !ok {
		return v, usagef("--%s %q: it may be %s", flag, name, strings.Join(slices.Sorted(maps.Keys(table)), " or "))
	}
	return v, nil
}
