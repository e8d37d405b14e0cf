package robust_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/client"
	"umqtt/client/robust"
)

// The delay goes on between calls: short contexts do not make the attempts more
// frequent, and end their calls at once.
func TestShortContexts(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		w.refuse = 3
		for i := range 70 { // 0.1 s each
			ctx, cancel := context.WithTimeout(w.ctx, 100*time.Millisecond)
			w.call(func(r *result) {
				if i == 0 {
					_, r.err = w.Connect(ctx, true)
				} else {
					_, r.err = w.WaitMsg(ctx)
				}
			}).fails(context.DeadlineExceeded)
			cancel()
			w.at(time.Duration(i+1) * 100 * time.Millisecond)
		}
		r := w.publish("x", 0)
		s := w.join(7*time.Second, true, false)
		s.want(`PUBLISH qos=0 dup=0 retain=0 topic="t" payload="x"`)
		r.ok()
		w.wantAttempts("0s: 1 after 0s, clean, failed", "1s: 2 after 1s, clean, failed", "3s: 3 after 2s, clean, failed", "7s: 4 after 4s, clean")
	})
}

// A context ends a backoff at once, and the error tells why there is no connection.
func TestCancelBackoff(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		ctx, cancel := context.WithCancel(w.ctx)
		w.refuse = 3
		r := w.call(func(r *result) { _, r.err = w.Connect(ctx, true) })
		w.after(1500 * time.Millisecond)
		r.goesOn()
		cancel()
		r.fails(context.Canceled)
		w.at(1500 * time.Millisecond)
		if e := failsAs[*client.ConnectionError](r); e.Op != "dial" || !strings.Contains(r.err.Error(), "refused") {
			t.Errorf("the error does not tell the cause: %v", r.err)
		}

		r = w.connect(true) // goes on with the same backoff
		w.join(7*time.Second, true, false)
		r.ok()
	})
}

// An attempt that the context ends counts as one.
func TestCancelAttempt(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		ctx, cancel := context.WithCancel(w.ctx)
		r := w.call(func(r *result) { _, r.err = w.Connect(ctx, true) })
		s := w.accept(0, cleanConnect)
		cancel()
		r.fails(context.Canceled)
		s.ended()
		r = w.wait()
		w.join(time.Second, true, false)
		r.goesOn()
	})
}

// fakeClock tells a time of its own, which passes only when somebody sleeps.
type fakeClock struct {
	now   time.Time
	slept []time.Duration
}

func (c *fakeClock) Now() time.Time { return c.now }

func (c *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

// The clock is the caller's: with one that does not wait, no time passes.
func TestClock(t *testing.T) {
	clock := &fakeClock{now: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)}
	script(t, robust.Config{Clock: clock}, func(w *world) {
		w.refuse = 5
		r := w.connect(true)
		w.join(0, true, false)
		r.ok()
		want := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 8 * time.Second}
		if diff := cmp.Diff(want, clock.slept); diff != "" {
			t.Errorf("sleeps (-want +got):\n%s", diff)
		}
	})
}
