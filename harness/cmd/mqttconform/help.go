package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

const about = `mqttconform plays MQTT 3.1.1 conformance scenarios with clients, and reads captures.

Commands:
`

const exits = `
Exit codes:
  0    all as expected
  1    failures, captures that differ, or no scenario to play
  2    wrong usage, or a file that cannot be read
  3    the harness failed: no loopback interface, a capture that cannot be written,
       or set-up errors without a failure
  130  interrupted
`

// helpCommand returns the command help. It is a function, since it refers to the list that it is in.
func helpCommand() command {
	return command{
		name:  "help",
		args:  "[COMMAND]",
		short: "list the commands, or document one",
		long:  "Lists the commands and the exit codes, or documents one command with its flags.",
		make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
			return newFlags("help"), func(args []string) (int, error) { return a.help(args) }
		},
	}
}

func (a app) help(args []string) (int, error) {
	switch {
	case len(args) == 0:
		writeHelp(a.stdout)
		return exitOK, nil
	case len(args) > 1:
		return 0, usagef("help takes the name of one command")
	}
	c, ok := find(args[0])
	if !ok {
		return 0, noCommand(args[0])
	}
	flags, _ := c.make(a)
	c.writeHelp(a.stdout, flags)
	return exitOK, nil
}

func writeHelp(w io.Writer) {
	io.WriteString(w, about)
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-12s  %s\n", c.name, c.short)
	}
	io.WriteString(w, exits)
}

func (c command) writeHelp(w io.Writer, flags *pflag.FlagSet) {
	fmt.Fprintf(w, "mqttconform %s: %s\n\nUsage: %s\n\n%s\n", c.name, c.short, c.usage(), strings.TrimSpace(c.long))
	if usages := flags.FlagUsages(); usages != "" {
		fmt.Fprintf(w, "\nFlags:\n%s", usages)
	}
	io.WriteString(w, exits)
}

// usage returns how the command is written with its arguments.
func (c command) usage() string { return strings.TrimSpace("mqttconform " + c.name + " " + c.args) }
