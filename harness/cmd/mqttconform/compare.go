package main

import (
	"io"

	"github.com/spf13/pflag"

	"umqtt/harness/capture"
	"umqtt/harness/capture/pcap"
)

var compareCommand = command{
	name:  "compare",
	args:  "[--timeless | --times TOLERANCE] GOT WANT",
	short: "compare two captures and point at the first field that differs",
	long: `
Writes nothing if the captures are equal. Otherwise it writes the first record and field that differ, then the records
that differ (- wanted, + got) with their context, and exits with 1. One of the two may be -, for standard input.
Captures are .wire, pcapng or pcap files. Times are compared to the nanosecond, except times measured by a real clock:
--times compares these, too.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("compare")
		timeless := flags.Bool("timeless", false, "leave times out, also those of virtual time")
		times := flags.Duration("times", 0, "compare measured times too: they may differ by this `TOLERANCE`, such as 20ms")
		return flags, func(args []string) (int, error) {
			defer sparing()()
			if len(args) != 2 {
				return 0, usagef("compare needs two captures, not %d: the one got, then the one wanted", len(args))
			}
			if args[0] == "-" && args[1] == "-" {
				return 0, usagef("only one of the captures can be standard input")
			}
			within := flags.Changed("times")
			switch {
			case within && *timeless:
				return 0, usagef("--timeless and --times exclude each other")
			case *times < 0:
				return 0, usagef("--times %s: it cannot be negative", *times)
			}
			got, _, err := a.capture(args[0], pcap.Options{})
			if err != nil {
				return 0, err
			}
			want, _, err := a.capture(args[1], pcap.Options{})
			if err != nil {
				return 0, err
			}
			if *timeless {
				got, want = got.Timeless(), want.Timeless()
			}
			diff := capture.Diff(got, want)
			if within {
				diff = capture.DiffWithin(got, want, *times)
			}
			if diff == "" {
				return exitOK, nil
			}
			io.WriteString(a.stdout, diff)
			return exitFailed, nil
		}
	},
}
