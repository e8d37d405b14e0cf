package client_test

import (
	"context"
	"testing"
	"time"

	"umqtt/client"
)

// A program that only publishes gets on when the PUBACKs come late: a full table
// takes up what has arrived, messages too, whose callbacks may publish.
func TestFullTakesUp(t *testing.T) {
	play(t, client.Config{AckTimeout: sec, MaxInflight: 2}, func(w *world) {
		w.connect(false)
		for range 2 {
			w.is(w.publish("t", 1)(), client.ErrTimeout)
			w.packet()
		}
		w.is(w.publish("t", 1)(), client.ErrInflight)
		w.idle()
		w.c.SetCallback(func(client.Message) {
			w.is(w.publish("in", 1)(), client.ErrTimeout)
		})
		w.send(puback1 + hello + puback2)
		c := w.start(w.publish("t", 1)) // puback1 is enough for it
		w.want(`32 06 0001 "t" 0003 "x"`)
		w.want(`32 07 0002 "in" 0004 "x"`) // after hello, while it waits
		time.Sleep(sec)
		w.is(c.result(), client.ErrTimeout)
		same(w.T, []bool{w.c.InFlight(1), w.c.InFlight(2)}, []bool{false, false})
		// The callback of a message before the PUBACK finds the table full as well.
		w.c.SetCallback(func(client.Message) { w.is(w.publish("in", 1)(), nil) })
		w.send(hello + "40 02 0003")
		c = w.start(w.publish("t", 1))
		w.want(`32 07 0002 "in" 0005 "x"`)
		w.send("40 02 0005")
		w.want(`32 06 0001 "t" 0006 "x"`)
		w.send("40 02 0006")
		c.ok()
	})
}

// The same with subscriptions, and at MaxDepth as before.
func TestFullTakesUpAnswers(t *testing.T) {
	play(t, client.Config{AckTimeout: sec, MaxInflight: 1, MaxDepth: 1}, func(w *world) {
		w.connect(true)
		subscribe := func() error {
			_, err := w.c.Subscribe(context.Background(), client.Filter{Topic: []byte("t")})
			return err
		}
		w.is(subscribe(), client.ErrTimeout)
		w.packet()
		w.is(subscribe(), client.ErrInflight)
		w.idle()
		w.c.SetCallback(func(client.Message) { w.is(subscribe(), client.ErrDepth) })
		w.send(hello + "90 03 0001 00")
		c := w.start(subscribe)
		w.want(`82 06 0002 0001 "t" 00`)
		w.send("90 03 0002 00")
		c.ok()
	})
}

// What arrives all the time does not keep a call that is refused for longer than
// AckTimeout, nor beyond its context.
func TestFullUnderFlood(t *testing.T) {
	play(t, client.Config{AckTimeout: 10 * sec, MaxInflight: 1}, func(w *world) {
		w.connect(true)
		w.is(w.publish("t", 1)(), client.ErrTimeout)
		w.c.SetCallback(func(client.Message) {
			time.Sleep(sec)
			_, _ = w.server.Write(raw(hello))
		})
		w.send(hello)
		start := w.now()
		w.is(w.publish("t", 1)(), client.ErrInflight)
		same(w.T, w.now()-start, 10*sec)
		ctx, cancel := context.WithTimeout(context.Background(), 5*sec/2)
		defer cancel()
		start = w.now()
		w.is(w.c.Publish(ctx, []byte("t"), nil, 1, false), context.DeadlineExceeded)
		same(w.T, w.now()-start, 3*sec) // in a callback
	})
}

// Calls that are refused serve the keep alive all the same, and notice that nobody
// is there.
func TestRefusedServes(t *testing.T) {
	play(t, client.Config{KeepAlive: 10 * sec, AckTimeout: sec, MaxInflight: 1}, func(w *world) {
		w.connect(true)
		w.is(w.publish("t", 1)(), client.ErrTimeout)
		w.packet()
		for range 2 {
			time.Sleep(8 * sec)
			w.is(w.publish("t", 1)(), client.ErrInflight)
		}
		w.want(pingreq)
		w.idle()
		time.Sleep(10 * sec)
		w.is(w.publish("t", 1)(), client.ErrTimeout)
		w.gone()
	})
	calls := map[string]func(*client.Client) error{
		"publish": func(c *client.Client) error { return c.Publish(context.Background(), []byte("t"), nil, 1, false) },
		"subscribe": func(c *client.Client) error {
			_, err := c.Subscribe(context.Background(), client.Filter{Topic: []byte("t")})
			return err
		},
		"wait":  func(c *client.Client) error { _, err := c.WaitMsg(context.Background()); return err },
		"check": func(c *client.Client) error { _, err := c.CheckMsg(); return err },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			play(t, client.Config{KeepAlive: 10 * sec, MaxDepth: 1}, func(w *world) {
				w.connect(true)
				w.c.SetCallback(func(client.Message) {
					time.Sleep(9 * sec)
					w.is(call(w.c), client.ErrDepth)
					time.Sleep(10 * sec)
					w.is(call(w.c), client.ErrTimeout)
				})
				w.send(hello)
				w.is(w.wait(), client.ErrClosed)
				w.want(pingreq)
				w.gone()
			})
		})
	}
}
