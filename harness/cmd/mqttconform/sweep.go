package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/sweep"
)

var sweepCommand = command{
	name:  "sweep",
	args:  "[flags] [FILE|DIR…] [-- CMD…]",
	runs:  true,
	short: "play workloads with every fault at every place, and write failures as scenarios",
	long: `
Plays each workload with each built-in subject, in the simulated world, once for every fault at every place: cuts by
FIN, RST and half-close and a stall after each byte of each packet, split packets, delays beyond each timeout, two
packets in one piece, each return code of CONNACK, and a broker that restarts with and without its sessions; then
pairs of them, at most --pairs for a workload with a subject. A model judges each run by what the client's API
reported, what its connection carried and what other clients of the broker received: reports of the API are true,
acknowledged messages were delivered, nothing is lost or delivered twice without need, calls end, and no connection or
goroutine is left.

Runs with faults that TCP cannot cause (packets dropped, duplicated, swapped, held or changed) are judged by a weaker
model: calls end, and none succeeds before its acknowledgement. --oracle strong and --oracle weak play only one kind.

Workloads are built in (see --list), or made from the calls and server packets of the scenarios in the given files. A
scenario with faults makes no workload.

Runs are shared among --workers processes; a client that crashes its process loses only one point. Each kind of
failure of a workload with a subject is shown once, by its first point, with the command that plays it again. With
--out it is reduced to a scenario of a few steps in that directory, which fails with mqttconform run. --point plays
one point and shows its result.

Faults of the embedded broker are not failures of the client. Known ones are counted; others are reported as findings
about the broker, which --out writes as captures. They do not change the exit code. With --misdeed the broker breaks a
rule, to check that no client is blamed for it.

CMD after -- is a shim, as for run. It plays over loopback TCP and the wall clock, which takes longer: at most
--points points of each workload, at a few places of each packet, several at once, in this process. Each such sweep
enumerates its points again, since they may depend on the time that the client takes. Its hash is that of the results of
the points, since the traces are never the same twice. A client that does not subscribe again when its session is lost
breaks no rule of MQTT: this is shown as INFO, and fails with --require umqtt. The built-in subjects must subscribe
again.

A sweep with a --state file records there what it has played without a failure, and skips it the next time. After SIGINT
or SIGTERM no further point is started; the sweep shows the results of those that have begun, and the exit code is 130.
The last line is "N points enumerated, N played, N failed". The exit code is 1 if a point failed.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("sweep")
		o := &sweepFlags{}
		subjectFlag(flags, &o.subjects)
		flags.Var(&o.workloads, "workload", "only workloads whose name matches this `GLOB`; may be given more than once")
		mutantFlag(flags, &o.mutant)
		flags.StringVar(&o.oracle, "oracle", "both", "which points are played: `strong|weak|both`")
		misdeedFlag(flags, &o.misdeed)
		flags.StringArrayVar(&o.require, "require", nil, "with a command: demand the policies of the profile called `NAME`, such as umqtt; may be given more than once")
		flags.IntVar(&o.pairs, "pairs", 200, "play at most `N` pairs of faults for a workload with a subject")
		flags.Uint64Var(&o.seed, "seed", 0, "`N` is the seed of the order of packets in every run; 0 is FIFO order")
		flags.DurationVar(&o.limit, "for", 0, "start no more points after `D` of the wall clock")
		flags.Var(&o.shard, "shard", "play part I of N, written `I/N`, with I from 1")
		flags.IntVar(&o.workers, "workers", runtime.NumCPU(), "share the work among `N` processes")
		flags.StringVar(&o.state, "state", "", "record in `FILE` what was played, and skip what it has")
		flags.StringVar(&o.out, "out", "", "write a scenario for each kind of failure to `DIR`")
		flags.StringVar(&o.json, "json", "", "write the results to `FILE`, for merge")
		progressEvery(flags, &o.progress)
		flags.StringVar(&o.point, "point", "", "play only the point written `POINT`, as failures show it")
		flags.StringVar(&o.captures, "captures", "", "with --point: write the capture to `DIR`/<subject>/<workload>.wire")
		flags.BoolVar(&o.list, "list", false, "list the built-in workloads")
		flags.BoolVar(&o.first, "first", false, "end the sweep of a workload with a subject after its first failure")
		flags.IntVar(&o.points, "points", 40, "with a command: play at most `N` points of each workload")
		return flags, func(args []string) (int, error) {
			if dash := flags.ArgsLenAtDash(); dash >= 0 {
				args, o.client.command, o.client.dashed = args[:dash], args[dash:], true
				defer o.client.close()
			}
			return o.run(a, args)
		}
	},
}

type sweepFlags struct {
	subjects                   []string
	workloads                  globs
	misdeed                    string
	require                    []string
	mutant, oracle, state, out string
	json                       string
	point, captures            string
	pairs, workers             int
	seed                       uint64
	limit                      time.Duration
	shard                      shard
	list, first                bool
	points                     int
	progress                   time.Duration
	client                     external
}

// run sweeps, or does one of the smaller things.
func (o *sweepFlags) run(a app, args []string) (int, error) {
	if o.list {
		for _, w := range sweep.Workloads() {
			fmt.Fprintf(a.stdout, "%-10s  %s\n", w.Name, w.Doc)
		}
		return exitOK, nil
	}
	options, err := choose("oracle", o.oracle, map[string]sweep.Options{"strong": {Strong: true}, "weak": {Weak: true}, "both": {}})
	switch {
	case err != nil:
		return 0, err
	case o.pairs < 0:
		return 0, usagef("--pairs %d: it cannot be negative", o.pairs)
	case o.workers < 1:
		return 0, usagef("--workers %d: it must be positive", o.workers)
	case o.captures != "" && o.point == "":
		return 0, usagef("--captures is for one point: it needs --point")
	}
	options.Pairs = o.pairs
	if o.client.dashed {
		return o.real(a, args)
	}
	if len(o.require) > 0 {
		return 0, usagef("--require is for a command: the built-in subjects are held to their policies")
	}
	plans, err := o.plans(args)
	if err != nil {
		return 0, err
	}
	switch {
	case os.Getenv(sweepWorker) != "":
		return a.host(func(t *testing.T) int {
			if err := sweep.Serve(t, plans, a.stdin, a.stdout); err != nil {
				return a.fail("sweep", &setupError{err})
			}
			return exitOK
		}), nil
	case o.point != "":
		point, err := sweep.ParsePoint(o.point)
		if err != nil {
			return 0, usagef("--point: %v", err)
		}
		if len(plans) != 1 {
			return 0, usagef("--point is for one workload with one subject: choose them with --workload and --subject; there are %d", len(plans))
		}
		return a.host(func(t *testing.T) int { return o.one(a, t, plans[0].Plan, point) }), nil
	}
	return o.sweep(a, args, plans, options)
}

// chosenWorkloads returns the built-in workloads, or those of files, that the flags choose.
func (o *sweepFlags) chosenWorkloads(files []string) ([]sweep.Workload, error) {
	workloads := sweep.Workloads()
	if len(files) > 0 {
		all, err := suite(files)
		if err != nil {
			return nil, err
		}
		workloads = nil
		for _, sc := range all {
			if w, err := sweep.FromScenario(sc); err == nil {
				workloads = append(workloads, w)
			}
		}
		if len(workloads) == 0 {
			return nil, &nothingError{"none of the scenarios makes a workload: they set faults of their own"}
		}
	}
	return chosen("workload", workloads, func(w sweep.Workload, glob string) (bool, error) { return scenario.Match(glob, w.Name) }, o.workloads)
}

// plans returns the workloads with the subjects that they play with.
func (o *sweepFlags) plans(files []string) ([]sweep.Pair, error) {
	workloads, err := o.chosenWorkloads(files)
	if err != nil {
		return nil, err
	}
	factories, err := subjects(o.subjects, "")
	if err == nil {
		err = checkMisdeed(o.misdeed)
	}
	if err != nil {
		return nil, err
	}
	var bad []subject.Factory
	if o.mutant != "" {
		if bad, err = subjects(o.subjects, o.mutant); err != nil {
			return nil, err
		}
		factories = slices.DeleteFunc(factories, func(f subject.Factory) bool {
			return !slices.ContainsFunc(bad, func(b subject.Factory) bool { return b.Name == f.Name+"+"+o.mutant })
		})
	}
	var pairs []sweep.Pair
	for _, w := range workloads {
		for i, f := range factories {
			p, err := sweep.NewPlan(w, f)
			if err != nil {
				continue // it lacks a feature
			}
			p.Seed, p.Misdeed = o.seed, o.misdeed
			pair := sweep.Pair{Plan: p}
			if o.mutant != "" {
				without := p
				pair.Without = &without
				pair.Subject = bad[i]
			}
			pairs = append(pairs, pair)
		}
	}
	if len(pairs) == 0 {
		return nil, &nothingError{"no subject has the features that a workload needs"}
	}
	return pairs, nil
}

// one plays one point and shows what came of it, as run does.
func (o *sweepFlags) one(a app, t *testing.T, p sweep.Plan, point sweep.Point) int {
	sc := p.Scenario(point)
	a.stdout.Write(scenario.Format(sc))
	res := play.Simulated(t, sc, p.Subject, play.Options{Seed: o.seed, Misdeed: o.misdeed})
	if o.captures != "" && res.Capture != nil {
		file, err := writeCapture(o.captures, res)
		if err != nil {
			return a.fail("sweep", &setupError{err})
		}
		fmt.Fprintln(a.stdout, "capture:", file)
	}
	for _, v := range res.Violations {
		fmt.Fprintln(a.stdout, printable(fmt.Errorf("%v", v)))
	}
	fmt.Fprintf(a.stdout, "%s with %s under %v: %s\n", p.Workload.Name, p.Subject.Name, point, res.Shown())
	if res.Failed() {
		fmt.Fprint(a.stdout, res.Reason().Report())
		return exitFailed
	}
	return exitOK
}

// sweep plays all points and shows what came of them.
func (o *sweepFlags) sweep(a app, args []string, plans []sweep.Pair, options sweep.Options) (int, error) {
	part, err := o.shard.orEnvironment(os.Getenv)
	if err != nil {
		return 0, err
	}
	exe, err := os.Executable()
	if err != nil {
		return 0, &setupError{err}
	}
	state, err := openState(o.state, fmt.Sprintf("mqttconform sweep, seed %d", o.seed))
	if err != nil {
		return 0, err
	}
	defer state.close()
	f := &sweep.Farm{
		Plans: plans, Workers: o.workers, Options: options, Shard: part.index, Shards: part.count, Limit: o.limit, OneEach: o.first,
		Command: workerCommand(exe, o.workerArgs(args), a.stderr),
		Skip:    func(plan int, point string) bool { return state.has(planName(plans[plan]), point) },
		Played: func(plan int, r sweep.Run) {
			if r.Broken == "" {
				state.add(planName(plans[plan]), r.Point.String())
			}
		},
	}
	if o.out != "" {
		f.Reduced = 1
	}
	ticks := newTicks(a.stderr, o.progress)
	f.Tick = func(done, all, failed int) { ticks.say("%d of %d points, %d failed", done, all, failed) }
	stop, release := interruptible(a.stderr, "the points that have begun")
	defer release()
	f.Stop = stop
	sum, err := f.Sweep()
	ticks.hide()
	if err != nil {
		return 0, &setupError{err}
	}
	if state.err != nil {
		return 0, &setupError{state.err}
	}
	interrupted := isClosed(stop)
	d := o.document(a, plans, args, sum, part)
	d.Interrupted = interrupted
	if err := d.write(o.json); err != nil {
		return 0, &setupError{err}
	}
	code, err := o.show(a, plans, sum, interrupted)
	if err == nil && interrupted {
		o.goOn(a)
		code = exitInterrupted
	}
	return code, err
}

// workerArgs returns the arguments of a worker: what chooses its plans.
func (o *sweepFlags) workerArgs(files []string) []string {
	args := []string{"sweep", "--mutant", o.mutant, "--misdeed", o.misdeed, "--seed", strconv.FormatUint(o.seed, 10)}
	for _, s := range o.subjects {
		args = append(args, "--subject", s)
	}
	for _, w := range o.workloads {
		args = append(args, "--workload", w)
	}
	return append(args, files...)
}
