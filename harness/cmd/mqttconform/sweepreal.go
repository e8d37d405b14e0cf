package main

import (
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"umqtt/harness/sweep"
)

// real sweeps a client that is a program of its own: a few points of each workload, in the real world.
func (o *sweepFlags) real(a app, files []string) (int, error) {
	switch {
	case len(o.client.command) == 0:
		return 0, usagef("there is no command behind --")
	case len(o.subjects) > 0 || o.mutant != "":
		return 0, usagef("--subject and --mutant are for the built-in subjects")
	case o.state != "" || o.shard.count > 0:
		return 0, usagef("--state and --shard are for the simulated world")
	case o.points < 1:
		return 0, usagef("--points %d: it must be positive", o.points)
	}
	workloads, err := o.chosenWorkloads(files)
	if err != nil {
		return 0, err
	}
	if _, err := o.client.open(nil); err != nil {
		return 0, err
	}
	var plans []sweep.Plan
	for _, w := range workloads {
		if p, err := sweep.NewPlan(w, o.client.program.Factory()); err == nil {
			plans = append(plans, p)
		}
	}
	if len(plans) == 0 {
		return 0, &nothingError{"the client lacks the features of every workload"}
	}
	return a.host(func(t *testing.T) int { return o.sweepReal(a, t, plans) }), nil
}

// sweepReal plays the points, several at once, and shows what came of them.
func (o *sweepFlags) sweepReal(a app, t *testing.T, plans []sweep.Plan) int {
	begin := time.Now()
	enumerated, played, failed := 0, 0, 0
	for _, p := range plans {
		if o.point != "" {
			point, err := sweep.ParsePoint(o.point)
			if err != nil {
				return a.fail("sweep", usagef("--point: %v", err))
			}
			enumerated, played = enumerated+1, played+1
			failed += o.showReal(a, p, p.Run(t, point))
			continue
		}
		points, err := p.Points(t, sweep.Options{Strong: true, Coarse: o.points})
		if err != nil {
			failed++
			fmt.Fprintf(a.stdout, "FAIL  %s\n", printable(err))
			continue
		}
		enumerated += len(points)
		runs := make([]*sweep.Run, len(points))
		next := make(chan int)
		var wg sync.WaitGroup
		for range 4 * runtime.NumCPU() {
			wg.Go(func() {
				for i := range next {
					r := p.Run(t, points[i])
					runs[i] = &r
				}
			})
		}
		for i := range points {
			if o.limit > 0 && time.Since(begin) > o.limit {
				break
			}
			next <- i
		}
		close(next)
		wg.Wait()
		for _, r := range runs {
			if r != nil {
				played++
				failed += o.showReal(a, p, *r)
			}
		}
	}
	fmt.Fprintf(a.stdout, "%.1f runs a second\n", float64(played)/time.Since(begin).Seconds())
	fmt.Fprintf(a.stdout, "%d points enumerated, %d played, %d failed\n", enumerated, played, failed)
	if failed > 0 {
		return exitFailed
	}
	return exitOK
}

// showReal shows a run that failed, or that the broker got wrong, and returns 1 for the first.
func (o *sweepFlags) showReal(a app, p sweep.Plan, r sweep.Run) int {
	for _, peer := range r.Peer {
		fmt.Fprintf(a.stdout, "PEER  %s under %v\n  %s\n", p.Workload.Name, r.Point, printable(fmt.Errorf("%s", peer)))
	}
	if r.Broken == "" {
		return 0
	}
	fmt.Fprintf(a.stdout, "FAIL  %s with %s under %v\n  %s\n", p.Workload.Name, p.Subject.Name, r.Point, printable(fmt.Errorf("%s", r.Message)))
	if o.out != "" {
		file := filepath.Join(o.out, fileName(p.Subject.Name, p.Workload.Name, r.Broken, r.Point.String())+".yaml")
		if err := putFile(file, sweep.File(p.Scenario(r.Point), p.Subject.Name, r)); err != nil {
			fmt.Fprintf(a.stderr, "mqttconform: %v\n", err)
			return 1
		}
		fmt.Fprintf(a.stdout, "  scenario: %s\n", file)
	}
	return 1
}
