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
	short: "make one result of the parts of a run",
	long: `
Reads the JSON reports of several parts of a run, as run --shard I/N --json FILE writes them, and makes one of
them. It shows what failed and the totals, and has the exit code that the run as a whole would have had. Parts of
different runs (another world, seed or mutant) are no parts of one, and neither are two that hold the same
scenario with the same subject.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("merge")
		var out string
		flags.StringVar(&out, "json", "", "write the JSON report of the whole to `FILE`")
		return flags, func(args []string) (int, error) {
			if len(args) == 0 {
				return 0, usagef("merge wants the JSON reports of the parts of a run")
			}
			whole, err := mergeFiles(args)
			if err != nil {
				return 0, err
			}
			if out != "" {
				f, err := os.Create(out)
				if err != nil {
					return 0, &setupError{fmt.Errorf("--json: %w", err)}
				}
				err = encode(f, whole)
				if e := f.Close(); err == nil {
					err = e
				}
				if err != nil {
					return 0, &setupError{err}
				}
			}
			return a.showMerged(whole), nil
		}
	},
}

// mergeFiles reads documents and makes one of them.
func mergeFiles(files []string) (*report.Document, error) {
	var parts []*report.Document
	for _, file := range files {
		b, err := readResultsFile(file)
		if err != nil {
			return nil, err
		}
		part, err := report.ParseDocument(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		parts = append(parts, part)
	}
	whole, err := report.Merge(parts)
	if err != nil {
		return nil, usagef("merge: %v", err)
	}
	return whole, nil
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
