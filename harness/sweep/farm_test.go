package sweep_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/subject"
	"umqtt/harness/sweep"
)

// bomber brings its process down when a publish fails.
type bomber struct{ subject.Subject }

func (s bomber) Publish(ctx context.Context, m subject.Message, done func(error)) {
	s.Subject.Publish(ctx, m, func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, "a process goes down, as it should")
			os.Exit(7)
		}
		done(err)
	})
}

func (s bomber) Idle(ctx context.Context) error { return s.Subject.(subject.Idler).Idle(ctx) }

// farmed are the plans of the tests of a farm, which parent and workers make alike.
func farmed(t *testing.T) []sweep.Pair {
	bomb := subject.Simple()
	inner := bomb.New
	bomb.Name = "bomber"
	bomb.New = func(env subject.Env) (subject.Subject, error) {
		s, err := inner(env)
		return bomber{s}, err
	}
	return []sweep.Pair{{Plan: plan(t, "publish", subject.Robust())}, {Plan: plan(t, "publish", bomb)}}
}

// TestWorkerProcess is no test: it is what the worker processes of the others run.
func TestWorkerProcess(t *testing.T) {
	if os.Getenv("UMQTT_SWEEP_WORKER") == "" {
		t.Skip("for worker processes")
	}
	if err := sweep.Serve(t, farmed(t), os.Stdin, os.Stdout); err != nil {
		t.Fatal(err)
	}
	os.Exit(0)
}

func farm(t *testing.T, plans []sweep.Pair) *sweep.Farm {
	return &sweep.Farm{
		Plans: plans, Workers: 2, Options: sweep.Options{Strong: true},
		Command: func() *exec.Cmd {
			cmd := exec.Command(os.Args[0], "-test.run=^TestWorkerProcess$")
			cmd.Env = append(os.Environ(), "UMQTT_SWEEP_WORKER=1", "GOMAXPROCS=1")
			return cmd
		},
	}
}

// A farm plays every point once, whoever plays it, and the shards together are the whole.
func TestFarm(t *testing.T) {
	plans := farmed(t)[:1]
	played := map[string]int{}
	var hashes []string
	for _, workers := range []int{1, 2} {
		f := farm(t, plans)
		f.Workers = workers
		f.Played = func(_ int, r sweep.Run) { played[r.Point.String()]++ }
		sum, err := f.Sweep()
		if err != nil {
			t.Fatal(err)
		}
		if sum.Played != sum.Enumerated || len(sum.Failures) > 0 || sum.Unstruck > 0 {
			t.Errorf("of %d points %d were played, %d without a strike, and %v failed", sum.Enumerated, sum.Played, sum.Unstruck, sum.Failures)
		}
		hashes = append(hashes, sum.Hash.String())
	}
	if hashes[0] != hashes[1] {
		t.Errorf("the traces are %s with one worker and %s with two", hashes[0], hashes[1])
	}
	for pt, n := range played {
		if n != 2 {
			t.Errorf("%s was played %d times in two sweeps", pt, n)
		}
	}
	shards := map[string]int{}
	for i := range 3 {
		f := farm(t, plans)
		f.Shard, f.Shards = i, 3
		f.Played = func(_ int, r sweep.Run) { shards[r.Point.String()]++ }
		if _, err := f.Sweep(); err != nil {
			t.Fatal(err)
		}
	}
	for pt := range played {
		played[pt] = 1
	}
	if diff := cmp.Diff(played, shards); diff != "" {
		t.Errorf("the shards do not make the whole (-want +got):\n%s", diff)
	}
	f := farm(t, plans)
	f.Skip = func(_ int, point string) bool { return point != "none" }
	sum, err := f.Sweep()
	if err != nil || sum.Played != 1 || sum.Resumed != sum.Enumerated-1 {
		t.Errorf("a sweep that resumes has played %d of %d points, %v", sum.Played, sum.Enumerated, err)
	}
}

// A client that brings its process down fails that point, and the others are played.
func TestFarmLosesAProcess(t *testing.T) {
	plans := farmed(t)
	f := farm(t, plans)
	f.Skip = func(plan int, point string) bool {
		return plan == 0 || !slices.Contains([]string{"none", "code<1^01", "stall>2@0", "cut-rst>2@13"}, point)
	}
	var played []string
	f.Played = func(_ int, r sweep.Run) { played = append(played, r.Point.String()+" "+r.Broken) }
	f.Workers = 1
	sum, err := f.Sweep()
	if err != nil {
		t.Fatal(err)
	}
	if len(sum.Failures) != 1 || sum.Failures[0].Run.Broken != sweep.Crashed || !strings.Contains(sum.Failures[0].Run.Message, "exit status 7") {
		t.Errorf("the failures are %+v", sum.Failures)
	}
	if len(played) != 4 {
		t.Errorf("played were %q", played)
	}
}

// A farm whose workers cannot be started says so.
func TestFarmWithoutWorkers(t *testing.T) {
	f := farm(t, farmed(t)[:1])
	f.Command = func() *exec.Cmd { return exec.Command("/nowhere/at/all") }
	if _, err := f.Sweep(); err == nil {
		t.Error("no error")
	}
}

// A point gives one trace: again and again, and on one processor.
func TestDeterminism(t *testing.T) {
	for _, f := range subject.Builtin() {
		for _, seed := range []uint64{0, 3} {
			p := plan(t, "outages", f)
			p.Seed = seed
			points, err := p.Points(t, sweep.Options{Pairs: 20})
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(points); i += 83 {
				want := p.Run(t, points[i]).Trace
				again := p.Run(t, points[i]).Trace
				before := runtime.GOMAXPROCS(1)
				alone := p.Run(t, points[i]).Trace
				runtime.GOMAXPROCS(before)
				if want != again || want != alone || want == "" {
					t.Errorf("%s, seed %d, %v: traces %.8s, %.8s, and %.8s on one processor", f.Name, seed, points[i], want, again, alone)
				}
			}
		}
	}
}
