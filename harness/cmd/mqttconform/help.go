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

func (a app) help(args []string) int {
	if len(args) == 0 {
		writeHelp(a.stdout)
		return exitOK
	}
	c, ok := find(args[0])
	if !ok {
		return a.fail("", noCommand(args[0]))
	}
	flags, _ := c.make(a)
	c.writeHelp(a.stdout, flags)
	return exitOK
}

func writeHelp(w io.Writer) {
	io.WriteString(w, about)
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-12s  %s\n", c.name, c.short)
	}
	fmt.Fprintf(w, "  %-12s  %s\n", "completion", "write a completion script: mqttconform completion bash|zsh|fish|powershell")
	fmt.Fprintf(w, "  %-12s  %s\n", "version", "say which version this is")
	fmt.Fprintf(w, "  %-12s  %s\n", "help", "document a command: mqttconform help COMMAND")
	io.WriteString(w, exits)
}

func (c command) writeHelp(w io.Writer, flags *pflag.FlagSet) {
	fmt.Fprintf(w, "mqttconform %s: %s\n\nUsage: mqttconform %s %s\n\n%s\n", c.name, c.short, c.name, c.args, strings.TrimSpace(c.long))
	if usages := flags.FlagUsages(); usages != "" {
		fmt.Fprintf(w, "\nFlags:\n%s", usages)
	}
	io.WriteString(w, exits)
}
