// Mqttconform plays MQTT 3.1.1 conformance scenarios with clients, and reads captures.
//
//	mqttconform run --world simulated          # the whole suite, in virtual time
//	mqttconform run --filter 'qos1/*'          # one behaviour, over loopback TCP
//	mqttconform run my/scenarios               # scenario files of your own
//	mqttconform run --require umqtt            # policies of the profile umqtt count, too
//	mqttconform explain MQTT-4.4.0-1           # what an id, a feature or a scenario means
//	mqttconform run -- python3 shim.py         # a client in any language
//	mqttconform shim-test -- python3 shim.py   # test its shim
//	mqttconform proxy --upstream 127.0.0.1:1883 --watch   # check live traffic in front of any broker
//	mqttconform list                           # list the scenarios
//	mqttconform orders --filter qos1/own-message   # every order of packets
//	mqttconform sweep --workload pipelined --subject robust   # every fault at every place
//	mqttconform swarm --for 10m                # random calls and faults, by seed
//	mqttconform variants --filter 'qos1/*'     # conforming clients must not fail
//	mqttconform check my/scenarios/*.yaml      # every mistake, with its position
//	mqttconform show captures/simple/qos1/puback-lost.wire
//	mqttconform show captures/simple/qos1/puback-lost.wire --pcapng puback-lost.pcapng   # for Wireshark
//	mqttconform from-capture trace.pcap        # draft a scenario from a tcpdump file
//	mqttconform compare got.wire want.wire
//	mqttconform run --html run.html --json run.json   # an HTML page, and results for matrix
//	mqttconform matrix a.json b.json           # compare clients
//
// "mqttconform help COMMAND" documents each command. Results go to standard output, everything else to standard
// error. The exit code is 0 if all is as expected; 1 for failures, for captures that differ, and if there is no
// scenario to play; 2 for wrong usage and for files that cannot be read; 3 if the harness failed (no loopback
// interface, a capture that cannot be written, or set-up errors without a failure); and 130 if it was interrupted.
package main

import (
	"io"
	"os"
	"runtime/debug"
	"testing"

	"umqtt/harness/child"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitSetup       = 3
	exitInterrupted = 130
)

// heapGrowth is how much the heap grows between two collections, in per cent of what is in use, unless GOGC says
// otherwise. What is in use is some 30 MB, and a scenario leaves much behind: with Go's 100 a sixth of the time goes
// into collections.
const heapGrowth = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	code := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	child.KillAll() // those of scenarios that were given up
	os.Exit(code)
}

// run is the program, but for the simulated world, whose bubbles need a *testing.T.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return app{program: program(), stdin: stdin, stdout: stdout, stderr: stderr, host: hosted}.run(args)
}

// An app is one invocation of the program.
type app struct {
	program        string // what the commands shown to the user begin with
	stdin          io.Reader
	stdout, stderr io.Writer
	// host calls a function with a *testing.T and returns or exits with what it returns.
	host func(func(*testing.T) int) int
}
