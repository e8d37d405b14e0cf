package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"umqtt/harness/capture"
	"umqtt/harness/capture/pcap"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/scenario/draft"
)

var fromCaptureCommand = command{
	name:  "from-capture",
	args:  "[--client ID-OR-ADDRESS] CAPTURE",
	short: "draft a scenario from a capture",
	long: `
Writes a scenario to standard output. It expects the packets that the client in the capture sent, and sends those that
it received. The calls of the client are guessed. Edit the draft: give it a title, covers and a level, and remove what
does not belong to the behaviour. - is standard input.

A capture is a .wire file, or a pcapng or pcap file of tcpdump, dumpcap or Wireshark, also compressed with gzip. For
example, on the machine that runs the broker:
    tcpdump -i any -s 0 -w trace.pcap tcp port 1883
    mqttconform from-capture trace.pcap > my/scenarios/connect/seen.yaml
    mqttconform check my/scenarios/connect/seen.yaml
A draft is of one client: --client selects it if the file holds several. A pause of a second or more before a packet
to the client becomes a wait. mqttconform show draws the capture.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("from-capture")
		client := clientFlag(flags)
		return flags, func(args []string) (int, error) {
			defer sparing()()
			if len(args) != 1 {
				return 0, usagef("from-capture needs one capture (a file that ends in .wire, .pcapng or .pcap)")
			}
			c, clients, err := a.capture(args[0], client.options(flags))
			if err != nil {
				return 0, err
			}
			if len(clients) > 1 {
				return 0, usagef("%s holds %d clients, and a draft is of one: choose it with --client: %s", args[0], len(clients), someOf(clients))
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

// someOf lists the first few clients.
func someOf(clients []pcap.Client) string {
	const few = 10
	var names []string
	for _, c := range clients[:min(len(clients), few)] {
		names = append(names, c.String())
	}
	if more := len(clients) - few; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// drafted turns the records of a capture into what a draft is made of. The probes of a run are left out.
func drafted(c *capture.Capture) []draft.Record {
	probed := slices.ContainsFunc(c.Records, func(r capture.Record) bool { return r.Kind != capture.Sent && play.IsProbe(r) })
	all := make([]draft.Record, 0, len(c.Records))
	for _, r := range c.Records {
		if probed && play.IsProbe(r) {
			continue
		}
		d := draft.Record{Time: r.Time, Conn: r.Conn, Sent: r.Kind == capture.Sent, Data: r.Data}
		switch {
		case r.Kind == capture.Event:
			d.Event = r.Text
		case len(r.Data) == 0:
			d.End = r.Text
		}
		all = append(all, d)
	}
	return all
}
