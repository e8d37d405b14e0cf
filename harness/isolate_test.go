package harness_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"umqtt/harness"
	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// rogue is a subject like mute that does something else where its client identifier is "bad".
type rogue struct {
	mute
	act func(env harness.Env)
}

func (r rogue) Connect(ctx context.Context, o harness.Options) (bool, error) {
	if o.ClientID == "bad" {
		r.act(r.env)
	}
	return r.mute.Connect(ctx, o)
}

// rogues returns the parameters of a run of a rogue: the scenario connect/bad and three others.
func rogues(act func(env harness.Env), change ...func(*harness.Params)) harness.Params {
	bad := strings.Replace(ends, "steps:", "client: {client_id: bad}\nsteps:", 1)
	good := func(id string) string {
		return strings.Replace(ends, "steps:", "client: {client_id: "+id+"}\nsteps:", 1)
	}
	p := harness.Params{
		Name:      "rogue",
		New:       func(env harness.Env) (harness.Subject, error) { return rogue{mute{env}, act}, nil },
		Scenarios: suite("connect/a.yaml", good("a"), "connect/bad.yaml", bad, "connect/b.yaml", good("b"), "will/c.yaml", good("c")),
	}
	for _, f := range change {
		f(&p)
	}
	return p
}

func inReal(p *harness.Params) { p.World = scenario.Real }

// endsSoon lets the bad scenario wait for the end of its connection for no longer than a second.
func endsSoon(p *harness.Params) {
	files := p.Scenarios.(fstest.MapFS)
	text := string(files["connect/bad.yaml"].Data)
	files["connect/bad.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(text, "expect close:\n", "expect close:\n    within: 1s\n", 1))}
}

// aMoment lets what an act has started run.
func aMoment() { time.Sleep(time.Second) }

var keep any // what an act wants to keep

// overflow runs out of stack unless n is negative.
func overflow(n int) int {
	if n < 0 {
		return 0
	}
	return overflow(n+1) + 1
}

// isolated are subjects that end their process, or take it for themselves.
var isolated = []struct {
	name   string
	params harness.Params
	passes bool     // the scenario with the rogue
	want   []string // patterns
}{
	{"a panic in a goroutine", rogues(func(harness.Env) {
		go func() { panic("boom") }()
		aMoment()
	}), false, []string{`fail\n`, `connect/bad.yaml:8:5: client connect: the client ended the process: panic: boom\n`, `goroutines:\n +panic: boom`, `isolate_test.go`}},
	{"a panic in a goroutine over TCP", rogues(func(harness.Env) {
		go func() { panic("boom") }()
		aMoment()
	}, inReal), false, []string{`connect/bad.yaml:(8|9):5: (client connect|expect close): the client ended the process: panic: boom\n`}},
	{"an exit", rogues(func(harness.Env) {
		fmt.Println("last words")
		os.Exit(3)
	}), false, []string{`client connect: the client ended the process: exit status 3\n`, `printed:\n +last words\n`}},
	{"one that prints and fails", rogues(func(env harness.Env) {
		fmt.Fprintln(os.Stderr, "a hint")
		env.Dial(context.Background())
	}), false, []string{`expect close: the client did not close the connection within 10s\n(?s:.*)printed:\n +a hint\n`}},
	{"an exit that looks well", rogues(func(harness.Env) { os.Exit(0) }), false, []string{`the client ended the process: exit status 0\n`}},
	{"a mutex", rogues(func(harness.Env) {
		var mu sync.Mutex
		mu.Lock()
		mu.Lock()
	}), false, []string{`a goroutine waits for a mutex that nobody unlocks`, `sync.\(\*Mutex\).Lock`}},
	{"a mutex over TCP", rogues(func(harness.Env) {
		var mu sync.Mutex
		mu.Lock()
		mu.Lock()
	}, inReal, endsSoon), false, []string{`expect close: the client did not close the connection`, `sync.\(\*Mutex\).Lock`}},
	{"an endless recursion", rogues(func(harness.Env) { keep = overflow(0) }), false, []string{`the client ended the process: fatal error: stack overflow\n`, `goroutine stack exceeds`, `overflow`}},
	{"a concurrent map", rogues(func(harness.Env) {
		m := map[int]int{}
		for range 4 {
			go func() {
				for i := range 10_000_000 {
					m[i] = i
				}
			}()
		}
		aMoment()
	}), false, []string{`the client ended the process: (fatal error: concurrent map|panic: )|data race`}},
	{"a memory hog", rogues(func(harness.Env) {
		var all [][]byte
		for range 10_000 {
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = 1
			}
			all = append(all, b)
			keep = all
		}
	}), false, []string{`the client takes more than 256 MB of memory`}},
	{"one that prints without end", rogues(func(harness.Env) {
		line := strings.Repeat("x", 1000)
		for range 100_000 {
			fmt.Println(line)
		}
	}), true, []string{`printed:\n +x+\n`}},
	{"one that prints without end and then exits", rogues(func(harness.Env) {
		line := strings.Repeat("x", 1000)
		for range 10_000 {
			fmt.Println(line)
		}
		os.Exit(3)
	}), false, []string{`exit status 3`, `printed:\n +x`, `… \(\d+ lines\)`}},
	{"one that calls back without end", rogues(func(env harness.Env) {
		for {
			env.OnMessage(harness.Message{Topic: "t", Payload: "x"})
		}
	}), false, []string{`the client calls back without end: more than 100000 messages, or 16777216 bytes of them`}},
	{"one that sends without end", rogues(func(env harness.Env) {
		conn, _ := env.Dial(context.Background())
		packet := (&wire.Publish{Topic: "t", Payload: make([]byte, 1000)}).Append(nil)
		for {
			if _, err := conn.Write(packet); err != nil {
				return
			}
		}
	}), false, []string{`the subject sends without end: more than 16777216 bytes without letting time pass`, `record 0: conn 1 0.000 > PUBLISH`, `record 8: conn 1 0.000 \* \d+ more packets and events, \d+ bytes`}},
	{"a data race", rogues(func(harness.Env) {
		n := 0
		go func() { n++ }()
		n++
		aMoment()
	}), !harness.RaceEnabled, map[bool][]string{true: {`the race detector has found a data race`, `WARNING: DATA RACE`, `isolate_test.go`}}[harness.RaceEnabled]},
	{"known to crash", rogues(func(harness.Env) {
		go func() { panic("boom") }()
		aMoment()
	}, func(p *harness.Params) { p.KnownFailing = []string{"connect/bad"} }), true, []string{`known failing: connect/bad.yaml:8:5: client connect: the client ended the process: panic: boom`, `3 pass, 1 known-fail`}},
}

// again runs the calling test in a process of its own, for the case of this name.
func again(t *testing.T, name string, args ...string) (out string, ok bool) {
	t.Helper()
	test, _, _ := strings.Cut(t.Name(), "/")
	cmd := exec.Command(os.Args[0], append([]string{"-test.run=^" + test + "$", "-test.v", "-test.timeout=3m"}, args...)...)
	cmd.Env = append(os.Environ(), "HARNESS_TEST_RUN="+name)
	b, err := cmd.CombinedOutput()
	return string(b), err == nil
}

// A subject that ends its process, or takes it for itself, fails its scenario, by name and with the text of the
// crash. All others are played.
func TestIsolation(t *testing.T) {
	for _, tt := range isolated {
		if os.Getenv("HARNESS_TEST_RUN") == tt.name {
			harness.Run(t, tt.params)
			return
		}
	}
	t.Parallel()
	for _, tt := range isolated {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, ok := again(t, tt.name)
			if ok != tt.passes {
				t.Errorf("it passed: %t, want %t", ok, tt.passes)
			}
			want := append([]string{`PASS: TestIsolation/rogue/connect/a`, `PASS: TestIsolation/rogue/connect/b`, `PASS: TestIsolation/rogue/will/c`}, tt.want...)
			if !tt.passes {
				want = append(want, `FAIL: TestIsolation/rogue/connect/bad`, `3 passed, 1 failed, 0 skipped`)
			}
			for _, w := range want {
				if !regexp.MustCompile(w).MatchString(out) {
					t.Errorf("the output does not match %s", w)
				}
			}
			if t.Failed() || len(out) > 20_000 {
				t.Errorf("%d bytes of output:\n%.6000s", len(out), out)
			}
		})
	}
}

// What the test does besides has its say in each worker, too.
var besides = []struct {
	name string
	run  func(t *testing.T)
	ok   bool
	want string
}{
	{"the debugger's way", func(t *testing.T) {
		harness.Run(t, rogues(func(harness.Env) { panic("boom") }, func(p *harness.Params) { p.InProcess = true }))
	}, false, `the client panicked: boom`},
	{"the debugger's way with a crash", func(t *testing.T) {
		harness.Run(t, rogues(func(harness.Env) {
			go func() { panic("boom") }()
			aMoment()
		}, func(p *harness.Params) { p.InProcess = true }))
	}, false, `(?m)^panic: boom`},
	{"a test that does not come to its Run", func(t *testing.T) {
		if os.Getppid() == workersParent() {
			t.Skip("not twice")
		}
		harness.Run(t, rogues(func(harness.Env) {}))
	}, false, `setup-error\n(?s:.*)no worker process plays it: it has not come to its call of Run: exit status 0`},
	{"two runs in one test", func(t *testing.T) {
		harness.Run(t, rogues(func(harness.Env) {}, func(p *harness.Params) { p.Name = "first" }))
		harness.Run(t, rogues(func(harness.Env) { os.Exit(5) }, func(p *harness.Params) { p.Name = "second" }))
	}, false, `first:\n +4 pass(?s:.*)connect/bad.yaml:8:5: client connect: the client ended the process: exit status 5(?s:.*)second:\n +3 pass, 1 fail`},
	{"a run in a subtest", func(t *testing.T) {
		t.Run("one with a blank", func(t *testing.T) {
			t.Parallel()
			harness.Run(t, rogues(func(harness.Env) { os.Exit(6) }))
		})
		t.Run("another", func(t *testing.T) {
			t.Parallel()
			harness.Run(t, rogues(func(harness.Env) {}))
		})
	}, false, `exit status 6(?s:.*)FAIL: TestBesides/one_with_a_blank/rogue/connect/bad`},
	{"totals after the run", func(t *testing.T) {
		var totals harness.Totals
		harness.Run(t, rogues(func(harness.Env) {}, func(p *harness.Params) { p.Totals = &totals }))
		if totals.Judged() != 4 {
			t.Errorf("%d came to a verdict", totals.Judged())
		}
	}, true, `4 passed, 0 failed, 0 skipped`},
	{"an adapter that fails its test", func(t *testing.T) {
		p := rogues(func(harness.Env) { t.Error("not good at all") })
		harness.Run(t, p)
	}, false, `a worker process has ended outside of its scenarios: exit status 1(?s:.*)not good at all`},
	{"an adapter that ends its goroutine", func(t *testing.T) {
		p := rogues(func(harness.Env) {})
		p.New = func(harness.Env) (harness.Subject, error) { t.FailNow(); return nil, nil }
		harness.Run(t, p)
	}, false, `setup-error(?s:.*)its goroutine has ended`},
	{"an adapter that is not made", func(t *testing.T) {
		p := rogues(func(harness.Env) {})
		p.New = func(harness.Env) (harness.Subject, error) { return nil, errors.New("no luck") }
		harness.Run(t, p)
	}, false, `setup-error(?s:.*)no luck`},
}

// workersParent is the process that started the workers of TestBesides, as far as this process knows.
func workersParent() int {
	var pid int
	fmt.Sscan(os.Getenv("HARNESS_TEST_PARENT"), &pid)
	if pid == 0 {
		os.Setenv("HARNESS_TEST_PARENT", fmt.Sprint(os.Getpid()))
	}
	return pid
}

func TestBesides(t *testing.T) {
	for _, tt := range besides {
		if os.Getenv("HARNESS_TEST_RUN") == tt.name {
			tt.run(t)
			return
		}
	}
	t.Parallel()
	for _, tt := range besides {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, ok := again(t, tt.name)
			if ok != tt.ok {
				t.Errorf("it passed: %t, want %t", ok, tt.ok)
			}
			if t.Failed() || !regexp.MustCompile(tt.want).MatchString(out) {
				t.Errorf("the output does not match %s:\n%.6000s", tt.want, out)
			}
		})
	}
}
