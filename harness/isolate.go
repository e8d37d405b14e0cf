package harness

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/scenario"
)

// isolation plays the scenarios of one call of [Run] in worker processes: this test binary, started again for the
// test that calls Run. A worker plays one scenario at a time. One that ends, or may be the worse for what it has
// played, is replaced.
type isolation struct {
	p    Params
	call string // see callName
	test string // the test that calls Run

	mu       sync.Mutex
	idle     []*process
	coverage string // the directory of coverage data, or ""
	ending   sync.WaitGroup
	problems []string // of workers that ended badly without a scenario
}

// stepLimit is how long a step may take in a worker by the wall clock. It is for what the worker cannot tell by
// itself.
const stepLimit = 5 * time.Minute

func (p Params) isolate(t *testing.T, call string) *isolation {
	x := &isolation{p: p, call: call, test: t.Name()}
	if f := flag.Lookup("test.gocoverdir"); f != nil && testing.CoverMode() != "" {
		x.coverage = f.Value.String()
	}
	return x
}

// play plays a scenario in a worker. It returns what the subject has printed, too.
func (x *isolation) play(sc *scenario.Scenario) (res *judge.Result, printed string) {
	w, err := x.take()
	if err == nil {
		err = w.send(job{sc.Name, sc.File})
	}
	if err != nil {
		return x.result(sc, judge.SetupError, &judge.Failure{Message: fmt.Sprintf("no worker process plays it: %v; Params.InProcess does without", err)}), ""
	}
	failure := &judge.Failure{Pos: scenario.Pos{File: sc.File, Line: 1, Col: 1}}
	for {
		var r reply
		switch err := w.receive(&r, time.Now().Add(stepLimit)); {
		case errors.Is(err, os.ErrDeadlineExceeded):
			w.dump()
			failure.Message, failure.Stacks = fmt.Sprintf("the step has not ended within %v", stepLimit), w.printed.rest()
			return x.result(sc, judge.Fail, failure), ""
		case err != nil:
			w.end(afterExit)
			crashed(failure, w.printed.rest(), w.status(), x.p.memory())
			return x.result(sc, judge.Fail, failure), ""
		case r.Fatal != "":
			w.end(afterExit)
			failure.Message, failure.Stacks, failure.Printed = r.Fatal, r.Stacks, w.printed.rest()
			return x.result(sc, judge.Fail, failure), ""
		case r.Result == nil:
			failure.Pos, failure.Step = r.Pos, r.Step
			continue
		}
		res = r.Result
		res.Scenario = sc
		if r.Last {
			w.end(afterExit)
			return res, w.printed.rest()
		}
		printed = w.printed.upToMark()
		if r.Raced {
			raced(res, printed)
		}
		if r.Retire {
			x.retire(w, true)
		} else {
			x.mu.Lock()
			x.idle = append(x.idle, w)
			x.mu.Unlock()
		}
		return res, printed
	}
}

func (x *isolation) result(sc *scenario.Scenario, v judge.Verdict, f *judge.Failure) *judge.Result {
	return &judge.Result{Scenario: sc, Subject: x.p.name(), World: x.p.world(), Seed: x.p.Seed, Verdict: v, Failure: f}
}

// take returns a worker that plays nothing: one that has played before, or a new one.
func (x *isolation) take() (*process, error) {
	x.mu.Lock()
	if n := len(x.idle); n > 0 {
		defer x.mu.Unlock()
		w := x.idle[n-1]
		x.idle = x.idle[:n-1]
		return w, nil
	}
	x.mu.Unlock()
	return x.start()
}

// startLimit is how long a worker may take to come to its call of Run.
const startLimit = time.Minute

// start starts a worker and waits until it is ready.
func (x *isolation) start() (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{"-test.run=" + exactly(x.test), "-test.count=1", "-test.timeout=0"}
	if testing.Short() {
		args = append(args, "-test.short")
	}
	if x.coverage != "" {
		dir, err := os.MkdirTemp(x.coverage, "worker")
		if err != nil {
			return nil, err
		}
		args = append(args, "-test.gocoverdir="+dir)
	}
	cmd := exec.Command(self, append(args, ownArguments(os.Args[1:])...)...)
	cmd.Env = append(os.Environ(), workerEnv+"="+x.call)
	if limit := x.p.memory(); limit > 0 {
		cmd.Env = append(cmd.Env, fmt.Sprintf("GOMEMLIMIT=%d", limit/4*3))
	}
	w, err := startProcess(cmd)
	if err != nil {
		return nil, err
	}
	var r reply
	if err := w.receive(&r, time.Now().Add(startLimit)); err != nil || !r.Ready {
		w.end(0)
		return nil, fmt.Errorf("it has not come to its call of Run: %s\n%s", w.status(), w.printed.rest())
	}
	return w, nil
}

// retire ends a worker that plays no more. worse tells that what it has played may be why it ends badly.
func (x *isolation) retire(w *process, worse bool) {
	x.ending.Go(func() {
		w.end(endLimit)
		x.collect(w)
		if w.cmd.ProcessState.Success() || worse {
			return
		}
		x.mu.Lock()
		defer x.mu.Unlock()
		x.problems = append(x.problems, fmt.Sprintf("a worker process has ended outside of its scenarios: %s\n%s", w.status(), w.printed.rest()))
	})
}

// endLimit is how long a worker may take to end its test.
const endLimit = 10 * time.Second

// collect moves the coverage data of a worker to where the test looks for its own.
func (x *isolation) collect(w *process) {
	if x.coverage == "" {
		return
	}
	i := slices.IndexFunc(w.cmd.Args, func(a string) bool { return strings.HasPrefix(a, "-test.gocoverdir=") })
	dir := strings.TrimPrefix(w.cmd.Args[i], "-test.gocoverdir=")
	files, _ := filepath.Glob(filepath.Join(dir, "covcounters.*"))
	for _, file := range files {
		os.Rename(file, filepath.Join(x.coverage, filepath.Base(file)))
	}
	os.RemoveAll(dir)
}

// end ends the workers, and returns what went wrong with them.
func (x *isolation) end() []string {
	for _, w := range x.idle {
		x.retire(w, false)
	}
	x.ending.Wait()
	return x.problems
}

// exactly is the pattern of -run that selects one test.
func exactly(test string) string {
	var elements []string
	for e := range strings.SplitSeq(test, "/") {
		elements = append(elements, "^"+regexp.QuoteMeta(e)+"$")
	}
	return strings.Join(elements, "/")
}

// ownArguments returns the arguments of a test binary that are not for package testing.
func ownArguments(args []string) []string {
	var own []string
	for i := 0; i < len(args); i++ {
		name, ok := strings.CutPrefix(strings.TrimLeft(args[i], "-"), "test.")
		if !ok || !strings.HasPrefix(args[i], "-") {
			own = append(own, args[i])
			continue
		}
		f := flag.Lookup("test." + name)
		if f == nil {
			continue // with its value behind =
		}
		if b, ok := f.Value.(interface{ IsBoolFlag() bool }); !ok || !b.IsBoolFlag() {
			i++ // its value
		}
	}
	return own
}
