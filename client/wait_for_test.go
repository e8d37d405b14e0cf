package client_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"umqtt/client"
)

// WaitFor waits for a while, and returns KindNone and nil at its end; it serves the
// keep alive meanwhile.
func TestWaitFor(t *testing.T) {
	play(t, client.Config{KeepAlive: 10 * sec}, func(w *world) {
		w.connect(true)
		var kind client.Kind
		waitFor := func(ctx context.Context, d time.Duration) *call {
			return w.start(func() (err error) { kind, err = w.c.WaitFor(ctx, d); return err })
		}
		ctx := context.Background()
		c := waitFor(ctx, 15*sec)
		time.Sleep(9 * sec)
		w.want(pingreq)
		time.Sleep(6*sec - tick)
		c.waits()
		time.Sleep(tick)
		c.ok()
		same(w.T, kind, client.KindNone)

		w.send(pong + hello)
		for _, want := range []client.Kind{client.KindPing, client.KindMessage, client.KindNone} {
			waitFor(ctx, 0).ok() // as CheckMsg
			same(w.T, kind, want)
		}
		c = waitFor(ctx, sec)
		w.send(hello)
		c.ok()
		same(w.T, kind, client.KindMessage)

		cancellable, cancel := context.WithCancel(ctx)
		c = waitFor(cancellable, sec)
		cancel()
		w.is(c.result(), context.Canceled)
		w.state(c.err, true, 0)

		c = waitFor(ctx, time.Hour)
		_ = w.server.Close()
		w.state(c.result(), false, 0)
		w.is(waitFor(ctx, sec).result(), client.ErrClosed)
	})
}

// A PINGRESP that does not come in time is an error all the same, and so is the depth.
func TestWaitForFails(t *testing.T) {
	play(t, client.Config{PingTimeout: sec, MaxDepth: 1}, func(w *world) {
		w.connect(true)
		w.c.SetCallback(func(client.Message) {
			_, err := w.c.WaitFor(context.Background(), sec)
			w.is(err, client.ErrDepth)
		})
		w.send(hello)
		w.start(w.wait).ok()
		w.is(w.c.Ping(), nil)
		c := w.start(func() error { _, err := w.c.WaitFor(context.Background(), time.Hour); return err })
		time.Sleep(sec)
		w.is(c.result(), client.ErrTimeout)
		w.state(c.err, false, 0)
	})
}

// A context that is cancelled ends a Write that is blocked, as its deadline does, 10 ms
// later; one of an earlier call does not.
func TestWriteByCancel(t *testing.T) {
	topic, big := []byte("t"), bytes.Repeat([]byte("b"), 1000)
	for name, call := range map[string]func(context.Context, *client.Client) error{
		"QoS 0": func(ctx context.Context, c *client.Client) error { return c.Publish(ctx, topic, big, 0, false) },
		"QoS 1": func(ctx context.Context, c *client.Client) error { return c.Publish(ctx, topic, big, 1, false) },
		"post": func(ctx context.Context, c *client.Client) error {
			_, err := c.Post(ctx, topic, big, false)
			return err
		},
		"flush": func(ctx context.Context, c *client.Client) error {
			if err := c.Hold(); err != nil {
				return err
			}
			if err := c.Publish(ctx, topic, big, 0, false); err != nil {
				return err
			}
			return c.Flush(ctx)
		},
		"wait": func(ctx context.Context, c *client.Client) error {
			if err := c.Hold(); err != nil {
				return err
			}
			if err := c.Publish(ctx, topic, big, 0, false); err != nil {
				return err
			}
			_, err := c.WaitMsg(ctx)
			return err
		},
		"unsubscribe": func(ctx context.Context, c *client.Client) error { return c.Unsubscribe(ctx, big) },
	} {
		t.Run(name, func(t *testing.T) {
			narrow(t, client.Config{}, func(w *world) {
				earlier, cancelEarlier := context.WithCancel(context.Background())
				w.is(w.c.Publish(earlier, topic, nil, 0, false), nil)
				cancelEarlier()
				ctx, cancel := context.WithCancel(context.Background())
				start := w.now()
				time.AfterFunc(sec, cancel)
				err := call(ctx, w.c)
				w.is(err, context.Canceled)
				same(w.T, w.now()-start, sec+10*time.Millisecond)
				w.state(err, false, map[bool]int{true: 1}[name == "QoS 1" || name == "post"])
			})
		})
	}
}

// The CONNECT too.
func TestConnectWriteByCancel(t *testing.T) {
	narrow(t, client.Config{}, func(w *world) {
		w.is(w.c.SetLastWill([]byte("t"), bytes.Repeat([]byte("b"), 1000), 0, false), nil)
		ctx, cancel := context.WithCancel(context.Background())
		start := w.now()
		time.AfterFunc(sec, cancel)
		_, err := w.c.Connect(ctx, false)
		w.is(err, context.Canceled)
		same(w.T, w.now()-start, sec+10*time.Millisecond)
	})
}
