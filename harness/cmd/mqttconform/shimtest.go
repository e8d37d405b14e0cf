package main

import (
	"github.com/spf13/pflag"
)

var shimTestCommand = command{
	name: "shim-test",
	args: "-- CMD…",
	runs: true,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("shim-test")
		return flags, func(args []string) (int, error) { return 0, usagef("shim-test takes the shim behind --") }
	},
}
