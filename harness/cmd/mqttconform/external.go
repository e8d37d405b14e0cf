package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"umqtt/harness/child"
	"umqtt/harness/scenario"
	"umqtt/harness/subject/oneshot"
	shim "umqtt/harness/subject/process"
)

// external is a client outside of this process, as run was told of it.
type external struct {
	command []string // behind --
	dashed  bool     // there is a --
	exec    string   // how a one-shot program is called
	output  string   // what it prints

	device *serveFlags // a device that connects by itself; or nil

	program *shim.Program // of command, once open
}

func (e *external) addFlags(f *pflag.FlagSet) {
	f.StringVar(&e.exec, "exec", "", "play a program that only publishes, or only subscribes: `TEMPLATE` is its command\nline, such as 'mosquitto_pub -h {host} -p {port} -t {topic} -m {payload}'")
	f.StringVar(&e.output, "exec-output", "", "`TEMPLATE` of the line that a subscribing program prints for a message, of {topic},\n{payload}, {payload_hex}, {qos} and {retain}, such as '{topic} {payload}'")
}

// given reports whether there is such a client.
func (e *external) given() bool { return e.dashed || e.exec != "" || e.device != nil }

// listen is the address to which the client connects, where it was told one.
func (e *external) listen() string {
	if e.device == nil {
		return ""
	}
	return e.device.listen
}

// flags are the flags that lead to the same client.
func (e *external) flags() []string {
	var words []string
	if e.device != nil {
		words = append(words, e.device.words()...)
	}
	if e.exec != "" {
		words = append(words, "--exec", e.exec)
	}
	if e.output != "" {
		words = append(words, "--exec-output", e.output)
	}
	return words
}

// check returns an error for flags that do not go together.
func (e *external) check(o *runFlags, w scenario.World) error {
	switch {
	case e.exec == "" && e.output != "":
		return usagef("--exec-output goes with --exec")
	case !e.given():
		return nil
	case e.dashed && e.exec != "":
		return usagef("--exec and a command after -- exclude each other")
	case e.dashed && len(e.command) == 0:
		return usagef("there is no command after --")
	case len(o.subjects) > 0:
		return usagef("--subject is for the built-in subjects")
	case o.mutant != "":
		return usagef("--mutant is for the built-in subjects")
	case w != scenario.Real:
		return usagef("--world %s: a client that dials by itself plays in the real world only", w)
	}
	return nil
}

// open starts the client and returns what to play with it.
func (e *external) open(all []*scenario.Scenario) ([]job, error) {
	var jobs []job
	if e.device != nil {
		return e.device.jobs(all), nil
	}
	if e.exec != "" {
		template, err := oneshot.Parse(e.exec, e.output)
		if err != nil {
			return nil, usagef("%v", err)
		}
		if err := template.Find(); err != nil {
			return nil, &setupError{err}
		}
		for _, sc := range all {
			f, played, err := template.For(sc)
			j := job{scenario: played, factory: f}
			if err != nil {
				j.unfit = err.Error()
			}
			jobs = append(jobs, j)
		}
		return jobs, nil
	}
	program, err := shim.Open(shim.Config{Command: e.command})
	if e, ok := errors.AsType[*shim.Error](err); ok {
		return nil, &setupError{fmt.Errorf("%w%s", e, below(e.Stderr))}
	}
	e.program = program
	for _, sc := range all {
		jobs = append(jobs, job{scenario: sc, factory: program.Factory()})
	}
	return jobs, nil
}

// below returns the end of standard error as lines that stand below an error.
func below(stderr string) string {
	const most = 12 // lines
	if stderr = child.LastLines(stderr, most); stderr == "" {
		return ""
	}
	return "\n  printed:\n    " + strings.ReplaceAll(stderr, "\n", "\n    ")
}

// close ends all processes of the client.
func (e *external) close() {
	if e.program != nil {
		e.program.Close()
	}
}
