package client_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"umqtt/client"
)

// A callback that panics: no PUBACK, the connection is closed, the panic goes on.
func TestPanic(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(false)
		depth := 0
		w.c.SetCallback(func(client.Message) {
			if depth++; depth == 2 {
				panic("own")
			}
			_ = w.wait()
		})
		c := w.start(func() (err error) {
			defer func() { err = fmt.Errorf("panic: %v", recover()) }()
			return w.publish("t", 1)()
		})
		w.want(`32 06 0001 "t" 0001 "x"`)
		w.send(`32 05 0001 "t" 0007` + `32 05 0001 "t" 0008`)
		same(w.T, c.result().Error(), "panic: own")
		w.gone()
		// The client works on, at full depth, with the message still in flight.
		w.is(w.wait(), client.ErrClosed)
		w.c.SetCallback(nil)
		c = w.connecting(context.Background(), false)
		w.send("20 02 01 00")
		w.want(`3a 06 0001 "t" 0001 "x"`)
		c.ok()
		w.send(`32 05 0001 "t" 0007`)
		w.start(w.wait).ok()
		w.want("40 02 0007")
	})
}

// A panic of a nested callback that the outer one recovers from.
func TestPanicRecoveredInside(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		depth := 0
		w.c.SetCallback(func(client.Message) {
			if depth++; depth == 2 {
				panic("own")
			}
			defer func() { _ = recover() }()
			_ = w.wait()
		})
		w.send(hello + hello)
		w.is(w.start(w.wait).result(), client.ErrClosed)
		w.gone()
	})
}

// Goexit in the callback, as of t.FailNow, is like a panic.
func TestGoexit(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		w.c.SetCallback(func(client.Message) { runtime.Goexit() })
		c := w.start(w.wait)
		w.send(`32 05 0001 "t" 0007`)
		<-c.done
		w.gone()
		same(w.T, w.c.NextDue(), time.Time{})
	})
}
