package main

import (
	"fmt"
	"io"
	"os"
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
	"umqtt/scenarios"
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

What fails only now and then can stand in another such file, that of --flaky: a failure is then flaky and counts
as passed, and a pass is a pass. --write-known-failing writes a list of what fails now.

A scenario is played when every flag that chooses scenarios chooses it. --tag smoke is a first look that takes
seconds. A client that lacks a feature is not played where it is needed: see mqttconform features. When nothing is
left to play, the exit code is 1.

Several machines can divide a run: each plays its --shard and writes --json, and mqttconform merge makes one
result of all. In GitHub Actions each failure is annotated as well. On a terminal a line shows how far the run is
where the report does not.

A mutant is a subject that misbehaves on purpose, to show what the scenarios notice: failures are then what
is wanted, and the exit code is 1 all the same. Subjects that cannot show it are left out.

--html and --json write the same results to files besides, when the run ends. The page shows what failed in
groups of a kind, each failure with its packets, and where each statement stands; it loads nothing. matrix
compares the JSON of several clients.

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
	known, writeKnown, flaky        string // files
	failedFirst, onlyFailed         string // files
	files                           files
	seed                            uint64
	selection                       selection
	features                        featureFlag
	shard                           shard
	subjects, require               []string
	settle, timeout                 time.Duration
	strict, quiet                   bool
	parallel                        int
	client                          external
}

func addRunFlags(f *pflag.FlagSet) *runFlags {
	o := &runFlags{}
	f.StringVar(&o.world, "world", "real", "where to play: `real|simulated`")
	f.Uint64Var(&o.seed, "seed", 0, "`N` chooses the order of packets in the simulated world, and what random faults\ndraw; 0 is FIFO order")
	f.StringArrayVar(&o.subjects, "subject", nil, "only the subject called `NAME`: "+strings.Join(subjectNames(), " or ")+"; may be given\nmore than once")
	o.client.addFlags(f)
	f.StringVar(&o.mutant, "mutant", "", "have the subjects misbehave as the mutant called `NAME` does")
	f.IntVar(&o.parallel, "parallel", 0, "play `N` scenarios at once (0: 16 for each processor in the real\nworld, 1 in the simulated one)")
	o.add(f)
	return o
}

// add adds the flags that are for any client.
func (o *runFlags) add(f *pflag.FlagSet) {
	o.selection.add(f)
	f.Var(&o.features, "features", "play as if the client had these `FEATURES`, with commas between them; +NAME and -NAME\nadd one to what it declares and take one away")
	f.StringVar(&o.known, "known-failing", "", "the scenarios that patterns in `FILE` select are known to fail")
	f.StringVar(&o.writeKnown, "write-known-failing", "", "write such a list of what fails now to `FILE`, each with its reason")
	f.StringVar(&o.flaky, "flaky", "", "the scenarios that patterns in `FILE` select may fail")
	f.StringVar(&o.failedFirst, "failed-first", "", "play first what failed in the run whose JSON report is `FILE`")
	f.StringVar(&o.onlyFailed, "only-failed", "", "play only what failed in the run whose JSON report is `FILE`")
	f.StringVar(&o.captures, "captures", "", "write each capture to `DIR`/<subject>/<scenario>.wire,\nthat of what failed too")
	f.DurationVar(&o.settle, "settle", 0, "`D` of silence at the end of each scenario (0: 1s simulated, 100ms real)")
	f.BoolVar(&o.strict, "strict", false, "what the levels should, may and policy ask counts as must")
	f.StringArrayVar(&o.require, "require", nil, "what `NAME` asks counts as must: a profile, such as umqtt, the scenarios that a\npattern selects, or api; may be given more than once")
	formatFlag(f, &o.format)
	o.files.add(f)
	f.BoolVar(&o.quiet, "quiet", false, "show only what neither passes nor is known to fail, and the totals")
	f.Var(&o.shard, "shard", "play part I of N, written `I/N`: I from 1 on. Without it the variables TEST_SHARD_INDEX or\nJOB_COMPLETION_INDEX, from 0 on, and TEST_TOTAL_SHARDS say so")
	f.DurationVar(&o.timeout, "timeout", 10*time.Minute, "give a scenario up after `D` of the wall clock, with a dump of all goroutines")
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
		options: play.Options{Seed: o.seed, Settle: o.settle, Strict: o.strict, Require: require}}
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
	r.workers = o.parallel
	if r.workers == 0 {
		r.workers = defaultWorkers(world)
	}
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

// defaultWorkers is how many scenarios are played at once. In the real world nearly all of their time
// is waiting; in the simulated one they never wait.
func defaultWorkers(w scenario.World) int {
	if w == scenario.Real {
		return 16 * runtime.GOMAXPROCS(0)
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
	flaky    judge.Known
	captures string                                                   // directory, or ""
	kept     string                                                   // the file of the result that is being shown, or ""
	golden   func(subject, scenario string, c *capture.Capture) error // nil: there are no goldens of this run
	timeout  time.Duration
	reports  []report.Report
	progress *progress // nil: none is shown
	json     bool
}

// notes is where lines beside the report go: not into a JSON document.
func (r *runner) notes() io.Writer {
	if r.json {
		return r.stderr
	}
	return r.stdout
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
		return play.Steadily(func() *judge.Result { return play.Real(j.scenario, j.factory, r.options) })
	})
}

// play plays the jobs with one, shows the results and returns the exit code.
func (r *runner) play(one func(job) *judge.Result) int {
	var totals report.Totals
	shown := 0
	var failure error // the first capture or report that could not be written
	keep := func(err error) {
		if failure == nil {
			failure = err
		}
	}
	stop, release := interruptible(r.stderr)
	defer release()
	p := pool{workers: r.workers, timeout: r.timeout, play: one, options: r.options, world: r.world, dump: r.stderr}
	p.run(r.jobs, stop, func(res *judge.Result) {
		if r.golden != nil {
			holdAgainst(res, r.golden)
		}
		r.known.Judge(res)
		r.flaky.Excuse(res)
		var err error
		r.kept, err = writeCapture(r.captures, res)
		keep(err)
		totals.Add(res)
		shown++
		r.progress.hide()
		for _, rep := range r.reports {
			rep.Add(res)
		}
		r.progress.show(shown, totals.Verdicts)
	})
	r.progress.hide()
	interrupted := isClosed(stop)
	for _, rep := range r.reports {
		keep(rep.End(interrupted && shown < len(r.jobs)))
	}
	counts := totals.Verdicts
	if r.json {
		fmt.Fprintln(r.stderr, counts)
	}
	switch {
	case failure != nil:
		return r.fail("run", &setupError{failure})
	case interrupted:
		return exitInterrupted
	case len(r.jobs) > 0 && totals.Played() == 0:
		fmt.Fprintln(r.stderr, "mqttconform: nothing was played: every scenario is unsupported")
		return exitFailed
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
