package client_test

import (
	"bytes"
	"context"
	"net"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/harness/simnet"
)

// writes counts the Writes of a connection.
type writes struct {
	*simnet.Conn
	n int
}

func (c *writes) Write(p []byte) (int, error) {
	c.n++
	return c.Conn.Write(p)
}

// counting is play with a connection that counts its Writes.
func counting(t *testing.T, cfg client.Config, f func(w *world, c *writes)) {
	t.Helper()
	var w *world
	c := &writes{}
	cfg.Dial = func(ctx context.Context) (net.Conn, error) {
		conn, err := w.dial(ctx)
		c.Conn, c.n = conn.(*simnet.Conn), 0
		return c, err
	}
	play(t, cfg, func(in *world) { w = in; f(w, c) })
}

func (w *world) hold() {
	w.Helper()
	w.is(w.c.Hold(), nil)
}

func (w *world) flush() error { return w.c.Flush(context.Background()) }

// Between Hold and Flush packets are gathered, and written with one Write, in order.
func TestHold(t *testing.T) {
	var traced []string
	cfg := client.Config{Trace: func(d client.Direction, p []byte) {
		if d == client.Sent {
			traced = append(traced, string(p))
		}
	}}
	counting(t, cfg, func(w *world, conn *writes) {
		w.hold() // before there is a connection
		w.connect(true)
		conn.n, traced = 0, nil
		big := bytes.Repeat([]byte("b"), 200)
		w.is(w.publish("a", 0)(), nil)
		_, err := w.post("b")
		w.is(err, nil)
		w.is(w.publish("c", 0)(), nil)
		w.is(w.c.Publish(context.Background(), []byte("d"), big, 0, false), nil)
		w.is(w.publish("e", 0)(), nil)
		w.idle()
		same(w.T, len(traced), 0)
		w.is(w.flush(), nil)
		same(w.T, conn.n, 1)
		want := []string{
			`30 04 0001 "a" "x"`, `32 06 0001 "b" 0001 "x"`, `30 04 0001 "c" "x"`,
			`30 cb 01 0001 "d" "` + string(big) + `"`, `30 04 0001 "e" "x"`,
		}
		w.want(want...)
		for i, p := range want {
			same(w.T, traced[i], string(raw(p)))
		}
		w.is(w.publish("d", 0)(), nil) // no longer
		w.want(`30 04 0001 "d" "x"`)
		w.is(w.flush(), nil)
		w.is(w.flush(), nil)
		same(w.T, conn.n, 2)
	})
}

// Any call that waits or writes sends what is gathered, in front of its own packet and
// with it; the gathering goes on.
func TestHoldEndsBefore(t *testing.T) {
	ctx := context.Background()
	for name, call := range map[string]struct {
		f       func(w *world) error
		packet  string
		answer  string
		gathers bool
	}{
		"WaitMsg":   {func(w *world) error { return w.wait() }, "", hello, false},
		"WaitFor":   {func(w *world) error { _, err := w.c.WaitFor(ctx, sec); return err }, "", "", false},
		"Ping":      {func(w *world) error { return w.c.Ping() }, pingreq, "", false},
		"QoS 1":     {func(w *world) error { return w.publish("q", 1)() }, `32 06 0001 "q" 0001 "x"`, puback1, false},
		"subscribe": {func(w *world) error { _, err := w.c.Subscribe(ctx, client.Filter{Topic: []byte("s")}); return err }, `82 06 0001 0001 "s" 00`, "90 03 0001 00", false},
		"CheckMsg":  {func(w *world) error { _, err := w.c.CheckMsg(); return err }, "", "", true},
		"QoS 0":     {func(w *world) error { return w.publish("q", 0)() }, "", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			counting(t, client.Config{}, func(w *world, conn *writes) {
				w.connect(true)
				w.hold()
				for range 20 {
					w.is(w.publish("a", 0)(), nil)
				}
				conn.n = 0
				c := w.start(func() error { return call.f(w) })
				if call.gathers {
					c.ok()
					w.idle()
					return
				}
				for range 20 {
					w.want(`30 04 0001 "a" "x"`)
				}
				if call.packet != "" {
					w.want(call.packet)
				}
				same(w.T, conn.n, 1)
				w.send(call.answer)
				time.Sleep(sec)
				c.ok()
				w.is(w.publish("b", 0)(), nil)
				w.idle()
				w.is(w.c.Disconnect(), nil)
				w.want(`30 04 0001 "b" "x"`, "e0 00")
			})
		})
	}
}

// WriteBuffer is the bound of what is gathered, and no packet is written in part.
func TestHoldBound(t *testing.T) {
	counting(t, client.Config{WriteBuffer: make([]byte, 20)}, func(w *world, conn *writes) {
		w.connect(true)
		w.hold()
		conn.n = 0
		for i, written := range []int{0, 0, 0, 1, 1, 1, 2} { // packets of 6 bytes
			w.is(w.publish("a", 0)(), nil)
			same(w.T, conn.n, written)
			_ = i
		}
		big := bytes.Repeat([]byte("b"), 30)
		w.is(w.c.Publish(context.Background(), []byte("t"), big, 0, false), nil)
		same(w.T, conn.n, 4)
		for range 7 {
			w.want(`30 04 0001 "a" "x"`)
		}
		w.want(`30 21 0001 "t" "` + string(big) + `"`)
	})
	counting(t, client.Config{}, func(w *world, conn *writes) {
		w.connect(true)
		w.hold()
		conn.n = 0
		for range 3000 { // 18,000 bytes
			w.is(w.publish("a", 0)(), nil)
		}
		same(w.T, conn.n, 1)
		w.is(w.flush(), nil)
		same(w.T, conn.n, 2)
	})
}

// What is gathered is no sign of life: the PINGREQ comes in its time, with it.
func TestHoldKeepAlive(t *testing.T) {
	counting(t, client.Config{KeepAlive: 10 * sec}, func(w *world, conn *writes) {
		w.connect(true)
		w.hold()
		for range 9 {
			w.idle()
			w.is(w.publish("a", 0)(), nil)
			time.Sleep(sec)
		}
		conn.n = 0
		w.is(w.publish("b", 0)(), nil)
		same(w.T, conn.n, 1)
		for range 9 {
			w.want(`30 04 0001 "a" "x"`)
		}
		w.want(pingreq)
		w.idle()
	})
}

// The end of the connection ends the gathering. QoS 0 is gone, QoS 1 goes out without
// DUP, since it was not sent.
func TestHoldLost(t *testing.T) {
	play(t, client.Config{RetryAfter: sec}, func(w *world) {
		w.connect(false)
		w.hold()
		_, err := w.post("a")
		w.is(err, nil)
		w.is(w.publish("b", 0)(), nil)
		time.Sleep(2 * sec) // RetryAfter counts from the writing
		w.idle()
		w.is(w.c.Close(), nil)
		c := w.connecting(context.Background(), false)
		w.send("20 02 01 00")
		c.ok()
		w.want(posted("32", "a", 1))
		w.is(w.publish("c", 0)(), nil)
		w.want(`30 04 0001 "c" "x"`)
	})
	play(t, client.Config{}, func(w *world) {
		w.connect(false)
		w.hold()
		_, err := w.post("a")
		w.is(err, nil)
		_ = w.server.Reset()
		w.state(w.flush(), false, 1)
		c := w.connecting(context.Background(), false)
		w.send("20 02 01 00")
		c.ok()
		w.want(posted("3a", "a", 1)) // it may have been sent
	})
}
