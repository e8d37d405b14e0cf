package main

import (
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"umqtt/harness/judge"
	"umqtt/harness/report"
)

var mergeCommand = command{
	name:  "merge",
	args:  "[flags] FILE…",
	short: "merge the results of the parts of a run, a sweep or a swarm",
	long: `
Reads the JSON reports of several parts of a run, as run --shard I/N --json FILE writes them, and merges them. It
shows the failures and the totals, and exits with the exit code of the whole run. It refuses parts of different runs
(another world, seed or mutant), and two parts with the same scenario and subject.

It also merges the parts of a sweep or a swarm: sweep --shard I/N --json FILE. All N parts are required. The hash of
the result is that of the undivided search.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("merge")
		var out string
		flags.StringVar(&out, "json", "", "write the merged JSON report to `FILE`")
		return flags, func(args []string) (int, error) {
			if len(args) == 0 {
				return 0, usagef("merge needs the JSON reports of the parts of a run")
			}
			return a.mergeFiles(args, out)
		}
	},
}

// writeMerged writes the report of a merged run to a file, or nothing where there is no name.
func writeMerged(name string, whole *report.Document) error {
	if name == "" {
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("--json: %w", err)
	}
	err = encode(f, whole)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// showMerged writes what failed and the totals, and returns the exit code of the whole.
func (a app) showMerged(d *report.Document) int {
	for _, e := range d.Results {
		if report.OutcomeOf(judge.Verdict(e.Verdict)) == report.Failed {
			fmt.Fprintf(a.stdout, "%-13s %s %s: %s\n", judge.Printable(e.Verdict), judge.Printable(e.Subject), judge.Printable(e.Scenario), judge.Printable(e.Message))
			if e.Replay != "" {
				fmt.Fprintf(a.stdout, "  replay: %s\n", judge.Printable(e.Replay))
			}
		}
	}
	counts := report.Counts{}
	for verdict, n := range d.Verdicts {
		counts[judge.Verdict(verdict)] = n
	}
	if d.Interrupted {
		fmt.Fprintln(a.stdout, "interrupted: this is not the whole run")
	}
	fmt.Fprintf(a.stdout, "%s\n%s\n", counts.Verdicts(), counts)
	switch {
	case d.Interrupted:
		return exitInterrupted
	case counts.Of(report.Passed)+counts.Of(report.Failed)+counts[judge.Inconclusive] == 0:
		fmt.Fprintln(a.stderr, "mqttconform: nothing was played")
		return exitFailed
	}
	return exitOf(counts)
}
