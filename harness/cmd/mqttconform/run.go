package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"umqtt/golden"
	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/report"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

var runCommand = command{
	name:  "run",
	args:  "[flags] [FILE|DIR…] [-- CMD…]",
	short: "play scenarios and report what came of them",
	runs:  true,
	long: `
Plays the scenarios of the built-in suite, or of the files and directories named, with the built-in
subjects, and shows one line for each in the order of behaviours. What fails is shown with the packets
before it, the file with all of its packets (see --captures) and the command that plays it again.

The real world is loopback TCP and the wall clock; most of the time is waiting, so that many scenarios
are played at once, each with ports of its own. The simulated world is virtual time and in-memory
connections: the same seed gives the same trace to the byte. With seed 0, packets are handed over in the
order in which they were sent, and each capture of the built-in suite must also be its golden; any other
seed is another order in which a conforming peer could have sent them.

The last line is "N passed, N failed, N skipped". Passed are pass, warn (a should), info (a may or a
policy) and known-fail; failed are fail, api-fail and setup-error; skipped are unsupported (by the subject, or in
this world) and inconclusive. As JSON, standard output is one document, and that line goes to standard error.

The standard rules no API. What a subject's API reports is judged apart from the packets, and shown as
"api: fail" behind a scenario and in a line of totals of its own; where it counts and nothing else is wrong the
verdict is api-fail. It counts for the built-in subjects.

What the standard leaves open counts only where it is demanded: --strict demands all of it, --require a part by
name. --require umqtt is the policies of that profile, --require 'reconnect/*' the scenarios that a pattern as of
--filter selects, and --require api what the API reports.

What a subject is known to get wrong can stand in a file, one pattern as of --filter a line, with a # before
the reason. It is played all the same, and its failure is a known-fail, which counts as passed. What
passes while it stands there is a failure: the list is stale.

A mutant is a subject that misbehaves on purpose, to show what the scenarios notice: failures are then what
is wanted, and the exit code is 1 all the same. Subjects that cannot show it are left out.

SIGINT and SIGTERM start no further scenario, wait for those that are playing, and show what there is; a
second one exits at once.

Behind -- stands a client of any language: a program that speaks the subject protocol of
harness/subject/PROTOCOL.md on its standard input and output. It is started for each scenario, several at a
time, and plays in the real world. Its name and its features are what it says of itself. A program that does not
is set-up that fails: exit code 3. Try it with shim-test first.

A program that only publishes, or only subscribes and prints, needs no shim: --exec is how it is called, and
--exec-output what it prints. Words in braces stand for what a scenario asks for: {host} {port} {client_id}
{keep_alive} {username} {password} {will_topic} {will_payload} {will_qos}, {topic} {payload} {qos} of a publish,
or {filter} {qos} of a subscribe. What stands in brackets behind a word and a colon is left out unless the scenario
asks for it: [retain: -r], [persistent: -c], and will, will_retain, username, password. What the template has no
word for is not played, and neither is a scenario that wants more of the program than that.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("run")
		o := addRunFlags(flags)
		return flags, func(args []string) (int, error) {
			if dash := flags.ArgsLenAtDash(); dash >= 0 {
				args, o.client.command, o.client.dashed = args[:dash], args[dash:], true
			}
			r, err := o.runner(a, args)
			if err != nil {
				return 0, err
			}
			defer o.client.close()
			return r.run(), nil
		}
	},
}

// runFlags are the flags of run as they were given.
type runFlags struct {
	world, format, captures, mutant string
	known                           string // file
	seed                            uint64
	filters                         globs
	subjects, require               []string
	settle, timeout                 time.Duration
	strict                          bool
	jobs                            int
	client                          external
}

func addRunFlags(f *pflag.FlagSet) *runFlags {
	o := &runFlags{}
	f.StringVar(&o.world, "world", "real", "where to play: `real|simulated`")
	f.Uint64Var(&o.seed, "seed", 0, "`N` chooses the order of packets in the simulated world, and what random faults\ndraw; 0 is FIFO order")
	filterFlag(f, &o.filters)
	f.StringVar(&o.known, "known-failing", "", "the scenarios that patterns in `FILE` select are known to fail")
	f.StringArrayVar(&o.subjects, "subject", nil, "only the subject called `NAME`: "+strings.Join(subjectNames(), " or ")+"; may be given\nmore than once")
	o.client.addFlags(f)
	f.StringVar(&o.mutant, "mutant", "", "have the subjects misbehave as the mutant called `NAME` does")
	f.StringVar(&o.captures, "captures", "", "write each capture to `DIR`/<subject>/<scenario>.wire,\nthat of what failed too")
	f.DurationVar(&o.settle, "settle", 0, "`D` of silence at the end of each scenario (0: 1s simulated, 100ms real)")
	f.BoolVar(&o.strict, "strict", false, "what the levels should, may and policy ask counts as must")
	f.StringArrayVar(&o.require, "require", nil, "what `NAME` asks counts as must: a profile, such as umqtt, the scenarios that a\npattern selects, or api; may be given more than once")
	formatFlag(f, &o.format)
	f.IntVar(&o.jobs, "jobs", 0, "play `N` scenarios at once (0: 8 for each processor in the real\nworld, 1 in the simulated one)")
	f.DurationVar(&o.timeout, "timeout", 10*time.Minute, "give a scenario up after `D` of the wall clock, with a dump of all goroutines")
	return o
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
	case o.jobs < 0:
		return nil, usagef("--jobs %d: it cannot be negative", o.jobs)
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
	require := judge.Require(o.require...)
	if err := require.Check(all); err != nil {
		return nil, usagef("%v", err)
	}
	if all, err = filtered(all, o.filters); err != nil {
		return nil, err
	}
	r := &runner{app: a, known: known, world: world, captures: o.captures, timeout: o.timeout,
		options: play.Options{Seed: o.seed, Settle: o.settle, Strict: o.strict, Require: require}}
	if o.client.given() {
		r.options.Foreign = true
		if r.jobs, err = o.client.open(all); err != nil {
			return nil, err
		}
	}
	for _, sc := range all {
		for _, f := range factories {
			r.jobs = append(r.jobs, job{scenario: sc, factory: f})
		}
	}
	r.workers = o.jobs
	if r.workers == 0 {
		r.workers = defaultWorkers(world)
	}
	if world == scenario.Simulated && o.seed == 0 && o.settle == 0 && len(args) == 0 && o.mutant == "" {
		r.golden = golden.Compare
	}
	again := replay{program: a.program, flags: o, args: args}
	opts := report.Options{
		World: o.world, Seed: o.seed, Mutant: o.mutant, Replay: again.command, Color: o.format == "text" && colorful(a.stdout),
		Capture: func(*judge.Result) string { return r.kept },
	}
	if o.captures == "" {
		opts.Keep = keepCapture
	}
	r.report = newReport(a.stdout, opts)
	r.json = o.format == "json"
	return r, nil
}

// defaultWorkers is how many scenarios are played at once. In the real world nearly all of their time
// is waiting; in the simulated one they never wait.
func defaultWorkers(w scenario.World) int {
	if w == scenario.Real {
		return 8 * runtime.GOMAXPROCS(0)
	}
	return runtime.GOMAXPROCS(0)
}

// A runner is a run that is about to begin.
type runner struct {
	app
	world    scenario.World
	options  play.Options
	jobs     []job
	workers  int
	known    judge.Known
	captures string                                                   // directory, or ""
	kept     string                                                   // the file of the result that is being shown, or ""
	golden   func(subject, scenario string, c *capture.Capture) error // nil: there are no goldens of this run
	timeout  time.Duration
	report   report.Report
	json     bool
}

// run plays everything and returns the exit code.
func (r *runner) run() int {
	if r.world == scenario.Simulated {
		return r.host(func(t *testing.T) int {
			return r.play(func(j job) *judge.Result { return inBubble(t, j, r.options) })
		})
	}
	if err := loopback(); err != nil {
		return r.fail("run", &setupError{fmt.Errorf("the real world needs TCP on 127.0.0.1: %w; --world simulated needs no network", err)})
	}
	return r.play(func(j job) *judge.Result {
		if j.unfit != "" {
			return j.unsupported(r.world)
		}
		return play.Real(j.scenario, j.factory, r.options)
	})
}

// play plays the jobs with one, shows the results and returns the exit code.
func (r *runner) play(one func(job) *judge.Result) int {
	counts, shown := report.Counts{}, 0
	var failure error // the first capture that could not be written
	stop, release := interruptible(r.stderr)
	defer release()
	p := pool{workers: r.workers, timeout: r.timeout, play: one, options: r.options, world: r.world, dump: r.stderr}
	p.run(r.jobs, stop, func(res *judge.Result) {
		if r.golden != nil {
			holdAgainst(res, r.golden)
		}
		r.known.Judge(res)
		var err error
		if r.kept, err = writeCapture(r.captures, res); err != nil && failure == nil {
			failure = err
		}
		counts[res.Shown()]++
		shown++
		r.report.Add(res)
	})
	interrupted := isClosed(stop)
	if err := r.report.End(interrupted && shown < len(r.jobs)); err != nil && failure == nil {
		failure = err
	}
	if r.json {
		fmt.Fprintln(r.stderr, counts)
	}
	switch {
	case failure != nil:
		return r.fail("run", &setupError{failure})
	case interrupted:
		return exitInterrupted
	}
	return exitOf(counts)
}

// exitOf returns the exit code of a run to its end.
func exitOf(counts report.Counts) int {
	switch {
	case counts[judge.SetupError] > 0 && counts.Of(report.Failed) == counts[judge.SetupError]:
		return exitSetup
	case counts.Of(report.Failed) > 0:
		return exitFailed
	}
	return exitOK
}
