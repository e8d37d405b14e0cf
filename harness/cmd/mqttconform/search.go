package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"umqtt/harness/child"
	"umqtt/harness/mutant"
	"umqtt/harness/scenario"
	"umqtt/harness/search"
	"umqtt/harness/sweep"
)

var searchCommand = command{
	name:  "search",
	args:  "[flags]",
	short: "measure how many mutants sweep and swarm detect",
	long: `
For each mutant, plays the built-in workloads, then some points of a sweep over them, then the seeds of a swarm, and
stops at the first run that fails. It uses no knowledge of the mutant. A run that also fails without the mutant is
ignored.

Each mutant has one line: what found it, and where; the subject, the rule that it broke, the number of runs, and the
time. The last line is "N mutants, N found, N not found". The exit code is 1 if less than --least per cent were found.

SIGINT and SIGTERM end it at once: it shows the results so far, and the command that continues with the other mutants.
The exit code is then 130.

Each mutant runs in its own process, which is ended after --limit. A mutant that crashes its process, or makes it
hang, counts as found.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("search")
		o := &searchFlags{}
		flags.Var(&o.mutants, "mutant", "only mutants whose name matches this `GLOB`; may be given more than once")
		flags.StringVar(&o.from, "from", "", "begin with the mutant called `NAME`, and leave out those before it")
		flags.BoolVar(&o.deep, "deep", false, "search for the deep mutants, too")
		flags.IntVar(&o.points, "points", 40, "play `N` points of each workload")
		flags.Uint64Var(&o.seeds, "seeds", 400, "play the seeds from 1 to `N`")
		flags.IntVar(&o.least, "least", 90, "fail if less than `N` per cent are found")
		flags.DurationVar(&o.limit, "limit", 5*time.Minute, "end the search for a mutant after `D` of the wall clock")
		flags.IntVar(&o.workers, "workers", runtime.NumCPU(), "search for `N` mutants at once")
		return flags, func(args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("search takes no arguments: its runs are the built-in workloads and drawn scripts")
			}
			return o.run(a)
		}
	},
}

type searchFlags struct {
	mutants        globs
	from           string
	deep           bool
	points         int
	seeds          uint64
	least, workers int
	limit          time.Duration
}

// searchWorker is the variable that makes a search look for the mutant that it names.
const searchWorker = "UMQTT_SEARCH_WORKER"

func (o *searchFlags) run(a app) (int, error) {
	switch {
	case o.points < 0:
		return 0, usagef("--points %d: it cannot be negative", o.points)
	case o.least < 0 || o.least > 100:
		return 0, usagef("--least %d: it is from 0 to 100", o.least)
	case o.workers < 1:
		return 0, usagef("--workers %d: it must be positive", o.workers)
	}
	budget := search.Budget{Points: o.points, Seeds: o.seeds}
	if name := os.Getenv(searchWorker); name != "" {
		m, ok := mutant.Find(name)
		if !ok {
			return 0, noMutant(name)
		}
		return a.host(func(t *testing.T) int {
			if err := json.NewEncoder(a.stdout).Encode(search.Find(t, m, budget)); err != nil {
				return a.fail("search", &setupError{err})
			}
			return exitOK
		}), nil
	}
	all := mutant.All()
	if o.deep {
		all = append(all, mutant.Deep()...)
	}
	all, err := chosen("mutant", all, func(m mutant.Mutant, glob string) (bool, error) { return scenario.Match(glob, m.Name) }, o.mutants)
	if err != nil {
		return 0, err
	}
	if o.from != "" {
		i := slices.IndexFunc(all, func(m mutant.Mutant) bool { return m.Name == o.from })
		if i < 0 {
			return 0, noMutant(o.from)
		}
		all = all[i:]
	}
	stop, release := interruptible(a.stderr, "nothing")
	defer release()
	found, err := o.search(a, all, stop)
	if err != nil {
		return 0, &setupError{err}
	}
	code := o.sum(a, found)
	if len(found) < len(all) {
		fmt.Fprintf(a.stdout, "interrupted: this is not the whole search; go on with: %s\n", o.rest(a, all[len(found)].Name))
	}
	if isClosed(stop) {
		code = exitInterrupted
	}
	return code, nil
}

// rest is the command that searches for the mutants from one on.
func (o *searchFlags) rest(a app, from string) string {
	words := []string{a.program, "search", "--from", from, "--points", strconv.Itoa(o.points), "--seeds", strconv.FormatUint(o.seeds, 10),
		"--least", strconv.Itoa(o.least), "--limit", o.limit.String()}
	for _, m := range o.mutants {
		words = append(words, "--mutant", "'"+m+"'")
	}
	if o.deep {
		words = append(words, "--deep")
	}
	return strings.Join(words, " ")
}

// search searches for mutants, a few at once. It writes what came of each as soon as it can, in their order, and returns
// all of it: up to the first that stop has kept from its end.
func (o *searchFlags) search(a app, all []mutant.Mutant, stop <-chan struct{}) ([]search.Found, error) {
	a.stderr = forProcesses(a.stderr)
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	type result struct {
		found search.Found
		err   error
	}
	results := make([]chan result, len(all))
	for i := range results {
		results[i] = make(chan result, 1)
	}
	next := make(chan int)
	var workers sync.WaitGroup
	for range o.workers {
		workers.Go(func() {
			for i := range next {
				f, err := o.one(exe, all[i].Name, stop)
				results[i] <- result{f, err}
			}
		})
	}
	defer workers.Wait()
	go func() {
		defer close(next)
		for i := range all {
			next <- i
		}
	}()
	var found []search.Found
	for i, done := range results {
		if watched(a.stderr) {
			fmt.Fprintf(a.stderr, "\r\x1b[K%d of %d mutants", i, len(all))
		}
		r := <-done
		if watched(a.stderr) {
			fmt.Fprint(a.stderr, "\r\x1b[K")
		}
		if r.err == errStopped {
			break
		}
		err = errors.Join(err, r.err)
		if found = append(found, r.found); r.err == nil {
			o.show(a, r.found)
		}
	}
	return found, err
}

// errStopped says that a search for a mutant has not come to its end.
var errStopped = errors.New("interrupted")

// one has a process search for one mutant. A process that dies, or does not end, has found it. The error is that of one
// which does not start, or errStopped.
func (o *searchFlags) one(exe, name string, stop <-chan struct{}) (search.Found, error) {
	if isClosed(stop) {
		return search.Found{}, errStopped
	}
	cmd := exec.Command(exe, "search", "--points", strconv.Itoa(o.points), "--seeds", strconv.FormatUint(o.seeds, 10))
	cmd.Env = append(os.Environ(), searchWorker+"="+name, "GOMAXPROCS=1", "GOGC=400")
	var out, printed strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &printed
	child.Lead(cmd)
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return search.Found{}, err
	}
	late := time.AfterFunc(o.limit, func() { _ = cmd.Process.Kill() })
	ended, killed := make(chan struct{}), make(chan bool)
	go func() {
		select {
		case <-stop:
			_ = cmd.Process.Kill()
			killed <- true
		case <-ended:
			killed <- false
		}
	}()
	err := cmd.Wait()
	close(ended)
	if <-killed {
		late.Stop()
		return search.Found{}, errStopped
	}
	f := search.Found{Mutant: name}
	bad := json.Unmarshal([]byte(out.String()), &f)
	switch {
	case bad == nil:
	case !late.Stop():
		f.By, f.Broken, f.Message = search.Process, sweep.NeverEnds, fmt.Sprintf("the search did not end within %v", o.limit)
	case err != nil && cmd.ProcessState.ExitCode() != exitSetup:
		first, _, _ := strings.Cut(strings.TrimSpace(printed.String()), "\n")
		f.By, f.Broken, f.Message = search.Process, sweep.Crashed, "the process died: "+first
	default:
		return f, fmt.Errorf("the search for %s: %s", name, strings.TrimSpace(printed.String()))
	}
	f.Took = time.Since(begin)
	return f, nil
}

// show writes what came of the search for one mutant.
func (o *searchFlags) show(a app, f search.Found) {
	if f.By == search.Nothing {
		fmt.Fprintf(a.stdout, "----      %-34s  %d runs, %.1fs\n", f.Mutant, f.Runs, f.Took.Seconds())
		return
	}
	fmt.Fprintf(a.stdout, "%-8s  %-34s  %-6s  %s breaks %s; %d runs, %.1fs\n", f.By, f.Mutant, f.Subject, f.Where, f.Broken, f.Runs, f.Took.Seconds())
}

// sum writes how many were found and returns the exit code.
func (o *searchFlags) sum(a app, all []search.Found) int {
	by := map[string]int{}
	for _, f := range all {
		by[f.By]++
	}
	found := len(all) - by[search.Nothing]
	fmt.Fprintf(a.stdout, "found by a workload %d, a sweep %d, a swarm %d, the end of a process %d\n",
		by[search.Workload], by[search.Sweep], by[search.Swarm], by[search.Process])
	fmt.Fprintf(a.stdout, "%d mutants, %d found, %d not found\n", len(all), found, by[search.Nothing])
	if found*100 < o.least*len(all) {
		return exitFailed
	}
	return exitOK
}
