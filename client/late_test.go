package client_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"umqtt/client"
)

// A caller who comes back late and finds the connection ended is told why.
func TestLateCaller(t *testing.T) {
	for _, qos := range []byte{0, 1} {
		play(t, client.Config{KeepAlive: 10 * sec}, func(w *world) {
			w.connect(true)
			time.Sleep(15 * sec)
			_ = w.server.Close() // as the server must
			time.Sleep(5 * sec)
			err := w.publish("t", qos)()
			var e *client.ConnectionError
			if !errors.As(err, &e) || e.Late != 10*sec {
				w.Fatal(err)
			}
			w.is(err, io.EOF)
			w.state(err, false, 0)
			w.gone()
		})
	}
}

// A Publish that finds the connection ended leaves nothing to be read: messages that
// had come unread are gone with the connection, and not acknowledged, so that those
// at QoS 1 come again in their session.
func TestLateCallerDrops(t *testing.T) {
	play(t, client.Config{KeepAlive: 10 * sec}, func(w *world) {
		w.connect(false)
		messages := collect(w.c)
		w.send(hello + `32 05 0001 "t" 0007`)
		_ = w.server.CloseWrite()
		time.Sleep(20 * sec)
		w.is(w.publish("t", 0)(), io.EOF)
		w.is(w.wait(), client.ErrClosed)
		_, err := w.c.CheckMsg()
		w.is(err, client.ErrClosed)
		same(w.T, len(*messages), 0)
		w.gone()
		w.connect(false)
		w.send(`3a 05 0001 "t" 0007`)
		w.start(w.wait).ok()
		same(w.T, len(*messages), 1)
		w.want("40 02 0007")
	})
}

// Late, but the server still waits: PINGREQ goes first.
func TestLateCallerInTime(t *testing.T) {
	play(t, client.Config{KeepAlive: 10 * sec}, func(w *world) {
		w.connect(true)
		time.Sleep(14 * sec)
		w.start(w.publish("t", 0)).ok()
		w.want(pingreq, `30 04 0001 "t" "x"`)
		// The answer came in time, the caller did not.
		w.send(pong)
		time.Sleep(20 * sec)
		w.start(w.publish("t", 0)).ok()
	})
}

// The look of a late call meets the end of the connection; what came before that is
// delivered first.
func TestLateCallerMessages(t *testing.T) {
	play(t, client.Config{KeepAlive: 10 * sec}, func(w *world) {
		check := func() error { _, err := w.c.CheckMsg(); return err }
		for _, read := range []func() error{w.wait, check} {
			w.connect(true)
			messages := collect(w.c)
			w.send(hello + hello)
			_ = w.server.CloseWrite()
			time.Sleep(20 * sec)
			for range 2 {
				w.start(read).ok()
			}
			same(w.T, len(*messages), 2)
			w.is(w.start(read).result(), io.EOF)
			w.gone()
		}
	})
}
