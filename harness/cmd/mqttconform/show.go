package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"

	"umqtt/harness/capture"
	"umqtt/harness/capture/pcap"
	"umqtt/harness/monitor"
)

var showCommand = command{
	name:  "show",
	args:  "[flags] CAPTURE…",
	short: "draw captures as ladder diagrams, or convert a capture",
	long: `
Draws each capture as a diagram, with the time, an arrow for each packet between the subject and its peer, and a star
for faults and other events. - is standard input.

A capture is a .wire file, or a pcapng or pcap file of tcpdump, dumpcap or Wireshark, also compressed with gzip. In
these files, show finds MQTT 3.1.1 connections on any port by their CONNECT. It reports missing data on standard error
and in the diagram: frames that were dropped, or cut by a snapshot length. It cannot read TLS traffic.

--pcapng and --wire convert one capture to a file, or to standard output for -. Wireshark and tshark open the pcapng
file. It has one TCP stream on port 1883 for each connection; time 0 is the beginning of the year 2000. Faults, other
events and the rules that the client breaks are packet comments:
    tshark -r out.pcapng -Y frame.comment -T fields -e frame.number -e frame.comment`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("show")
		client := clientFlag(flags)
		toPcapng := flags.String("pcapng", "", "write the capture to this `FILE` as pcapng, and draw nothing")
		toWire := flags.String("wire", "", "write the capture to this `FILE` as .wire, and draw nothing")
		return flags, func(args []string) (int, error) {
			defer sparing()()
			switch {
			case len(args) == 0:
				return 0, usagef("show needs captures (files that end in .wire, .pcapng or .pcap)")
			case *toPcapng+*toWire == "":
			case *toPcapng != "" && *toWire != "":
				return 0, usagef("--pcapng and --wire exclude each other")
			case len(args) > 1:
				return 0, usagef("--pcapng and --wire are for one capture, not %d", len(args))
			}
			for i, file := range args {
				c, _, err := a.capture(file, client.options(flags))
				if err != nil {
					return 0, err
				}
				switch {
				case *toPcapng != "":
					b, err := asPcapng(c)
					if err != nil {
						return 0, fmt.Errorf("%s: %w", file, err)
					}
					return exitOK, a.output(*toPcapng, b)
				case *toWire != "":
					return exitOK, a.output(*toWire, capture.Format(c))
				case i > 0:
					fmt.Fprintln(a.stdout)
				}
				if err := capture.WriteLadder(a.stdout, c); err != nil {
					return 0, &setupError{err}
				}
			}
			return exitOK, nil
		}
	},
}

// asPcapng returns the pcapng file of a capture, with the rules that its client breaks as comments.
func asPcapng(c *capture.Capture) ([]byte, error) {
	if len(c.Records) > pcap.MaxRecords {
		return nil, pcap.Write(io.Discard, c, nil) // it says why, before the monitors take their time
	}
	world := monitor.Simulated
	if c.Measured {
		world = monitor.Real
	}
	comments := make(map[int][]string)
	named := make(map[int]bool)
	for _, f := range monitor.Check(c, world) {
		for _, i := range f.Records { // the message names them
			if !named[i] {
				named[i] = true
				comments[i] = append(comments[i], fmt.Sprintf("record %d", i))
			}
		}
		comments[f.Record] = append(comments[f.Record], fmt.Sprintf("%s (%s): %s", f.ID, f.Level, f.Message))
	}
	var b bytes.Buffer
	err := pcap.Write(&b, c, comments)
	return b.Bytes(), err
}

// output writes a file, or standard output for "-".
func (a app) output(file string, b []byte) error {
	var err error
	if file == "-" {
		_, err = a.stdout.Write(b)
	} else {
		err = os.WriteFile(file, b, 0o666)
	}
	if err != nil {
		return &setupError{fmt.Errorf("a capture could not be written: %w", err)}
	}
	return nil
}
