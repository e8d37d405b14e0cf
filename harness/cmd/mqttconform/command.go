package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"umqtt/harness/judge"
	"umqtt/harness/near"
)

// A command is one word of the command line and what it does.
type command struct {
	name  string
	args  string // how its arguments are written
	short string // one line
	long  string // the rest of its help
	runs  bool   // it takes a command after --
	// make returns the command's flags, and the function that runs it with its arguments.
	make func(app) (*pflag.FlagSet, func(args []string) (int, error))
}

// commands lists the commands in the order of the help text.
func commands() []command {
	return []command{
		runCommand,
		serveCommand,
		proxyCommand,
		mergeCommand,
		matrixCommand,
		listCommand,
		newCommand,
		checkCommand,
		shimTestCommand,
		ordersCommand,
		causeCommand,
		sweepCommand,
		swarmCommand,
		searchCommand,
		variantsCommand,
		mutantsCommand,
		statementsCommand,
		showCommand,
		compareCommand,
		fromCaptureCommand,
		explainCommand,
		featuresCommand,
		completionCommand(),
		versionCommand,
		helpCommand(),
	}
}

// usageError is a mistake in the command line.
type usageError struct{ msg string }

func (e *usageError) Error() string { return e.msg }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// nothingError tells that what was asked for leaves nothing to play.
type nothingError struct{ msg string }

func (e *nothingError) Error() string { return e.msg }

// setupError is something the harness needs and cannot get.
type setupError struct{ err error }

func (e *setupError) Error() string { return e.err.Error() }
func (e *setupError) Unwrap() error { return e.err }

// run dispatches to a command and returns the exit code.
func (a app) run(args []string) int {
	if len(args) == 0 {
		writeHelp(a.stderr)
		return exitUsage
	}
	name, args := args[0], args[1:]
	switch name {
	case "--help", "-h":
		name = "help"
	case "--version":
		name = "version"
	case cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd:
		if err := a.complete(append([]string{name}, args...)); err != nil {
			return a.fail("", err)
		}
		return exitOK
	}
	c, ok := find(name)
	if !ok {
		return a.fail("", noCommand(name))
	}
	flags, do := c.make(a)
	err := flags.Parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		c.writeHelp(a.stdout, flags)
		return exitOK
	}
	if err != nil {
		return a.fail(c.name, usagef("%v%s", err, flagMeant(err, flags)))
	}
	if dash := flags.ArgsLenAtDash(); dash >= 0 && !c.runs {
		return a.fail(c.name, usagef("only run, shim-test and sweep take a command after --"))
	}
	code, err := do(flags.Args())
	if err != nil {
		if c.name == "help" {
			return a.fail("", err)
		}
		return a.fail(c.name, err)
	}
	return code
}

// fail writes an error, one line for each of those joined in it, and returns the exit code for it.
func (a app) fail(command string, err error) int {
	var usage *usageError
	var nothing *nothingError
	var setup *setupError
	switch {
	case errors.As(err, &usage):
		fmt.Fprintf(a.stderr, "mqttconform: %s\n", printable(err))
		fmt.Fprintf(a.stderr, "see: %s\n", strings.TrimSpace(a.program+" help "+command))
		return exitUsage
	case errors.As(err, &nothing):
		fmt.Fprintf(a.stderr, "mqttconform: %s\n", printable(err))
		return exitFailed
	case errors.As(err, &setup):
		fmt.Fprintf(a.stderr, "mqttconform: %s\n", printable(err))
		return exitSetup
	}
	fmt.Fprintln(a.stderr, printable(err)) // begins with a position or a file's name
	return exitUsage
}

// Limits of what is printed of an error.
const (
	maxErrorLines = 500
	maxErrorLine  = 4000 // bytes
)

// printable returns the lines of an error without other control characters: what it says of a file can hold
// what steers a terminal. What is beyond the limits is left out, and counted.
func printable(err error) string {
	lines := strings.Split(err.Error(), "\n")
	more := len(lines) - maxErrorLines
	lines = lines[:min(len(lines), maxErrorLines)]
	for i, line := range lines {
		rest := ""
		if n := len(line) - maxErrorLine; n > 0 {
			line, rest = line[:maxErrorLine], fmt.Sprintf("… %d more bytes", n)
		}
		lines[i] = judge.Printable(line) + rest
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("… %d more lines", more))
	}
	return strings.Join(lines, "\n")
}

// noCommand is the mistake of a command that there is not.
func noCommand(name string) error {
	var all []string
	for _, c := range commands() {
		all = append(all, c.name)
	}
	return usagef("there is no command %q; %sit may be %s", name, didYouMean(name, all), names())
}

// flagMeant names the flag that was meant by one that does not exist, or "".
func flagMeant(err error, flags *pflag.FlagSet) string {
	var missing *pflag.NotExistError
	if !errors.As(err, &missing) {
		return ""
	}
	var all []string
	flags.VisitAll(func(f *pflag.Flag) { all = append(all, f.Name) })
	if word := near.Word(missing.GetSpecifiedName(), all); word != "" {
		return "; did you mean --" + word + "?"
	}
	return ""
}

// didYouMean asks for the name that was most likely meant, or is "".
func didYouMean(name string, all []string) string {
	if word := near.Word(name, all); word != "" {
		return "did you mean " + word + "? "
	}
	return ""
}

func find(name string) (command, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

func names() string {
	var all []string
	for _, c := range commands() {
		all = append(all, c.name)
	}
	return strings.Join(all[:len(all)-1], ", ") + " or " + all[len(all)-1]
}

// newFlags returns an empty set of flags that leaves printing to the caller.
func newFlags(name string) *pflag.FlagSet {
	f := pflag.NewFlagSet(name, pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.SortFlags = false
	f.Usage = func() {}
	return f
}
