package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"umqtt/golden"
	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/report"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/scenarios"
)

// runFlags are the flags of run as they were given.
type runFlags struct {
	world, format, captures, mutant string
	known, writeKnown, flaky        string // files
	failedFirst, onlyFailed         string // files
	files                           files
	seed                            uint64
	selection                       selection
	features                        featureFlag
	shard                           shard
	subjects, require               []string
	settle, timeout                 time.Duration
	strict, quiet, long             bool
	parallel                        int
	client                          external
}

func addRunFlags(f *pflag.FlagSet) *runFlags {
	o := &runFlags{}
	f.StringVar(&o.world, "world", "real", "the world to play in: `real|simulated`")
	f.Uint64Var(&o.seed, "seed", 0, "`N` is the seed of the order of packets in the simulated world, and of random faults;\n0 is FIFO order")
	f.StringArrayVar(&o.subjects, "subject", nil, "only the subject `NAME`: "+strings.Join(subjectNames(), " or ")+"; may be given\nmore than once")
	o.client.addFlags(f)
	mutantFlag(f, &o.mutant)
	parallelFlag(f, &o.parallel)
	o.add(f)
	return o
}

// add adds the flags that are for any client.
func (o *runFlags) add(f *pflag.FlagSet) {
	o.selection.add(f)
	f.Var(&o.features, "features", "use these `FEATURES`, separated by commas, in place of those that the client declares;\n+NAME and -NAME add one to these and remove one")
	f.StringVar(&o.known, "known-failing", "", "`FILE` lists patterns of scenarios that are known to fail")
	f.StringVar(&o.writeKnown, "write-known-failing", "", "write a list for --known-failing of the current failures to `FILE`, each with its reason")
	f.StringVar(&o.flaky, "flaky", "", "`FILE` lists patterns of scenarios that fail sometimes")
	f.StringVar(&o.failedFirst, "failed-first", "", "play first the scenarios that failed in the run with the JSON report `FILE`")
	f.StringVar(&o.onlyFailed, "only-failed", "", "play only the scenarios that failed in the run with the JSON report `FILE`")
	f.StringVar(&o.captures, "captures", "", "write the capture of each scenario to `DIR`/<subject>/<scenario>.wire")
	f.DurationVar(&o.settle, "settle", 0, "a scenario ends after silence of `D` (0: 1s simulated, 100ms real)")
	f.BoolVar(&o.long, "long", false, "also play scenarios of tens of thousands of steps, which take seconds each")
	f.BoolVar(&o.strict, "strict", false, "failures at levels should, may and policy count as failures at must")
	f.StringArrayVar(&o.require, "require", nil, "failures of `NAME` count as failures at must: a profile, such as umqtt, the\nscenarios that a pattern selects, or api; may be given more than once")
	formatFlag(f, &o.format)
	o.files.add(f)
	f.BoolVar(&o.quiet, "quiet", false, "show only results other than pass and known-fail, and the totals")
	f.Var(&o.shard, "shard", "play part I of N, written `I/N`, with I from 1. The default is from the variables\nTEST_SHARD_INDEX or JOB_COMPLETION_INDEX, from 0, and TEST_TOTAL_SHARDS")
	f.DurationVar(&o.timeout, "timeout", 10*time.Minute, "end a scenario after `D` of the wall clock, with a dump of all goroutines")
}

// runner checks the flags and returns the run they ask for.
func (o *runFlags) runner(a app, args []string) (*runner, error) {
	world, err := choose("world", o.world, map[string]scenario.World{"real": scenario.Real, "simulated": scenario.Simulated})
	if err != nil {
		return nil, err
	}
	newReport, err := choose("format", o.format, map[string]func(io.Writer, report.Options) report.Report{
		"text": func(w io.Writer, o report.Options) report.Report { return report.NewText(w, o) },
		"json": func(w io.Writer, o report.Options) report.Report { return report.NewJSON(w, o) },
	})
	switch {
	case err != nil:
		return nil, err
	case o.settle < 0:
		return nil, usagef("--settle %v: it cannot be negative", o.settle)
	case o.parallel < 0:
		return nil, usagef("--parallel %d: it cannot be negative", o.parallel)
	case o.timeout <= 0:
		return nil, usagef("--timeout %v: it must be positive", o.timeout)
	}
	if err := o.client.check(o, world); err != nil {
		return nil, err
	}
	var factories []subject.Factory
	if !o.client.given() {
		if factories, err = subjects(o.subjects, o.mutant); err != nil {
			return nil, err
		}
	}
	all, err := suite(args)
	if err != nil {
		return nil, err
	}
	known, err := knownFailing(o.known, all)
	if err != nil {
		return nil, err
	}
	flaky, err := knownFailing(o.flaky, all)
	if err != nil {
		return nil, err
	}
	require := judge.Require(o.require...)
	if err := require.Check(all); err != nil {
		return nil, usagef("%v", err)
	}
	if all, err = o.selection.of(all); err != nil {
		return nil, err
	}
	r := &runner{app: a, known: known, flaky: flaky, world: world, captures: o.captures, timeout: o.timeout,
		options: play.Options{Long: o.long, Seed: o.seed, Settle: o.settle, Strict: o.strict, Require: require}}
	if o.client.given() {
		r.options.Foreign, r.options.Listen = true, o.client.listen()
		if r.jobs, err = o.client.open(all); err != nil {
			return nil, err
		}
	}
	for _, sc := range all {
		for _, f := range factories {
			r.jobs = append(r.jobs, job{scenario: sc, factory: f})
		}
	}
	for i, j := range r.jobs {
		r.jobs[i].factory.Features = o.features.of(j.factory.Features)
	}
	if r.jobs, err = o.ordered(r.jobs); err != nil {
		return nil, err
	}
	part, err := o.shard.orEnvironment(os.Getenv)
	if err != nil {
		return nil, err
	}
	r.jobs = part.of(r.jobs)
	r.inOrder = o.failedFirst != ""
	r.workers = workersIn(world, o.parallel, o.client.given())
	if world == scenario.Simulated && o.seed == 0 && o.settle == 0 && len(args) == 0 && o.mutant == "" {
		r.golden = golden.Compare
	}
	again := replay{program: a.program, flags: o, args: args}
	opts := report.Options{
		World: o.world, Seed: o.seed, Mutant: o.mutant, Replay: again.command, Color: o.format == "text" && colorful(a.stdout),
		Capture: func(*judge.Result) string { return r.kept }, Quiet: o.quiet, Mutants: violators(),
	}
	if len(args) == 0 {
		opts.Suite = scenarios.Version
	}
	if o.captures == "" {
		opts.Keep = keepCapture
	} else if err := writable(o.captures); err != nil {
		return nil, &setupError{fmt.Errorf("--captures: %w", err)}
	}
	r.json = o.format == "json"
	r.reports = []report.Report{newReport(a.stdout, opts)}
	if o.writeKnown != "" {
		r.reports = append(r.reports, &knownWriter{file: o.writeKnown})
	}
	if os.Getenv("GITHUB_ACTIONS") == "true" {
		r.reports = append(r.reports, &annotations{w: r.notes()})
	}
	files, err := openReports(o.files.reports(opts))
	if err != nil {
		return nil, &setupError{err}
	}
	r.reports = append(files, r.reports...)
	if watched(a.stderr) && (o.quiet || r.json || !watched(a.stdout)) {
		r.progress = &progress{w: a.stderr, total: len(r.jobs)}
	}
	return r, nil
}
