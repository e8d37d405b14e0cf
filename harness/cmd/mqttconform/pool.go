package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

// A job is one scenario with one subject.
type job struct {
	scenario *scenario.Scenario
	factory  subject.Factory
	unfit    string // why it is not played although the features would do; or ""
}

// unsupported is the result of a job that is not played.
func (j job) unsupported(w scenario.World) *judge.Result {
	return &judge.Result{Scenario: j.scenario, Subject: j.factory.Name, World: w, Verdict: judge.Unsupported, Failure: &judge.Failure{Message: j.unfit}}
}

// A pool plays jobs, several at once, and shows the results in the order of the jobs.
type pool struct {
	workers int
	timeout time.Duration // of one play, by the wall clock
	play    func(job) *judge.Result
	doubt   bool                    // a doubtful result is not the last word: the job is played again at the end
	takes   func(job) time.Duration // roughly, of those that are begun first; nil: they are begun in their order
	world   scenario.World
	options play.Options
	dump    io.Writer // gets a dump of the goroutines when a play does not end, the first time

	dumpOnce sync.Once
}

// fewWorkers is how many jobs for each processor are played at once the second time. They wait far more than they
// work, so that none makes another one late.
const fewWorkers = 8

// run plays the jobs, and at the end once more, few at a time, those whose results are in doubt. Once stop is closed it
// begins no more of them, and returns when those that it began have ended. It calls show in the caller's goroutine with
// each result as soon as all before it are known, and at last with those behind one that was not begun.
func (p *pool) run(jobs []job, stop <-chan struct{}, show func(*judge.Result)) {
	type numbered struct {
		i   int
		res *judge.Result
	}
	next := make(chan int)
	results := make(chan numbered)
	go func() {
		defer close(next)
		for _, i := range p.order(jobs) {
			if isClosed(stop) {
				return
			}
			select {
			case next <- i:
			case <-stop:
				return
			}
		}
	}()
	var workers sync.WaitGroup
	var mu sync.Mutex
	var doubtful []numbered
	for range min(p.workers, len(jobs)) {
		workers.Go(func() {
			for i := range next {
				n := numbered{i, p.bounded(jobs[i])}
				if !p.doubt || !play.Doubtful(n.res) {
					results <- n
					continue
				}
				mu.Lock()
				doubtful = append(doubtful, n)
				mu.Unlock()
			}
		})
	}
	go func() {
		defer close(results)
		workers.Wait()
		again := make(chan numbered)
		for range min(p.workers, fewWorkers*runtime.GOMAXPROCS(0)) {
			workers.Go(func() {
				for n := range again {
					once := func() *judge.Result { return p.bounded(jobs[n.i]) }
					if isClosed(stop) {
						once = nil
					}
					results <- numbered{n.i, play.Again(n.res, once)}
				}
			})
		}
		for _, n := range doubtful {
			again <- n
		}
		close(again)
		workers.Wait()
	}()
	known := map[int]*judge.Result{}
	shown := 0
	for n := range results {
		for known[n.i] = n.res; known[shown] != nil; shown++ {
			show(known[shown])
			delete(known, shown)
		}
	}
	for _, i := range slices.Sorted(maps.Keys(known)) {
		show(known[i])
	}
}

// order returns the numbers of the jobs in the order in which they are begun. What takes long is begun first: the run
// would wait for it at the end.
func (p *pool) order(jobs []job) []int {
	order := make([]int, len(jobs))
	for i := range order {
		order[i] = i
	}
	if p.takes != nil && p.workers > 1 {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p.takes(jobs[b]), p.takes(jobs[a])) })
	}
	return order
}

// bounded plays a job and gives it up when it takes too long: a subject that hangs in a mutex hangs
// its bubble, and nothing inside can tell.
func (p *pool) bounded(j job) *judge.Result {
	done := make(chan *judge.Result, 1)
	go func() {
		res := p.setupError(j, "the harness gave up without a result")
		defer func() {
			if v := recover(); v != nil {
				res = p.setupError(j, fmt.Sprintf("the harness panicked: %v", v))
				res.Failure.Stacks = string(debug.Stack())
			}
			done <- res
		}()
		if r := p.play(j); r != nil {
			res = r
		}
	}()
	timer := time.NewTimer(p.timeout)
	defer timer.Stop()
	select {
	case res := <-done:
		return res
	case <-timer.C:
	}
	p.dumpOnce.Do(func() {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		fmt.Fprintf(p.dump, "mqttconform: %s with %s did not end within %v; its goroutines are among these:\n%s\n", j.scenario.Name, j.factory.Name, p.timeout, firstLines(string(stacks), maxDump))
	})
	return p.setupError(j, fmt.Sprintf("it did not end within %v of the wall clock", p.timeout))
}

// maxDump is how many lines a dump of goroutines has.
const maxDump = 200

// firstLines returns the first n lines of a text, and says how many are left out.
func firstLines(text string, n int) string {
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) <= n {
		return text
	}
	return fmt.Sprintf("%s… (%d lines)", strings.Join(lines[:n], ""), len(lines))
}

func (p *pool) setupError(j job, message string) *judge.Result {
	return &judge.Result{Scenario: j.scenario, Subject: j.factory.Name, World: p.world, Seed: p.options.Seed,
		Verdict: judge.SetupError, Failure: &judge.Failure{Message: message, Covers: j.scenario.Covers}}
}

// inBubble plays a job in the simulated world, as a subtest: several can be played at once, and one
// that fails its test does not end the others.
func inBubble(t *testing.T, j job, o play.Options) (res *judge.Result) {
	t.Run(j.factory.Name+"/"+j.scenario.Name, func(t *testing.T) { res = play.Simulated(t, j.scenario, j.factory, o) })
	return res
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
