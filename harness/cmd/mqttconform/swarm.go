package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
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
