package play_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// A subject whose call does not end with its context is reported, and stops neither world.
func TestStuckSubject(t *testing.T) {
	t.Parallel()
	sc := parse(t, acts+"  - expect PUBLISH:\n")
	f := factory(func(f *fake) {
		f.publish = func(f *fake, _ subject.Message, done func(error)) {
			f.send(on("t"))
			done(nil)
			select {}
		}
	})
	for _, tt := range []struct {
		res  *judge.Result
		want string
	}{
		{play.Simulated(t, sc, f, play.Options{}), "did not end within 1h0m0s of the end of its context"},
		{play.Simulated(t, sc, f, play.Options{Grace: time.Minute}), "did not end within 1m0s of the end of its context"},
		{play.Real(sc, f, play.Options{Grace: 100 * time.Millisecond}), "did not end within 100ms of the end of its context"},
	} {
		if tt.res.Verdict != judge.Fail || !strings.Contains(tt.res.Failure.Message, tt.want) || !strings.Contains(tt.res.Failure.Stacks, "TestStuckSubject") {
			t.Errorf("%s: verdict %s, want fail, %s: %v", tt.res.World, tt.res.Verdict, tt.want, tt.res.Failure)
		}
	}
}

// A subject that leaves a goroutine running is reported, in both worlds.
func TestLeftGoroutine(t *testing.T) {
	t.Parallel()
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	f := factory(func(f *fake) {
		f.connect = func(f *fake) error {
			f.dial()
			left := forever
			if f.env.Addr == "" {
				left = make(chan struct{}) // a channel of the bubble
			}
			go func() { <-left }()
			return f.read(4)
		}
	})
	sc := parse(t, publishes)
	if res := play.Simulated(t, sc, f, play.Options{}); res.Verdict != judge.Fail || !strings.Contains(res.Failure.Message, "left goroutines behind") ||
		!strings.Contains(res.Failure.Stacks, "TestLeftGoroutine") || res.Capture == nil || len(res.Failure.Last) == 0 {
		t.Errorf("simulated: verdict %s, want fail: %v", res.Verdict, res.Failure)
	}
	if res := play.Real(sc, f, play.Options{}); res.Verdict != judge.Fail || !strings.Contains(res.Failure.Message, "left goroutines behind") ||
		!strings.Contains(res.Failure.Stacks, "TestLeftGoroutine") {
		t.Errorf("real: verdict %s, want fail: %v", res.Verdict, res.Failure)
	}
}

// A subject that is never made stops the simulated world, and the result says so.
func TestStuckInNew(t *testing.T) {
	sc := parse(t, publishes)
	f := factory(nil)
	f.New = func(subject.Env) (subject.Subject, error) { select {} }
	res := play.Simulated(t, sc, f, play.Options{Seed: 7})
	if res.Verdict != judge.Fail || !strings.Contains(res.Failure.Message, "the simulated world came to a stop: ") || !strings.Contains(res.Failure.Stacks, "TestStuckInNew") {
		t.Errorf("verdict %s, want fail: %v\n%s", res.Verdict, res.Failure, res.Failure.Stacks)
	}
	if res.Scenario != sc || res.Subject != "fake" || res.World != scenario.Simulated || res.Seed != 7 || res.Failure.Pos.String() != "test.yaml:1:1" {
		t.Errorf("the result is of %v with %s in the %s world, seed %d, at %v", res.Scenario.Name, res.Subject, res.World, res.Seed, res.Failure.Pos)
	}
}

// A subject that leaves a goroutine behind is told of what it did wrong before, too.
func TestLeftGoroutineAfterAFailure(t *testing.T) {
	leaves := func(*fake) { go func() { select {} }() }
	for _, tt := range []played{
		{"nothing else", acts + "  - expect PUBLISH:\n", does(leaves, on("a")), play.Options{}, judge.Fail, "test.yaml:1:1: the client left goroutines behind"},
		{"another packet", acts + "  - expect PINGREQ:\n", does(leaves, on("a")), play.Options{}, judge.Fail,
			"test.yaml:11:5: expect PINGREQ: the client sent PUBLISH instead of PINGREQ; then the client left goroutines behind"},
		{"another packet, where it is free", strings.Replace(acts, "level: must", "level: may", 1) + "  - expect PINGREQ:\n", does(leaves, on("a")), play.Options{}, judge.Fail, "; then the client left goroutines behind"},
	} {
		tt.run(t)
	}
	res := play.Simulated(t, parse(t, acts+"  - expect PUBLISH:\n"), factory(does(leaves, on("a"))), play.Options{})
	if res.Failure == nil || len(res.Failure.Last) != 3 {
		t.Errorf("the failure lacks the last packets: %+v", res.Failure)
	}
}

// A scenario that goes on and on is ended by its budget, and so is one whose subject and peer keep each
// other busy in hardly any virtual time.
func TestBudgets(t *testing.T) {
	t.Parallel()
	waits := parse(t, header+"  - client connect:\n  - expect CONNECT:\n  - send CONNACK: {code: 0}\n  - wait: 100h\n")
	res := play.Simulated(t, waits, factory(func(*fake) {}), play.Options{Budget: time.Hour})
	if res.Verdict != judge.SetupError || !strings.Contains(res.Failure.Message, "budget of 1h") {
		t.Errorf("verdict %s, want setup-error: %v", res.Verdict, res.Failure)
	}
	busy := parse(t, strings.Replace(publishes, "steps:", "allow: [PINGREQ]\nsteps:", 1))
	res = play.Simulated(t, busy, factory(func(f *fake) {
		f.publish = func(f *fake, _ subject.Message, _ func(error)) {
			for range 150_000 {
				f.send(&wire.Pingreq{})
				time.Sleep(time.Nanosecond) // hardly any virtual time
			}
		}
	}), play.Options{})
	if res.Verdict != judge.Fail || !strings.Contains(res.Failure.Message, "keep each other busy") {
		t.Errorf("verdict %s, want fail: %v", res.Verdict, res.Failure)
	}
}

// A subject that dials in a loop, and lets no time pass, fails its scenario and nothing else.
func TestDialsWithoutEnd(t *testing.T) {
	t.Parallel()
	f := factory(func(f *fake) {
		f.connect = func(f *fake) error {
			f.dial()
			for f.ctx.Err() == nil {
				f.env.Dial(f.ctx)
			}
			return f.ctx.Err()
		}
	})
	sc := parse(t, header+"  - client connect:\n  - expect CONNECT:\n  - fault down:\n  - wait: 10s\n")
	res := play.Simulated(t, sc, f, play.Options{Watchdog: 20 * time.Second})
	if res.Verdict != judge.Fail || !strings.Contains(res.Failure.Message, "dialled more than") {
		t.Errorf("verdict %s, want fail: %v", res.Verdict, res.Failure)
	}
}

// hanging are subjects that stop virtual time for good.
var hanging = []struct {
	name    string
	publish func()
	hung    bool // the caller wants the result
	want    []string
}{
	{"a mutex", lockTwice, false, []string{"test with fake: a goroutine waits for a mutex that nobody unlocks", "sync.(*Mutex).Lock", "play.(*runner)"}},
	{"a loop", func() {
		for os.Getpid() > 0 {
		}
	}, false, []string{"test with fake: it hangs: 300ms of wall time have passed", "TestWatchdog", "play.(*runner)"}},
	{"a mutex, for a caller", lockTwice, true, []string{"fail: test.yaml:1:1: a goroutine waits for a mutex that nobody unlocks", "record 1: conn 1 0.000 < CONNACK", "sync.(*Mutex).Lock"}},
}

func lockTwice() {
	var mu sync.Mutex
	mu.Lock()
	mu.Lock()
}

// The watchdog ends the process of a subject that hangs, and shows where everybody is.
func TestWatchdog(t *testing.T) {
	for _, tt := range hanging {
		if os.Getenv("PLAY_TEST_HANG") != tt.name {
			continue
		}
		o := play.Options{Watchdog: 300 * time.Millisecond}
		if tt.hung {
			o.Hung = func(res *judge.Result) {
				fmt.Printf("%s: %s", res.Verdict, res.Failure.Report())
				os.Exit(1)
			}
		}
		play.Simulated(t, parse(t, publishes), factory(func(f *fake) {
			f.publish = func(*fake, subject.Message, func(error)) { tt.publish() }
		}), o)
		return
	}
	for _, tt := range hanging {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestWatchdog$")
			cmd.Env = append(os.Environ(), "PLAY_TEST_HANG="+tt.name)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatalf("the process ended well:\n%s", out)
			}
			for _, want := range tt.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("the output lacks %q:\n%.3000s", want, out)
				}
			}
		})
	}
}
