package play

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/monitor"
)

// A failure counts when the machine was in time, be it at the second try alone. Otherwise it is inconclusive, and
// says how late the machine was.
func TestSteadily(t *testing.T) {
	result := func(v, api judge.Verdict, late time.Duration) *judge.Result {
		res := &judge.Result{Verdict: v, API: api, APICounts: api == judge.Fail, Late: late}
		if v != judge.Pass {
			res.Failure = &judge.Failure{Message: "no PUBACK"}
		}
		if api == judge.Fail {
			res.APIFailures = []*judge.Failure{{Message: "no success"}}
		}
		return res
	}
	const soon, late = Tolerated, 340*time.Millisecond + 400*time.Microsecond
	waited := func(step string, late, d time.Duration) *judge.Result {
		res := result(judge.Fail, judge.Pass, late)
		res.Failure.Step, res.Waited = step, d
		return res
	}
	broken := func(f monitor.Finding) *judge.Result {
		res := result(judge.Fail, judge.Pass, late)
		res.Failure.Proven = []monitor.Finding{f}
		return res
	}
	lasting := func(res *judge.Result) *judge.Result {
		res.Failure.Lasting = true
		return res
	}
	counting := func(res *judge.Result) *judge.Result {
		res.API, res.APICounts = judge.Fail, true
		return res
	}
	certain := func(late time.Duration) *judge.Result {
		res := result(judge.Fail, judge.Pass, late)
		res.Certain = true
		return res
	}
	for _, tt := range []struct {
		name    string
		results []*judge.Result
		want    judge.Verdict
		message string
	}{
		{"it passes late", []*judge.Result{result(judge.Pass, judge.Pass, late)}, judge.Pass, ""},
		{"it fails in time", []*judge.Result{result(judge.Fail, judge.Pass, soon)}, judge.Fail, "no PUBACK"},
		{"it fails late, then passes", []*judge.Result{result(judge.Fail, judge.Pass, late), result(judge.Pass, judge.Pass, late)}, judge.Pass, ""},
		{"it fails late, then in time", []*judge.Result{result(judge.Fail, judge.Pass, late), result(judge.Fail, judge.Pass, soon)}, judge.Fail, "no PUBACK"},
		{"it fails late twice", []*judge.Result{result(judge.Fail, judge.Pass, late), result(judge.Fail, judge.Pass, late)}, judge.Inconclusive, "the machine stalled 340ms; no PUBACK"},
		{"its API fails late twice", []*judge.Result{result(judge.Pass, judge.Fail, late), result(judge.Pass, judge.Fail, late)}, judge.Inconclusive, "the machine stalled 340ms; no success"},
		{"its API fails late, and does not count", []*judge.Result{{Verdict: judge.Pass, API: judge.Fail, Late: late}}, judge.Pass, ""},
		{"it fails not so late after a long wait", []*judge.Result{waited("a", 240*time.Millisecond, 10*time.Second)}, judge.Fail, "no PUBACK"},
		{"it fails late after a long wait, and again", []*judge.Result{waited("a", late, 10*time.Second), waited("a", late, 10*time.Second)}, judge.Fail, "no PUBACK"},
		{"it fails late after a long wait, and then another step", []*judge.Result{waited("a", late, 10*time.Second), waited("b", late, 10*time.Second)},
			judge.Inconclusive, "the machine stalled 340ms; no PUBACK"},
		{"it fails late after a wait that is not so long, and again", []*judge.Result{waited("a", late, 3*time.Second), waited("a", late, 3*time.Second)},
			judge.Inconclusive, "the machine stalled 340ms; no PUBACK"},
		{"its packets prove it late", []*judge.Result{broken(monitor.Finding{ID: "MQTT-4.8.0-1"})}, judge.Fail, "no PUBACK"},
		{"another step fails late, then its packets prove it late", []*judge.Result{result(judge.Fail, judge.Pass, late), broken(monitor.Finding{ID: "MQTT-4.8.0-1"})},
			judge.Fail, "no PUBACK"},
		{"a step shows it late", []*judge.Result{lasting(result(judge.Fail, judge.Pass, late))}, judge.Fail, "no PUBACK"},
		{"the time proves it late", []*judge.Result{broken(monitor.Finding{ID: "MQTT-3.1.2-23", Timed: true}), result(judge.Pass, judge.Pass, late)}, judge.Pass, ""},
		{"its packets prove it late, and its API fails and counts", []*judge.Result{counting(broken(monitor.Finding{ID: "MQTT-4.8.0-1"})), result(judge.Pass, judge.Pass, late)},
			judge.Pass, ""},
		{"its packets differ late twice", []*judge.Result{{Verdict: judge.Pass, Late: late, Differs: "-a\n+b"}, {Verdict: judge.Pass, Late: late, Differs: "-a\n+b"}},
			judge.Inconclusive, "the machine stalled 340ms; its packets differ from those of another run"},
		{"its packets differ in time", []*judge.Result{{Verdict: judge.Pass, Late: soon, Differs: "-a\n+b"}}, judge.Pass, ""},
		{"it panics late", []*judge.Result{certain(late)}, judge.Fail, "no PUBACK"},
		{"it fails late, then panics", []*judge.Result{result(judge.Fail, judge.Pass, late), certain(late)}, judge.Fail, "no PUBACK"},
		{"it warns late, then passes", []*judge.Result{result(judge.Warn, judge.Pass, late), result(judge.Pass, judge.Pass, late)}, judge.Pass, ""},
		{"it warns in time", []*judge.Result{result(judge.Warn, judge.Pass, soon)}, judge.Warn, "no PUBACK"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			played := 0
			res := Steadily(func() *judge.Result {
				played++
				return tt.results[played-1]
			})
			message := ""
			if res.Failure != nil {
				message = res.Failure.Message
			}
			if res.Verdict != tt.want || message != tt.message || played != len(tt.results) {
				t.Errorf("%s: %s, played %d times; want %s: %s, %d times", res.Verdict, message, played, tt.want, tt.message, len(tt.results))
			}
			if res.Verdict == judge.Inconclusive && (res.API != "" || res.Failed()) {
				t.Errorf("API %s, failed: %t", res.API, res.Failed())
			}
		})
	}
}

// What is to be played again when no time is left is inconclusive.
func TestAgainTooLate(t *testing.T) {
	first := &judge.Result{Verdict: judge.Fail, Failure: &judge.Failure{Message: "no PUBACK"}, Late: time.Second}
	if res := Again(first, nil); res != first || res.Verdict != judge.Inconclusive || res.Failure.Message != "the machine stalled 1s; no PUBACK" {
		t.Errorf("%s: %v", res.Verdict, res.Failure)
	}
}

// What is played again is played alone.
func TestSteadilyAlone(t *testing.T) {
	var playing, most atomic.Int32
	var all sync.WaitGroup
	begun := make(chan bool, 8)
	for range 8 {
		all.Go(func() {
			again := false
			Steadily(func() *judge.Result {
				n := playing.Add(1)
				defer playing.Add(-1)
				if again {
					most.Store(max(most.Load(), n))
				} else if begun <- true; len(begun) < cap(begun) {
					for len(begun) < cap(begun) {
						time.Sleep(time.Millisecond)
					}
				}
				again = true
				return &judge.Result{Verdict: judge.Fail, Failure: &judge.Failure{}, Late: time.Second}
			})
		})
	}
	all.Wait()
	if most.Load() != 1 {
		t.Errorf("%d are played at a time, want 1", most.Load())
	}
}
