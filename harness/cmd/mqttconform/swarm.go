package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"umqtt/harness/child"
	"umqtt/harness/mutant"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/swarm"
)

var swarmCommand = command{
	name:  "swarm",
	args:  "[flags]",
	short: "play random calls and faults, and write failures as scenarios",
	long: `
For each seed, plays one random script with each built-in subject, in the simulated world. The seed determines the
kinds of calls and faults, the client's options, the order of packets, and the script: publishes, subscriptions,
callbacks that publish, disconnects and restarts of the client; cuts, stalls, delays, split packets, refused
connections, a broker that is down and lost sessions. In some scripts the process of the client dies, between calls or
in one, and the next process begins with its store; this needs a subject with the feature keeps-in-store. One seed in
five also has faults that TCP cannot cause. The model of sweep judges each run.

--for D plays seeds from 1 until D has passed; --seeds A-B plays these seeds. Equal seeds give equal runs: the hash at
the end depends only on the seeds, not on workers and processors. A failure shows its seed and the command that plays
it again; with --out it is reduced to a scenario of a few steps in that directory. --seeds A-A plays one seed and
shows its script.

After SIGINT or SIGTERM no further run is started. It shows the results of those that have begun, and the command that
continues from there. The exit code is then 130.

Several machines share the seeds by --shard I/N, or by the variables that an indexed Job of Kubernetes or a test
runner sets; merge merges the files of --json.

A useful search reaches certain situations: a message that was sent again, a lost PUBACK, a full window. They are
listed at the end, with the number of runs that reached each. If none of at least 2,000 runs reached one of them, the
swarm fails; a shorter swarm only reports it.

With --odd half of the scripts use wills, credentials, TLS and WebSocket, calls with invalid arguments or from several
threads, and illegal packets of the server. For these the model does not know all that a client is free to do: check
such failures by hand, or compare them with a client that is known to be good.

Runs are shared among --workers processes; a client that crashes its process loses only one run. Faults of the
embedded broker are not failures of the client: known ones are counted, others are reported as
findings about the broker, which --out writes as captures. They do not change the exit code. With --misdeed the broker
breaks a rule, to check that no client is blamed for it.
The exit code is 1 if a run failed, or a situation was not reached.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("swarm")
		o := &swarmFlags{}
		subjectFlag(flags, &o.subjects)
		mutantFlag(flags, &o.mutant)
		misdeedFlag(flags, &o.misdeed)
		flags.DurationVar(&o.limit, "for", 0, "start no more seeds after `D` of the wall clock; 1m unless --seeds is given")
		flags.Var(&o.seeds, "seeds", "play the seeds from A to B, written `A-B`")
		flags.Var(&o.shard, "shard", "play part I of N, written `I/N`, with I from 1")
		flags.IntVar(&o.workers, "workers", runtime.NumCPU(), "share the work among `N` processes")
		flags.BoolVar(&o.odd, "odd", false, "also draw unusual scripts; see above")
		flags.StringVar(&o.out, "out", "", "write a scenario for each kind of failure, and a capture for each finding about the broker, to `DIR`")
		flags.StringVar(&o.json, "json", "", "write the results to `FILE`, for merge")
		progressEvery(flags, &o.progress)
		return flags, func(args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("swarm takes no arguments: its scripts are drawn")
			}
			return o.run(a)
		}
	},
}

type swarmFlags struct {
	subjects    []string
	mutant, out string
	misdeed     string
	json        string
	limit       time.Duration
	seeds       seedRange
	shard       shard
	workers     int
	odd         bool
	progress    time.Duration
}

// swarmWorker is the variable that makes a swarm a worker of another.
const swarmWorker = "UMQTT_SWARM_WORKER"

// clients returns what is searched.
func (o *swarmFlags) clients() ([]swarm.Client, error) {
	factories, err := subjects(o.subjects, o.mutant)
	if err == nil {
		err = checkMisdeed(o.misdeed)
	}
	if err != nil {
		return nil, err
	}
	m, bad := mutant.Find(o.mutant)
	var all []swarm.Client
	for _, f := range factories {
		name, _, _ := strings.Cut(f.Name, "+")
		c := swarm.Client{Subject: f, Soon: swarm.Soon(f), Odd: o.odd, Misdeed: o.misdeed}
		for _, good := range subject.ByName() {
			if good.Name != name || !bad {
				continue
			}
			c.Without = good
			if soon := swarm.Soon(good); soon.New != nil {
				c.Soon = m.Apply(soon)
			}
		}
		all = append(all, c)
	}
	return all, nil
}

func (o *swarmFlags) run(a app) (int, error) {
	if o.workers < 1 {
		return 0, usagef("--workers %d: it must be positive", o.workers)
	}
	clients, err := o.clients()
	if err != nil {
		return 0, err
	}
	if o.seeds.from == 0 {
		o.seeds = seedRange{1, 1<<63 - 1}
		if o.limit == 0 {
			o.limit = time.Minute
		}
	}
	if os.Getenv(swarmWorker) != "" {
		return a.host(func(t *testing.T) int {
			if err := swarm.Serve(t, clients, o.seeds.from, o.seeds.to, o.out != "", a.stdout); err != nil {
				return a.fail("swarm", &setupError{err})
			}
			return exitOK
		}), nil
	}
	if o.seeds.from == o.seeds.to {
		o.script(a, clients)
	}
	return o.swarm(a, clients)
}

// script shows the script of a seed.
func (o *swarmFlags) script(a app, clients []swarm.Client) {
	for _, c := range clients {
		s := swarm.Draw(c.Subject, c.Source(o.seeds.from))
		sc, err := s.Scenario()
		if err != nil {
			fmt.Fprintf(a.stdout, "# %s: %v\n", c.Subject.Name, err)
			continue
		}
		fmt.Fprintf(a.stdout, "# %s, order %d\n%s", c.Subject.Name, s.Order(), scenario.Format(sc))
	}
}

func (o *swarmFlags) swarm(a app, clients []swarm.Client) (int, error) {
	a.stderr = forProcesses(a.stderr)
	part, err := o.shard.orEnvironment(os.Getenv)
	if err != nil {
		return 0, err
	}
	exe, err := os.Executable()
	if err != nil {
		return 0, &setupError{err}
	}
	f := &swarm.Farm{
		Clients: len(clients), Workers: o.workers, From: o.seeds.from, To: o.seeds.to, Limit: o.limit, Shard: part.index, Shards: part.count,
		Command: func(from, to uint64) *exec.Cmd { return o.worker(a, exe, from, to) },
	}
	ticks := newTicks(a.stderr, o.progress)
	f.Tick = func(runs, failed int) { ticks.say("%d runs, %d failed", runs, failed) }
	stop, release := interruptible(a.stderr, "the runs that have begun")
	defer release()
	f.Stop = stop
	begin := time.Now()
	tally, cpu, err := f.Swarm()
	ticks.hide()
	interrupted := isClosed(stop)
	if err != nil {
		return 0, &setupError{err}
	}
	if tally.Runs == 0 && !interrupted {
		return 0, &nothingError{"no seed was played"}
	}
	d := o.document(a, clients, tally, part)
	d.Interrupted = interrupted && tally.Next > 0
	if err := d.write(o.json); err != nil {
		return 0, &setupError{err}
	}
	took := time.Since(begin)
	code, err := o.show(a, clients, tally, took, cpu)
	if err != nil || !interrupted {
		return code, err
	}
	if tally.Next > 0 {
		fmt.Fprintf(a.stdout, "interrupted: this is not the whole swarm; go on with: %s\n", o.rest(a, tally.Next, took))
	}
	return exitInterrupted, nil
}

// rest is the command that plays the seeds from one on, with what the swarm that took so long has left of its time.
func (o *swarmFlags) rest(a app, from uint64, took time.Duration) string {
	words := []string{a.program, "swarm", "--seeds", fmt.Sprintf("%d-%d", from, o.seeds.to)}
	if o.limit > 0 {
		words = append(words, "--for", max(o.limit-took, time.Second).Round(time.Second).String())
	}
	for _, s := range o.subjects {
		words = append(words, "--subject", s)
	}
	for _, w := range []struct{ flag, value string }{{"--mutant", o.mutant}, {"--shard", o.shard.String()}, {"--out", o.out}} {
		if w.value != "" {
			words = append(words, w.flag, w.value)
		}
	}
	if o.odd {
		words = append(words, "--odd")
	}
	return strings.Join(words, " ")
}

// worker returns the command of a worker process. It has one processor, for bubbles have nothing to do at once.
func (o *swarmFlags) worker(a app, exe string, from, to uint64) *exec.Cmd {
	args := []string{"swarm", "--mutant", o.mutant, "--misdeed", o.misdeed, "--seeds", fmt.Sprintf("%d-%d", from, to)}
	for _, s := range o.subjects {
		args = append(args, "--subject", s)
	}
	if o.odd {
		args = append(args, "--odd")
	}
	if o.out != "" {
		args = append(args, "--out", o.out)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), swarmWorker+"=1", "GOMAXPROCS=1", "GOGC=400")
	cmd.Stderr = a.stderr
	child.Lead(cmd)
	return cmd
}

// show writes what came of a swarm and returns the exit code.
func (o *swarmFlags) show(a app, clients []swarm.Client, y *swarm.Tally, wall, cpu time.Duration) (int, error) {
	w := a.stdout
	failed := 0
	for _, f := range y.Failures {
		failed += 1 + f.Also
		fmt.Fprintf(w, "FAIL  seed %d with %s breaks %s, and %d more runs\n", f.Seed, clients[f.Client].Subject.Name, f.Run.Broken, f.Also)
		o.shown(a, clients, f)
		if err := o.write(a, clients, f); err != nil {
			return 0, &setupError{err}
		}
	}
	for _, f := range y.Peer {
		fmt.Fprintf(w, "PEER  seed %d with %s, and %d more runs\n", f.Seed, clients[f.Client].Subject.Name, f.Also)
		o.shown(a, clients, f)
		name := fileName(clients[f.Client].Subject.Name, "seed", strconv.FormatUint(f.Seed, 10), f.Run.Broken)
		if err := writePeer(w, o.out, name, f.Run); err != nil {
			return 0, err
		}
	}
	for _, k := range sortedKeys(y.Known) {
		fmt.Fprintf(w, "the broker's known fault %s: %d runs\n", k, y.Known[k])
	}
	showMet(w, y)
	if y.Runs < swarm.Enough*len(clients) {
		fmt.Fprintf(w, "fewer than %d seeds: situations that were not reached prove nothing\n", swarm.Enough)
	}
	fmt.Fprintf(w, "%.0f runs a second, %.0f a second of one processor; %v of virtual time; hash %s\n",
		float64(y.Runs)/max(wall.Seconds(), 1e-9), float64(y.Runs)/max(cpu.Seconds(), 1e-9), y.Virtual.Round(time.Second), y.Hash)
	showPeer(w, len(y.Peer))
	fmt.Fprintf(w, "%d runs, %d failed\n", y.Runs, failed)
	if failed > 0 || len(y.Blind(swarm.Enough)) > 0 {
		return exitFailed, nil
	}
	return exitOK, nil
}

// showMet writes what the runs of a swarm have met, and what they had to meet and have not.
func showMet(w io.Writer, y *swarm.Tally) {
	for _, s := range swarm.Sometimes() {
		if y.Open[s.Name] > 0 {
			fmt.Fprintf(w, "%7d  %-18s  %s\n", y.Reached[s.Name], s.Name, s.Doc)
		}
	}
	if y.Void > 0 {
		fmt.Fprintf(w, "%d runs prove nothing: their faults cannot be together\n", y.Void)
	}
	for _, s := range y.Blind(swarm.Enough) {
		fmt.Fprintf(w, "BLIND  %s: none of %d runs that could have met it did\n", s.Name, y.Open[s.Name])
	}
}

// shown writes what a failure says and the command that plays it again.
func (o *swarmFlags) shown(a app, clients []swarm.Client, f swarm.Failure) {
	fmt.Fprintf(a.stdout, "  %s\n", printable(errors.New(f.Run.Message)))
	fmt.Fprintf(a.stdout, "  replay: %s\n", o.replay(a, clients, f))
}

// replay is the command that plays the seed of a failure again.
func (o *swarmFlags) replay(a app, clients []swarm.Client, f swarm.Failure) string {
	name, mutant, bad := strings.Cut(clients[f.Client].Subject.Name, "+")
	words := []string{a.program, "swarm", "--seeds", fmt.Sprintf("%d-%d", f.Seed, f.Seed), "--subject", name}
	if bad {
		words = append(words, "--mutant", mutant)
	}
	if o.odd {
		words = append(words, "--odd")
	}
	if o.misdeed != "" {
		words = append(words, "--misdeed", o.misdeed)
	}
	return strings.Join(words, " ")
}

// write writes the scenario of a failure.
func (o *swarmFlags) write(a app, clients []swarm.Client, f swarm.Failure) error {
	switch {
	case o.out == "":
		return nil
	case f.File == nil:
		fmt.Fprintln(a.stdout, "  no scenario: it does not fail by itself, or not without what it needs")
		return nil
	}
	name, mutant, bad := strings.Cut(clients[f.Client].Subject.Name, "+")
	file := filepath.Join(o.out, fileName(clients[f.Client].Subject.Name, "seed", strconv.FormatUint(f.Seed, 10), f.Run.Broken)+".yaml")
	if err := putFile(file, f.File); err != nil {
		return err
	}
	if bad {
		mutant = " --mutant " + mutant
	}
	fmt.Fprintf(a.stdout, "  scenario: %s run --world simulated --seed %d --subject %s%s %s\n", a.program, f.Order, name, mutant, file)
	return nil
}

// A seedRange is a flag: seeds from one to another, both included.
type seedRange struct{ from, to uint64 }

// String implements [pflag.Value].
func (r *seedRange) String() string {
	if r.from == 0 {
		return ""
	}
	return fmt.Sprintf("%d-%d", r.from, r.to)
}

// Type implements [pflag.Value].
func (r *seedRange) Type() string { return "A-B" }

// Set implements [pflag.Value].
func (r *seedRange) Set(text string) error {
	a, b, _ := strings.Cut(text, "-")
	from, errA := strconv.ParseUint(a, 10, 63)
	to, errB := strconv.ParseUint(b, 10, 63)
	if errA != nil || errB != nil || from == 0 || from > to {
		return errors.New("it is A-B, with A from 1 to B, such as 1-1000")
	}
	r.from, r.to = from, to
	return nil
}
