package world

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/proxy"
	"umqtt/harness/wire"
)

// alone returns a simulated world without a broker.
func alone(t *testing.T, c Config) *World {
	t.Helper()
	w, err := InBubble(c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// failing is a link with an error.
type failing struct {
	proxy.Link
	err error
}

func (f failing) Err() error { return f.err }

func TestLet(t *testing.T) {
	const budget = 10 * time.Second
	own := errors.New("its own")
	never := func(*World) (bool, error) { return false, nil }
	after := func(d time.Duration) func(*World) (bool, error) {
		return func(w *World) (bool, error) { return w.Now() >= d, nil }
	}
	for _, tt := range []struct {
		name   string
		before func(*World)
		done   func(*World) (bool, error)
		limit  time.Duration
		ok     bool
		err    error
		now    time.Duration // when Let returns
	}{
		{name: "done at once", done: after(0), limit: time.Second, ok: true},
		{name: "done while it waits", before: wakeAfter(3 * time.Second), done: after(3 * time.Second), limit: 5 * time.Second, ok: true, now: 3 * time.Second},
		{name: "done as the limit passes", done: after(5 * time.Second), limit: 5 * time.Second, ok: true, now: 5 * time.Second},
		{name: "the limit passes", done: never, limit: 5 * time.Second, now: 5 * time.Second},
		{name: "an error of done", done: func(*World) (bool, error) { return false, own }, limit: time.Second, err: own},
		{name: "done with an error", done: func(*World) (bool, error) { return true, own }, limit: time.Second, err: own},
		{name: "done with an error after a while", before: wakeAfter(time.Second), done: func(w *World) (bool, error) {
			if w.Now() < time.Second {
				return false, nil
			}
			return false, own
		}, limit: 2 * time.Second, err: own, now: time.Second},

		{name: "the limit is the budget", done: never, limit: budget, now: budget},
		{name: "the limit is beyond the budget", done: never, limit: budget + 1, err: ErrBudget, now: budget},
		{name: "done as the budget ends", done: after(budget), limit: time.Minute, ok: true, now: budget},
		{name: "an error as the budget ends", done: func(w *World) (bool, error) {
			if w.Now() < budget {
				return false, nil
			}
			return false, own
		}, limit: time.Minute, err: own, now: budget},
		{name: "the limit is what is left", before: sleep(6 * time.Second), done: never, limit: 4 * time.Second, now: budget},
		{name: "the limit is more than what is left", before: sleep(6 * time.Second), done: never, limit: 4*time.Second + 1, err: ErrBudget, now: budget},
		{name: "nothing is left", before: sleep(budget), done: never, limit: 1, err: ErrBudget, now: budget},
		{name: "done, and nothing is left", before: sleep(budget), done: after(0), limit: 1, ok: true, now: budget},
		{name: "the budget is exceeded", before: sleep(2 * budget), done: never, limit: 1, err: ErrBudget, now: 2 * budget},

		{name: "too many dials", before: fails(proxy.ErrDials), done: never, limit: time.Second, err: proxy.ErrDials},
		{name: "a flood", before: fails(fmt.Errorf("%w: much", proxy.ErrFlood)), done: never, limit: time.Second, err: proxy.ErrFlood},
		{name: "done in spite of a flood", before: fails(proxy.ErrFlood), done: after(0), limit: time.Second, ok: true},
		{name: "an error of done in a flood", before: fails(proxy.ErrFlood), done: func(*World) (bool, error) { return false, own }, limit: time.Second, err: own},
		{name: "an error of a rule", before: fails(errors.New("a rule")), done: never, limit: time.Second, now: time.Second},
		{name: "as many records as there may be", before: records(DefaultRecords), done: never, limit: time.Second, now: time.Second},
		{name: "too many records", before: records(DefaultRecords + 1), done: never, limit: time.Second, err: ErrRecords},
		{name: "a flood of too many records", before: func(w *World) { records(DefaultRecords + 1)(w); fails(proxy.ErrFlood)(w) }, done: never, limit: time.Second, err: proxy.ErrFlood},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := alone(t, Config{Budget: budget})
				if tt.before != nil {
					tt.before(w)
				}
				ok, err := w.Let(func() (bool, error) { return tt.done(w) }, tt.limit)
				if ok != tt.ok || !errors.Is(err, tt.err) {
					t.Errorf("Let returns %t, %v, want %t, %v", ok, err, tt.ok, tt.err)
				}
				if now := w.Now(); now != tt.now {
					t.Errorf("Let returns at %v, want %v", now, tt.now)
				}
				if tt.err == ErrBudget && !strings.HasSuffix(err.Error(), " of 10s") {
					t.Errorf("the error %q lacks the budget", err)
				}
			})
		})
	}
}

func sleep(d time.Duration) func(*World) { return func(*World) { time.Sleep(d) } }

func wakeAfter(d time.Duration) func(*World) {
	return func(w *World) { time.AfterFunc(d, w.Link.Wake) }
}

func fails(err error) func(*World) {
	return func(w *World) { w.Link = failing{w.Link, err} }
}

func records(n int) func(*World) {
	return func(w *World) {
		for range n {
			w.Recorder.Event(0, "again")
		}
	}
}

// The bounds are promises to those who read a report or set one of their own.
func TestDefaults(t *testing.T) {
	for _, tt := range []struct{ asked, want int }{{0, 100_000}, {5, 100_000}, {100_001, 100_001}, {2_000_000, 1_000_000}} {
		if w := (Config{Records: tt.asked}).world(); w.records != tt.want {
			t.Errorf("a world for %d records takes %d, want %d", tt.asked, w.records, tt.want)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		w := alone(t, Config{})
		never := func() (bool, error) { return false, nil }
		if _, err := w.Let(never, 8*24*time.Hour); err != nil {
			t.Errorf("within the default budget: %v", err)
		}
		if _, err := w.Let(never, 1); !errors.Is(err, ErrBudget) {
			t.Errorf("beyond the default budget: %v, want %v", err, ErrBudget)
		}
	})
}

func TestEnds(t *testing.T) {
	for _, tt := range []struct {
		name      string
		simulated bool
		grace     time.Duration
		after     time.Duration // when the channel is closed; 0 is never
		waits     time.Duration
		limit     time.Duration
		ended     bool
	}{
		{"simulated, in time", true, 0, 59 * time.Minute, 59 * time.Minute, time.Hour, true},
		{"simulated, never", true, 0, 0, time.Hour, time.Hour, false},
		{"real, in time", false, 0, 4 * time.Second, 4 * time.Second, 5 * time.Second, true},
		{"real, never", false, 0, 0, 5 * time.Second, 5 * time.Second, false},
		{"simulated, never, with a grace", true, 1, 0, 1, 1, false},
		{"real, never, with a grace", false, time.Minute, 0, time.Minute, time.Minute, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &World{simulated: tt.simulated, grace: tt.grace}
				ended := make(chan struct{})
				if tt.after > 0 {
					time.AfterFunc(tt.after, func() { close(ended) })
				}
				start := time.Now()
				limit, ok := w.Ends(ended)
				if limit != tt.limit || ok != tt.ended {
					t.Errorf("Ends returns %v, %t, want %v, %t", limit, ok, tt.limit, tt.ended)
				}
				if d := time.Since(start); d != tt.waits {
					t.Errorf("Ends waits for %v, want %v", d, tt.waits)
				}
			})
		})
	}
}

func TestLeftOpen(t *testing.T) {
	for _, tt := range []struct {
		name  string
		after time.Duration // when the subject closes its second connection; 0 is never
		waits time.Duration
		left  string
	}{
		{"never", 0, 2 * time.Second, "[2]"},
		{"in time", time.Second, time.Second, "[]"},
		{"too late", 3 * time.Second, 2 * time.Second, "[2]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := alone(t, Config{})
				defer w.Close()
				for i := range 2 {
					nc, err := w.Link.Dial(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					if i == 0 {
						nc.Close()
					} else if tt.after > 0 {
						time.AfterFunc(tt.after, func() { nc.Close() })
					}
				}
				start := w.Now()
				if left := fmt.Sprint(w.LeftOpen()); left != tt.left {
					t.Errorf("LeftOpen returns %s, want %s", left, tt.left)
				}
				if d := w.Now() - start; d != tt.waits {
					t.Errorf("LeftOpen waits for %v, want %v", d, tt.waits)
				}
			})
		})
	}
}

// A connection that the subject cannot end, since nobody reads what it writes before, is read to its end.
func TestLeftOpenDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := alone(t, Config{Buffer: 10})
		defer w.Close()
		nc := dialed(t, w, 0xc0, 0)
		w.Let(func() (bool, error) { return false, nil }, time.Second)
		if err := w.Link.Stall(1, fault.ToServer); err != nil {
			t.Fatal(err)
		}
		go func() {
			nc.Write((&wire.Publish{Topic: "t", Payload: make([]byte, 100)}).Append(nil))
			nc.Close()
		}()
		w.Let(func() (bool, error) { return false, nil }, time.Second)
		if open := fmt.Sprint(w.Link.Open()); open != "[1]" {
			t.Fatalf("before LeftOpen, %s is open", open)
		}
		if left := w.LeftOpen(); len(left) > 0 {
			t.Errorf("LeftOpen returns %v, want none", left)
		}
	})
}

// Bubble returns what stops the bubble, and LeftGoroutines knows the kind.
func TestBubble(t *testing.T) {
	for _, tt := range []struct {
		name    string
		limit   time.Duration
		f       func()
		stopped string
		left    bool
	}{
		{"returns", time.Minute, func() { time.Sleep(time.Hour) }, "<nil>", false},
		{"without a limit", 0, func() { time.Sleep(time.Hour) }, "<nil>", false},
		{"waits for ever", time.Minute, func() { <-make(chan int) }, "deadlock: all goroutines in bubble are blocked", false},
		{"leaves a goroutine", time.Minute, func() { go func() { <-make(chan int) }() }, "deadlock: main bubble goroutine has exited but blocked goroutines remain", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stopped := Bubble(t, tt.name, tt.limit, nil, tt.f)
			if got := fmt.Sprint(stopped); !strings.Contains(got, tt.stopped) {
				t.Errorf("Bubble returns %q, want %q", got, tt.stopped)
			}
			if left := LeftGoroutines(stopped); left != tt.left {
				t.Errorf("LeftGoroutines returns %t, want %t", left, tt.left)
			}
		})
	}
}

// hanging are functions that keep virtual time from passing, and how the output of their process begins.
var hanging = []struct {
	name  string
	limit time.Duration
	f     func()
	hung  func(why string)
	want  string
	shows string // what the stacks show of each of many goroutines
}{
	{"a channel of no bubble", 50 * time.Millisecond, hangs, nil, "panic: play: my scenario: it hangs: 50ms of wall time have passed; ", "world.hangs("},
	{"a mutex", time.Minute / 10, locks, nil, "panic: play: my scenario: a goroutine waits for a mutex that nobody unlocks", "world.hangs("},
	{"a mutex, for a caller", time.Minute / 10, locks, func(why string) {
		fmt.Println("hung:", why)
		os.Exit(1)
	}, "hung: a goroutine waits for a mutex that nobody unlocks", ""},
}

// A function that keeps virtual time from passing ends the process, which shows where everybody is.
func TestWatchdog(t *testing.T) {
	for _, tt := range hanging {
		if os.Getenv("WORLD_TEST_HANG") == tt.name {
			for range 64 {
				go hangs()
			}
			Bubble(t, "my scenario", tt.limit, tt.hung, tt.f)
			return
		}
	}
	t.Parallel()
	for _, tt := range hanging {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWatchdog$", "-test.timeout=20s")
			cmd.Env = append(os.Environ(), "WORLD_TEST_HANG="+tt.name)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatalf("the process ended well:\n%s", out)
			}
			first, _, _ := strings.Cut(string(out), "\n")
			if !strings.HasPrefix(first, tt.want) {
				t.Errorf("the output begins with %q, want %q", first, tt.want)
			}
			if strings.Contains(string(out), "\x00") {
				t.Error("the output holds a NUL byte")
			}
			if n := strings.Count(string(out), tt.shows); tt.shows != "" && n < 64 {
				t.Errorf("the stacks of %d goroutines are shown, want 64 or more:\n%.3000s", n, out)
			}
		})
	}
}

// locks waits for a mutex that nobody unlocks.
func locks() {
	var mu sync.Mutex
	mu.Lock()
	mu.Lock()
}

// outside is a channel of no bubble: waiting for it stops virtual time.
var outside = make(chan struct{})

func hangs() { <-outside }

// The guards see what the link does, and not only a stand-in.
func TestLetSeesTheLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := alone(t, Config{})
		w.Link.Down()
		for range 20_000 {
			w.Link.Dial(t.Context())
		}
		never := func() (bool, error) { return false, nil }
		if _, err := w.Let(never, time.Second); err != nil {
			t.Errorf("after as many dials as there may be: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		w.Link.Dial(ctx)
		if _, err := w.Let(never, time.Second); !errors.Is(err, proxy.ErrDials) {
			t.Errorf("after one more: %v, want %v", err, proxy.ErrDials)
		}
	})
}
