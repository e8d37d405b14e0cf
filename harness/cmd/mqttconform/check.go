package main

import (
	"fmt"

	"github.com/spf13/pflag"
)

var checkCommand = command{
	name:  "check",
	args:  "FILE|DIR…",
	short: "check scenario files and show every mistake",
	long: `
Reads scenario files without playing them. Every mistake of every file is written to standard error as
file:line:col: message, up to 500 of them, and makes the exit code 2.

In a suite, which is a folder with scenario.schema.json, check also reports what the test of the suite refuses: a
folder that is not a behaviour, a first line that does not name the schema, and the same steps as in another file.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("check")
		return flags, func(args []string) (int, error) {
			if len(args) == 0 {
				return 0, usagef("check needs files or directories")
			}
			all, err := suite(args)
			if err != nil {
				return 0, err
			}
			if err := keepsSuite(all); err != nil {
				return 0, err
			}
			fmt.Fprintf(a.stdout, "%s checked: no mistakes\n", plural(len(all), "scenario"))
			return exitOK, nil
		}
	},
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
