package client_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"umqtt/client"
)

func TestConcurrent(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		ctx, cancel := context.WithCancel(context.Background())
		c := w.start(func() error { _, err := w.c.WaitMsg(ctx); return err })
		_, connect := w.c.Connect(ctx, true)
		_, check := w.c.CheckMsg()
		_, sub := w.c.Subscribe(ctx, client.Filter{Topic: []byte("t")})
		for _, err := range []error{
			w.publish("t", 0)(), w.wait(), check, connect, sub, w.c.Unsubscribe(ctx, []byte("t")),
			w.c.Ping(), w.c.Disconnect(), w.c.Close(), w.c.SetLastWill(nil, nil, 0, false),
		} {
			w.is(err, client.ErrConcurrent)
		}
		w.idle()
		cancel()
		w.is(c.result(), context.Canceled)
	})
}

// A callback that returns while another goroutine is inside a call.
func TestConcurrentWithCallback(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		release := make(chan bool)
		w.c.SetCallback(func(client.Message) { <-release })
		c := w.start(w.wait)
		w.send(`32 05 0001 "t" 0007`)
		other := w.start(w.wait)
		other.waits()
		release <- true
		w.is(c.result(), client.ErrConcurrent)
		w.state(other.result(), false, 0)
		w.gone()
	})
}

func TestTraceMustNotCall(t *testing.T) {
	var c *client.Client
	var err error
	cfg := client.Config{Trace: func(client.Direction, []byte) { err = c.Ping() }}
	play(t, cfg, func(w *world) {
		c = w.c
		w.connect(true)
		w.is(err, client.ErrConcurrent)
	})
}

func TestTrace(t *testing.T) {
	var got []string
	cfg := client.Config{Trace: func(d client.Direction, p []byte) { got = append(got, fmt.Sprintf("%v% x", d, p)) }}
	play(t, cfg, func(w *world) {
		w.connect(true)
		w.start(w.c.Ping).ok()
		w.send(pong + `32 05 0001 "t" 0007`)
		w.start(w.wait).ok()
		w.start(w.wait).ok()
		synctest.Wait()
		same(w.T, got, []string{
			">10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 63", "<20 02 00 00",
			">c0 00", "<d0 00", "<32 05 00 01 74 00 07", ">40 02 00 07",
		})
	})
}
