package main

import (
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/sweep"
)

// real sweeps a client that is a program of its own: a few points of each workload, in the real world.
func (o *sweepFlags) real(a app, files []string) (int, error) {
	switch {
	case len(o.client.command) == 0:
		return 0, usagef("there is no command after --")
	case len(o.subjects) > 0 || o.mutant != "":
		return 0, usagef("--subject and --mutant are for the built-in subjects")
	case o.points < 1:
		return 0, usagef("--points %d: it must be positive", o.points)
	}
	require := judge.Require(o.require...)
	if err := require.Check(nil); err != nil {
		return 0, usagef("--require: %v", err)
	}
	if err := checkMisdeed(o.misdeed); err != nil {
		return 0, err
	}
	point, err := sweep.ParsePoint(o.point)
	if o.point != "" && err != nil {
		return 0, usagef("--point: %v", err)
	}
	workloads, err := o.chosenWorkloads(files)
	if err != nil {
		return 0, err
	}
	if _, err := o.client.open(nil); err != nil {
		return 0, err
	}
	r := &realSweep{sweepFlags: o, app: a, files: files, sum: &sweep.Summary{Known: map[string]int{}}}
	for _, w := range workloads {
		if p, err := sweep.NewPlan(w, o.client.program.Factory()); err == nil {
			p.Require, p.Misdeed = require, o.misdeed
			r.plans = append(r.plans, sweep.Pair{Plan: p})
		}
	}
	if len(r.plans) == 0 {
		return 0, &nothingError{"the client lacks the features of every workload"}
	}
	if o.point != "" {
		return a.host(func(t *testing.T) int { return r.one(t, point) }), nil
	}
	if r.part, err = o.shard.orEnvironment(os.Getenv); err != nil {
		return 0, err
	}
	if r.state, err = openState(o.state, "mqttconform sweep of "+r.command()); err != nil {
		return 0, err
	}
	defer r.state.close()
	return a.host(r.run), nil
}

// A realSweep is the work on the sweep of a client that is a program of its own.
type realSweep struct {
	*sweepFlags
	app
	files []string
	plans []sweep.Pair
	part  shard
	state *sweepState

	mu     sync.Mutex
	sum    *sweep.Summary
	places sweep.Digest // of all points that were enumerated, those of other parts included
}

// command is the command of the client, as a shell takes it.
func (r *realSweep) command() string {
	var words []string
	for _, w := range r.client.command {
		words = append(words, quoted(w))
	}
	return strings.Join(words, " ")
}

// one plays one point of each workload.
func (r *realSweep) one(t *testing.T, point sweep.Point) int {
	failed := 0
	for _, p := range r.plans {
		failed += r.show(p.Plan, p.Run(t, point))
	}
	fmt.Fprintf(r.stdout, "%d points enumerated, %d played, %d failed\n", len(r.plans), len(r.plans), failed)
	if failed > 0 {
		return exitFailed
	}
	return exitOK
}

// run plays the points, several at once, and shows what came of them.
func (r *realSweep) run(t *testing.T) int {
	stop, release := interruptible(r.stderr, "the points that have begun")
	defer release()
	ticks := newTicks(r.stderr, r.progress)
	begin := time.Now()
	failed, played := 0, 0
	over := func() bool { return isClosed(stop) || r.limit > 0 && time.Since(begin) > r.limit }
	for i, p := range r.plans {
		if isClosed(stop) {
			break
		}
		points, err := p.Points(t, sweep.Options{Strong: true, Coarse: r.sweepFlags.points})
		if err != nil {
			r.sum.Errors = append(r.sum.Errors, err.Error())
			fmt.Fprintf(r.stdout, "FAIL  %s\n", printable(err))
			continue
		}
		for _, run := range r.play(t, i, r.mine(i, points), over, func() {
			played++
			ticks.say("%d points played", played)
		}) {
			if run != nil {
				r.note(i, *run)
				failed += r.show(p.Plan, *run)
			}
		}
	}
	ticks.hide()
	interrupted := isClosed(stop)
	d := r.document(r.app, r.plans, r.files, r.sum, r.part)
	d.What = whatSearched("command ", r.command(), ", workloads ", r.workloads, ", points ", r.sweepFlags.points, ", files ", r.files)
	d.Places, d.Interrupted = r.places.String(), interrupted
	if err := d.write(r.json); err != nil {
		return r.fail("sweep", &setupError{err})
	}
	if r.state.err != nil {
		return r.fail("sweep", &setupError{r.state.err})
	}
	if r.sum.Resumed > 0 {
		fmt.Fprintf(r.stdout, "%d points were played before\n", r.sum.Resumed)
	}
	fmt.Fprintf(r.stdout, "%.1f runs a second; hash %s\n", float64(r.sum.Played)/time.Since(begin).Seconds(), r.sum.Hash)
	fmt.Fprintf(r.stdout, "%d points enumerated, %d played, %d failed\n", r.sum.Enumerated, r.sum.Played+r.sum.Resumed, failed)
	switch {
	case interrupted:
		r.goOn(r.app)
		return exitInterrupted
	case failed > 0 || len(r.sum.Errors) > 0:
		return exitFailed
	}
	return exitOK
}

// mine returns the points of a plan that are to be played: those of this part that the state does not have. Which part a
// point is in depends on nothing but the point, since another process may enumerate others.
func (r *realSweep) mine(plan int, all []sweep.Point) (points []sweep.Point) {
	name := planName(r.plans[plan])
	for _, p := range all {
		r.places.Add(name, p.String())
		h := fnv.New32a()
		fmt.Fprint(h, name, "\t", p)
		if r.part.count > 0 && int(h.Sum32()%uint32(r.part.count)) != r.part.index {
			continue
		}
		r.sum.Enumerated++
		if r.state.has(name, p.String()) {
			r.sum.Resumed++
			r.sum.Hash.Add(name+"\t"+p.String(), "")
			continue
		}
		points = append(points, p)
	}
	return points
}

// play plays points of a plan until it is over. A run that was not begun is nil. It calls done behind each run, one at
// a time.
func (r *realSweep) play(t *testing.T, plan int, points []sweep.Point, over func() bool, done func()) []*sweep.Run {
	runs := make([]*sweep.Run, len(points))
	next := make(chan int)
	var wg sync.WaitGroup
	for range 4 * runtime.NumCPU() {
		wg.Go(func() {
			for i := range next {
				run := r.plans[plan].Run(t, points[i])
				r.took(plan, run)
				runs[i] = &run
				r.mu.Lock()
				done()
				r.mu.Unlock()
			}
		})
	}
	for i := range points {
		if over() {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return runs
}

// took notes a run. Its trace is another one each time in the real world: the hash is of what came of it.
func (r *realSweep) took(plan int, run sweep.Run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := planName(r.plans[plan])
	r.sum.Played++
	r.sum.Hash.Add(name+"\t"+run.Point.String(), run.Broken)
	for _, k := range run.Known {
		r.sum.Known[k]++
	}
	if run.Broken == "" {
		r.state.add(name, run.Point.String())
	}
}

// note adds what is wrong with a run to what is known of its kind.
func (r *realSweep) note(plan int, run sweep.Run) {
	add := func(list *[]sweep.Failure, kind sweep.Run) {
		i := slices.IndexFunc(*list, func(f sweep.Failure) bool { return f.Plan == plan && f.Run.Broken == kind.Broken })
		if i >= 0 {
			(*list)[i].Also++
			return
		}
		*list = append(*list, sweep.Failure{Plan: plan, Run: kind})
	}
	for _, text := range run.Peer {
		kind := run
		kind.Broken, kind.Message = "peer "+sweep.PeerRule(text), text
		add(&r.sum.Peer, kind)
	}
	if run.Broken != "" {
		add(&r.sum.Failures, run)
	}
}

// show shows a run that failed, or that the broker got wrong, and returns 1 for the first.
func (r *realSweep) show(p sweep.Plan, run sweep.Run) int {
	for _, peer := range run.Peer {
		fmt.Fprintf(r.stdout, "PEER  %s under %v\n  %s\n", p.Workload.Name, run.Point, printable(fmt.Errorf("%s", peer)))
	}
	if len(run.Peer) > 0 {
		name := fileName(p.Subject.Name, p.Workload.Name, "peer", sweep.PeerRule(run.Peer[0]), run.Point.String())
		if err := writePeer(r.stdout, r.out, name, run); err != nil {
			fmt.Fprintf(r.stderr, "mqttconform: %v\n", err)
		}
	}
	for _, policy := range run.Policies {
		fmt.Fprintf(r.stdout, "INFO  %s under %v\n  %s\n", p.Workload.Name, run.Point, printable(fmt.Errorf("%s", policy)))
	}
	if run.Broken == "" {
		return 0
	}
	fmt.Fprintf(r.stdout, "FAIL  %s with %s under %v\n  %s\n", p.Workload.Name, p.Subject.Name, run.Point, printable(fmt.Errorf("%s", run.Message)))
	if r.out != "" {
		file := filepath.Join(r.out, fileName(p.Subject.Name, p.Workload.Name, run.Broken, run.Point.String())+".yaml")
		if err := putFile(file, sweep.File(p.Scenario(run.Point), p.Subject.Name, run)); err != nil {
			fmt.Fprintf(r.stderr, "mqttconform: %v\n", err)
			return 1
		}
		fmt.Fprintf(r.stdout, "  scenario: %s\n", file)
	}
	return 1
}
