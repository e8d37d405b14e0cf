package client_test

import (
	"context"
	"testing"

	"umqtt/client"
)

// Ending the connection inside the callback ends the outer call with ErrClosed, and
// the message is not acknowledged.
func TestEndInCallback(t *testing.T) {
	for name, end := range map[string]func(*client.Client) error{
		"Close": (*client.Client).Close, "Disconnect": (*client.Client).Disconnect,
	} {
		t.Run(name, func(t *testing.T) {
			play(t, client.Config{}, func(w *world) {
				w.connect(true)
				w.c.SetCallback(func(client.Message) {
					if err := end(w.c); err != nil {
						w.Error(err)
					}
				})
				c := w.start(w.publish("t", 1))
				w.want(`32 06 0001 "t" 0001 "x"`)
				w.send(`32 05 0001 "t" 0007`)
				w.pending(c.result(), 1)
				w.is(c.err, client.ErrClosed)
				w.state(c.err, false, 1)
				if name == "Disconnect" {
					w.want("e0 00")
				}
				w.gone()
			})
		})
	}
}

// Connecting again inside the callback: the PUBACK belonged to the old connection
// and is dropped; the outer call returns ErrClosed though there is a connection.
func TestConnectInCallback(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(false)
		first := true
		w.c.SetCallback(func(m client.Message) {
			if !first {
				return
			}
			first = false
			if _, err := w.c.Connect(context.Background(), false); err != nil {
				w.Error(err)
			}
			if err := w.wait(); err != nil {
				w.Error(err)
			}
			same(w.T, string(m.Payload), "old")
		})
		c := w.start(w.publish("t", 1))
		w.want(`32 06 0001 "t" 0001 "x"`)
		w.send(`32 08 0001 "t" 0007 "old"`) // the client dials
		if p := w.packet(); len(p) == 0 || p[0] != 0x10 {
			w.Fatalf("got % x", p)
		}
		w.send("20 02 01 00")
		w.want(`3a 06 0001 "t" 0001 "x"`)
		w.send(`3a 08 0001 "t" 0009 "new"`)
		w.want("40 02 0009")
		w.pending(c.result(), 1)
		w.is(c.err, client.ErrClosed)
		w.state(c.err, true, 1)
		w.idle()
		w.send(puback1)
		w.start(w.wait).ok()
		same(w.T, w.c.InFlight(1), false)
	})
}

// A publish whose PUBACK came before its connection ended has succeeded.
func TestAckedBeforeClose(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		w.c.SetCallback(func(client.Message) {
			_ = w.wait() // reads the outer publish's PUBACK
			_ = w.c.Close()
		})
		c := w.start(w.publish("t", 1))
		w.send(hello + puback1)
		c.ok()
	})
}

// The slot of an acknowledged publish is not used anew while its call runs: what
// becomes of a later message is not taken for its own fate.
func TestAckedThenPending(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		ctx, cancel := context.WithCancel(context.Background())
		w.c.SetCallback(func(client.Message) {
			if err := w.wait(); err != nil { // reads the outer PUBACK
				w.Error(err)
			}
			w.pending(w.c.Publish(ctx, []byte("m"), nil, 1, false), 2)
		})
		c := w.start(w.publish("t", 1))
		w.send(hello + puback1)
		c.waits()
		cancel()
		c.ok()
		same(w.T, w.c.InFlight(2), true)
	})
}

// The message of a publish is dropped by a clean session that its own callback began.
func TestCleanConnectInCallback(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		w.c.SetCallback(func(client.Message) { _, _ = w.c.Connect(context.Background(), true) })
		c := w.start(w.publish("t", 1))
		w.send(hello)
		w.packet()
		w.send("20 02 00 00")
		w.pending(c.result(), 1)
		w.state(c.err, true, 0)
		same(w.T, w.c.InFlight(1), false)
	})
}
