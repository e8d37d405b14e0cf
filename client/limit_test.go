package client_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/harness/simnet"
)

// A packet that the server does not take is written no longer than until the
// deadline of its call's context.
func TestWriteByDeadline(t *testing.T) {
	topic, big := []byte("t"), bytes.Repeat([]byte("b"), 1000)
	for name, call := range map[string]func(context.Context, *client.Client) error{
		"QoS 0":       func(ctx context.Context, c *client.Client) error { return c.Publish(ctx, topic, big, 0, false) },
		"QoS 1":       func(ctx context.Context, c *client.Client) error { return c.Publish(ctx, topic, big, 1, false) },
		"unsubscribe": func(ctx context.Context, c *client.Client) error { return c.Unsubscribe(ctx, big) },
		"subscribe": func(ctx context.Context, c *client.Client) error {
			_, err := c.Subscribe(ctx, client.Filter{Topic: big})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			narrow(t, client.Config{}, func(w *world) {
				ctx, cancel := context.WithTimeout(context.Background(), sec)
				defer cancel()
				err := call(ctx, w.c)
				same(w.T, w.now(), sec)
				w.is(err, context.DeadlineExceeded)
				w.state(err, false, map[bool]int{true: 1}[name == "QoS 1"])
			})
		})
	}
}

// It has 10 ms though the deadline is nearer, so that a write that need not wait for
// the server succeeds, and never more than WriteTimeout. The next packet has its own
// time.
func TestWriteByDeadlineBorders(t *testing.T) {
	const timeout = client.DefaultWriteTimeout
	for _, tt := range []struct{ deadline, taken time.Duration }{
		{tick, 10 * time.Millisecond},
		{10 * time.Millisecond, 10 * time.Millisecond},
		{11 * time.Millisecond, 11 * time.Millisecond},
		{timeout - tick, timeout - tick},
		{timeout, timeout},
		{time.Hour, timeout},
		{0, timeout}, // none
	} {
		for _, before := range []time.Duration{0, sec} { // the deadline of an earlier call
			narrow(t, client.Config{}, func(w *world) {
				publish := func(deadline time.Duration, size int) error {
					ctx := context.Background()
					if deadline > 0 {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, deadline)
						defer cancel()
					}
					return w.c.Publish(ctx, []byte("t"), make([]byte, size), 0, false)
				}
				time.Sleep(2 * timeout)
				if before > 0 {
					w.is(publish(before, 1), nil)
				}
				start := w.now()
				err := publish(tt.deadline, 1000)
				same(w.T, w.now()-start, tt.taken)
				if tt.deadline > 0 && tt.deadline <= timeout {
					w.is(err, context.DeadlineExceeded)
				} else {
					w.is(err, os.ErrDeadlineExceeded)
				}
			})
		}
	}
}

// A PUBACK is not the affair of the call that sends it: a link that is slow for a
// while outlives calls with short contexts.
func TestPubackBeyondDeadline(t *testing.T) {
	narrow(t, client.Config{}, func(w *world) {
		ctx, cancel := context.WithTimeout(context.Background(), sec)
		defer cancel()
		w.is(w.c.Publish(ctx, []byte("t"), make([]byte, 59), 0, false), nil) // the pipe is full
		messages := collect(w.c)
		w.send(`32 05 0001 "t" 0007`)
		c := w.start(func() error { _, err := w.c.WaitMsg(ctx); return err })
		time.Sleep(client.DefaultWriteTimeout / 2)
		c.waits()
		w.packet()
		w.want("40 02 0007")
		c.ok()
		same(w.T, len(*messages), 1)
		w.idle()
	})
}

// Connect as a whole ends in time though the server takes the CONNECT and not what is
// sent again.
func TestConnectBoundsRedelivery(t *testing.T) {
	for _, tt := range []struct {
		deadline, taken time.Duration
		want            error
	}{
		{0, 2 * sec, client.ErrTimeout},
		{3 * sec, 2 * sec, client.ErrTimeout},
		{sec, sec, context.DeadlineExceeded},
	} {
		var server *simnet.Conn
		size := 0
		dial := func(context.Context) (net.Conn, error) {
			a, b := simnet.Pipe(size)
			server = b
			return a, nil
		}
		play(t, client.Config{Dial: dial, ConnectTimeout: 2 * sec, AckTimeout: sec}, func(w *world) {
			connect := func(deadline time.Duration) *call {
				w.frames.Reset()
				ctx := context.Background()
				if deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, deadline)
					w.Cleanup(cancel)
				}
				c := w.start(func() error { _, err := w.c.Connect(ctx, false); return err })
				w.server = server
				w.packet()
				w.send("20 02 00 00")
				return c
			}
			connect(0).ok()
			w.is(w.c.Publish(context.Background(), []byte("t"), make([]byte, 1000), 1, false), client.ErrTimeout)
			size = 64
			start := w.now()
			c := connect(tt.deadline)
			<-c.done
			same(w.T, w.now()-start, tt.taken)
			w.is(c.err, tt.want)
			w.state(c.err, false, 1)
		})
	}
}
