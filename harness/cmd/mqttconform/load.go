package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/spf13/pflag"

	"umqtt/harness/capture"
	"umqtt/harness/capture/pcap"
)

// A clientChoice is the value of --client.
type clientChoice struct{ name *string }

// clientFlag adds the flag that chooses the connections of a pcap or pcapng file.
func clientFlag(f *pflag.FlagSet) clientChoice {
	return clientChoice{f.String("client", "", "of a pcap or pcapng file, only the connections of the client with this `ID-OR-ADDRESS`:\nits client identifier or its IP address")}
}

// options returns what the flag says.
func (c clientChoice) options(f *pflag.FlagSet) pcap.Options {
	if !f.Changed("client") {
		return pcap.Options{}
	}
	return pcap.Options{Client: c.name}
}

// captureMemory is the memory, in bytes, beyond which the commands that read captures collect garbage at once.
const captureMemory = 192 << 20

// sparing has the collector hold memory below captureMemory where that can be, until restore is called.
func sparing() (restore func()) {
	before := debug.SetMemoryLimit(captureMemory)
	return func() { debug.SetMemoryLimit(before) }
}

// capture reads a capture file of any format, or standard input for "-". What is missing from a pcap file it tells
// on standard error. clients are those of a pcap file that mqttconform has not made.
func (a app) capture(file string, o pcap.Options) (c *capture.Capture, clients []pcap.Client, err error) {
	r := a.stdin
	if file == "-" {
		file = "stdin"
	} else {
		f, err := os.Open(file)
		if err != nil {
			return nil, nil, err
		}
		defer f.Close()
		r = f
	}
	b := bufio.NewReader(r)
	if head, _ := b.Peek(4); pcap.Is(head) {
		res, err := pcap.Read(file, b, o)
		if err != nil {
			return nil, nil, err
		}
		for _, w := range res.Warnings {
			fmt.Fprintln(a.stderr, "warning: "+printable(w))
		}
		return res.Capture, res.Clients, nil
	}
	if o.Client != nil {
		return nil, nil, usagef("--client chooses among the connections of a pcap or pcapng file; %s is not such a file", file)
	}
	c, err = capture.Read(file, b)
	return c, nil, err
}
