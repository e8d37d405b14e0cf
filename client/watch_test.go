package client_test

import (
	"context"
	"testing"
	"time"

	"umqtt/client"
)

// countingContext is a context that counts who waits for its end.
type countingContext struct {
	context.Context
	began, waiting int
}

// Value hides that this is a context of package context, which it would ask itself.
func (x *countingContext) Value(any) any { return nil }

// counts returns how often waiting has begun, and how many wait.
func (x *countingContext) counts() [2]int { return [2]int{x.began, x.waiting} }

func (x *countingContext) AfterFunc(f func()) (stop func() bool) {
	x.began++
	x.waiting++
	stopped := context.AfterFunc(x.Context, f)
	return func() bool {
		x.waiting--
		return stopped()
	}
}

// countedContext returns a context that counts, and what ends it.
func countedContext() (*countingContext, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	return &countingContext{Context: ctx}, cancel
}

// A client waits for the end of a context once, until another one is used or the connection ends.
func TestWatchOnce(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		ctx, cancel := countedContext()
		defer cancel()
		other, cancelOther := countedContext()
		defer cancelOther()
		receive := func(ctx context.Context) {
			w.T.Helper()
			c := w.start(func() error { _, err := w.c.WaitMsg(ctx); return err })
			w.send(hello)
			c.ok()
		}
		for range 3 {
			receive(ctx)
			w.is(w.c.Publish(ctx, []byte("t"), nil, 0, false), nil)
			receive(context.Background())
		}
		same(w.T, ctx.counts(), [2]int{1, 1})
		receive(other)
		same(w.T, ctx.counts(), [2]int{1, 0})
		same(w.T, other.counts(), [2]int{1, 1})
		w.is(w.c.Close(), nil)
		same(w.T, other.counts(), [2]int{1, 0})
	})
}

// A call within a callback has a context of its own. The end of the outer one still ends the outer call, whether it comes
// behind the inner call or during it.
func TestWatchNested(t *testing.T) {
	for _, during := range []bool{false, true} {
		play(t, client.Config{}, func(w *world) {
			w.connect(true)
			outer, cancel := context.WithCancel(context.Background())
			defer cancel()
			inner, cancelInner := context.WithCancel(context.Background())
			defer cancelInner()
			w.c.SetCallback(func(client.Message) {
				w.c.SetCallback(nil)
				if during {
					cancel()
				}
				_, err := w.c.WaitFor(inner, sec)
				w.is(err, nil)
			})
			c := w.start(func() error { return w.c.Publish(outer, []byte("t"), nil, 1, false) })
			w.send(hello)
			c.waits()
			if !during {
				time.Sleep(2 * sec)
				c.waits()
				cancel()
			} else {
				time.Sleep(2 * sec)
			}
			w.is(c.result(), context.Canceled)
		})
	}
}
