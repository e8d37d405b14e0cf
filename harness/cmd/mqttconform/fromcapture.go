package main

import (
	"path"

	"github.com/spf13/pflag"

	"umqtt/harness/capture"
	"umqtt/harness/scenario"
	"umqtt/harness/scenario/draft"
)

var fromCaptureCommand = command{
	name:  "from-capture",
	args:  "CAPTURE",
	short: "draft a scenario from a capture",
	long: `
Writes a scenario to standard output in which the subject is expected to send what the capture says, and
is sent what it was handed. The calls that made it do so are guessed. A draft is a beginning: give it a
title, say what it covers and at which level, and take out what the behaviour is not about. - is
standard input.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("from-capture")
		return flags, func(args []string) (int, error) {
			if len(args) != 1 {
				return 0, usagef("from-capture wants one capture (a file that ends in .wire)")
			}
			c, err := a.capture(args[0])
			if err != nil {
				return 0, err
			}
			sc, err := draft.Of(path.Base(c.Name), drafted(c))
			if err != nil {
				return 0, err
			}
			if _, err := a.stdout.Write(scenario.Format(sc)); err != nil {
				return 0, &setupError{err}
			}
			return exitOK, nil
		}
	},
}

// drafted turns the records of a capture into what a draft is made of.
func drafted(c *capture.Capture) []draft.Record {
	all := make([]draft.Record, len(c.Records))
	for i, r := range c.Records {
		d := draft.Record{Time: r.Time, Conn: r.Conn, Sent: r.Kind == capture.Sent, Data: r.Data}
		switch {
		case r.Kind == capture.Event:
			d.Event = r.Text
		case len(r.Data) == 0:
			d.End = r.Text
		}
		all[i] = d
	}
	return all
}
