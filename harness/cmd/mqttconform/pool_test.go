package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

// someJobs returns n jobs, called 0 to n-1.
func someJobs(n int) []job {
	var jobs []job
	for i := range n {
		jobs = append(jobs, job{scenario: &scenario.Scenario{Name: fmt.Sprint(i)}, factory: subject.Factory{Name: "simple"}})
	}
	return jobs
}

// TestPoolOrder holds that results are shown in the order of the jobs, and each as soon as it may be.
func TestPoolOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		took := make([]time.Duration, 50)
		for i := range took {
			took[i] = time.Duration(rng.IntN(1000)) * time.Millisecond
		}
		start := time.Now()
		p := pool{workers: 50, timeout: time.Hour, play: func(j job) *judge.Result {
			var i int
			fmt.Sscan(j.scenario.Name, &i)
			time.Sleep(took[i])
			return &judge.Result{Scenario: j.scenario, Verdict: judge.Pass}
		}}
		var shown, want []string
		p.run(someJobs(50), nil, func(res *judge.Result) {
			i := len(shown)
			shown, want = append(shown, res.Scenario.Name), append(want, fmt.Sprint(i))
			if due := slices.Max(took[:i+1]); time.Since(start) != due {
				t.Errorf("%d was shown after %v, want %v", i, time.Since(start), due)
			}
		})
		if diff := cmp.Diff(want, shown); diff != "" || len(shown) != 50 {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestPoolStop holds that once it is stopped nothing begins, and that what has begun is shown.
func TestPoolStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		time.AfterFunc(2500*time.Millisecond, func() { close(stop) })
		p := pool{workers: 3, timeout: time.Hour, play: func(j job) *judge.Result {
			if isClosed(stop) {
				t.Errorf("%s began after the stop", j.scenario.Name)
			}
			time.Sleep(time.Second)
			return &judge.Result{Scenario: j.scenario}
		}}
		var shown []string
		p.run(someJobs(100), stop, func(res *judge.Result) { shown = append(shown, res.Scenario.Name) })
		if diff := cmp.Diff(strings.Fields("0 1 2 3 4 5 6 7 8"), shown); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestPoolNone holds that no jobs are no trouble, and neither is a stop before the beginning.
func TestPoolNone(t *testing.T) {
	stopped := make(chan struct{})
	close(stopped)
	p := pool{workers: 2, timeout: time.Hour, play: func(j job) *judge.Result { t.Error("played"); return nil }}
	p.run(nil, nil, func(*judge.Result) { t.Error("shown") })
	p.run(someJobs(9), stopped, func(*judge.Result) { t.Error("shown") })
}

// TestPoolTrouble holds that what goes wrong in the harness becomes a result.
func TestPoolTrouble(t *testing.T) {
	for _, tt := range []struct {
		name string
		play func(job) *judge.Result
		want string
		dump string
	}{
		{"a panic", func(job) *judge.Result { panic("boo") }, "the harness panicked: boo", ""},
		{"an exit", func(job) *judge.Result { runtime.Goexit(); return nil }, "the harness gave up without a result", ""},
		{"no result", func(job) *judge.Result { return nil }, "the harness gave up without a result", ""},
		{"no end", func(job) *judge.Result { time.Sleep(time.Hour); return nil }, "it did not end within 1m0s of the wall clock",
			"mqttconform: 0 with simple did not end within 1m0s; its goroutines are among these:\ngoroutine "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var dump bytes.Buffer
				p := pool{workers: 1, timeout: time.Minute, play: tt.play, world: scenario.Real, options: play.Options{Seed: 4}, dump: &dump}
				var got []*judge.Result
				p.run(someJobs(1), nil, func(res *judge.Result) { got = append(got, res) })
				if len(got) != 1 {
					t.Fatalf("%d results", len(got))
				}
				res := got[0]
				if res.Verdict != judge.SetupError || res.Subject != "simple" || res.World != scenario.Real || res.Seed != 4 {
					t.Errorf("got %+v", res)
				}
				if !strings.HasPrefix(res.Failure.Message, tt.want) {
					t.Errorf("message %q, want %q", res.Failure.Message, tt.want)
				}
				if !strings.HasPrefix(dump.String(), tt.dump) || (dump.Len() > 0) != (tt.dump != "") {
					t.Errorf("dump:\n%s", dump.String())
				}
				time.Sleep(time.Hour) // what was given up ends after all
			})
		})
	}
}

// TestPoolDoubt holds that a job whose result is in doubt is played again at the end, when all others have been played,
// and not at all once the pool is stopped.
func TestPoolDoubt(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			playing, played := 0, map[string]int{}
			stop := make(chan struct{})
			p := pool{workers: 3, timeout: time.Hour, doubt: true, play: func(j job) *judge.Result {
				mu.Lock()
				defer mu.Unlock()
				name := j.scenario.Name
				playing++
				if played[name]++; played[name] == 2 && (playing > 2 || len(played) < 9) {
					t.Errorf("%s is played again beside %d others, after %d first plays", name, playing-1, len(played))
				}
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				playing--
				res := &judge.Result{Scenario: j.scenario, Verdict: judge.Pass}
				if (name == "1" || name == "5") && played[name] == 1 {
					res.Verdict, res.Failure, res.Late = judge.Fail, &judge.Failure{Message: "late"}, time.Second
				}
				if stopped && name == "8" {
					close(stop)
				}
				return res
			}}
			got := ""
			p.run(someJobs(9), stop, func(res *judge.Result) { got += fmt.Sprintf("%s %s, ", res.Scenario.Name, res.Verdict) })
			want := "0 pass, 1 pass, 2 pass, 3 pass, 4 pass, 5 pass, 6 pass, 7 pass, 8 pass, "
			if stopped {
				want = strings.NewReplacer("1 pass", "1 inconclusive", "5 pass", "5 inconclusive").Replace(want)
			}
			if got != want {
				t.Errorf("stopped: %t: %s; want %s", stopped, got, want)
			}
		})
	}
}
