package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"

	"umqtt/harness/capture"
)

var showCommand = command{
	name:  "show",
	args:  "CAPTURE…",
	short: "draw captures as ladder diagrams",
	long: `
Draws each capture: time at the left, an arrow for each packet between the subject and its peer, a star
for faults and other events. - is standard input.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("show")
		return flags, func(args []string) (int, error) {
			if len(args) == 0 {
				return 0, usagef("show wants captures (files that end in .wire)")
			}
			for i, file := range args {
				c, err := a.capture(file)
				if err != nil {
					return 0, err
				}
				if i > 0 {
					fmt.Fprintln(a.stdout)
				}
				io.WriteString(a.stdout, capture.Ladder(c))
			}
			return exitOK, nil
		}
	},
}

// capture reads a capture file, or standard input for "-".
func (a app) capture(file string) (*capture.Capture, error) {
	read := func() ([]byte, error) { return os.ReadFile(file) }
	if file == "-" {
		file, read = "stdin", func() ([]byte, error) { return io.ReadAll(a.stdin) }
	}
	b, err := read()
	if err != nil {
		return nil, err
	}
	return capture.Parse(file, b)
}
