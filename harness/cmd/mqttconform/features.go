package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"umqtt/harness/spec"
)

var featuresCommand = command{
	name:  "features",
	args:  "[--format text|json]",
	short: "list the features that a client can declare",
	long: `
Lists the features that a client can have. An adapter declares those of its client in Features, and a scenario names
those that it needs in needs. A scenario that needs a feature that the client lacks is not played, and counts as
unsupported. There are no other features.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("features")
		var format string
		formatFlag(flags, &format)
		return flags, func(args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("features takes no arguments: %q is one too many; explain %s says what it is", args[0], args[0])
			}
			write, err := choose("format", format, map[string]func(io.Writer) error{"text": featuresText, "json": featuresJSON})
			if err != nil {
				return 0, err
			}
			if err := write(a.stdout); err != nil {
				return 0, &setupError{err}
			}
			return exitOK, nil
		}
	},
}

func featuresText(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "FEATURE\tTHE CLIENT")
	for _, f := range spec.Features() {
		fmt.Fprintf(tw, "%s\t%s\n", f.Name, f.Doc)
	}
	return tw.Flush()
}

// ability is a feature in the JSON list. No field is ever left out.
type ability struct {
	Feature string `json:"feature"`
	Doc     string `json:"doc"`
}

func featuresJSON(w io.Writer) error {
	var list []ability
	for _, f := range spec.Features() {
		list = append(list, ability{string(f.Name), f.Doc})
	}
	return encode(w, list)
}
