package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/harness/simnet"
)

// A publish that times out stays in flight; a PUBACK read later completes it.
func TestAckTimeout(t *testing.T) {
	play(t, client.Config{AckTimeout: 2 * time.Second}, func(w *world) {
		w.connect(true)
		c := w.start(w.publish("t", 1))
		w.want(`32 06 0001 "t" 0001 "x"`)
		time.Sleep(2*time.Second - 1)
		c.waits()
		time.Sleep(tick)
		w.pending(c.result(), 1)
		w.is(c.err, client.ErrTimeout)
		w.state(c.err, true, 1)
		same(w.T, w.c.InFlight(1), true)
		w.send(puback1)
		kind, err := w.c.CheckMsg()
		same(w.T, kind, client.KindAck)
		same(w.T, err, nil)
		same(w.T, w.c.InFlight(1), false)
		w.idle()
	})
}

func TestPublishContext(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		ctx, cancel := context.WithCancel(context.Background())
		c := w.start(func() error { return w.c.Publish(ctx, []byte("t"), nil, 1, false) })
		w.want(`32 05 0001 "t" 0001`)
		cancel()
		w.pending(c.result(), 1)
		w.is(c.err, context.Canceled)
		// Cancelled before: nothing is sent, nothing is pending.
		for qos := range byte(2) {
			err := w.c.Publish(ctx, []byte("t"), nil, qos, false)
			w.is(err, context.Canceled)
			var p *client.PendingError
			if errors.As(err, &p) {
				w.Fatal(err)
			}
		}
		w.idle()
		// The connection is usable, without a deadline left behind.
		c = w.start(w.publish("u", 1))
		w.want(`32 06 0001 "u" 0002 "x"`)
		time.Sleep(time.Hour)
		c.waits()
		w.send(puback2)
		c.ok()
	})
}

func TestPublishLost(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(false)
		c := w.start(w.publish("t", 1))
		w.packet()
		_ = w.server.Close()
		w.pending(c.result(), 1)
		w.is(c.err, io.EOF)
		w.state(c.err, false, 1)
		same(w.T, w.c.InFlight(1), true)
		err := w.publish("t", 0)()
		w.is(err, client.ErrClosed)
		if errors.Is(err, io.EOF) {
			w.Fatal("a later call has the cause in its chain")
		}
	})
}

// Acknowledgements come in any order and of any age; a stray one is tolerated.
func TestAcksOutOfOrder(t *testing.T) {
	play(t, client.Config{AckTimeout: time.Second}, func(w *world) {
		w.connect(true)
		for _, topic := range []string{"a", "b"} {
			c := w.start(w.publish(topic, 1))
			time.Sleep(time.Second)
			w.is(c.result(), client.ErrTimeout)
		}
		c := w.start(w.publish("c", 1))
		w.send("40 02 0063" + "40 02 0003")
		c.ok()
		same(w.T, []bool{w.c.InFlight(1), w.c.InFlight(2), w.c.InFlight(3)}, []bool{true, true, false})
		w.send(puback2 + puback2 + puback1)
		for range 3 {
			if kind, err := w.c.CheckMsg(); kind != client.KindAck || err != nil {
				w.Fatal(kind, err)
			}
		}
		same(w.T, []bool{w.c.InFlight(1), w.c.InFlight(2)}, []bool{false, false})
	})
}

func TestMaxInflight(t *testing.T) {
	play(t, client.Config{MaxInflight: 2, AckTimeout: 1}, func(w *world) {
		w.connect(true)
		for range 2 {
			w.is(w.publish("t", 1)(), client.ErrTimeout)
			if w.packet() == nil {
				w.Fatal("no PUBLISH")
			}
		}
		err := w.publish("t", 1)()
		w.is(err, client.ErrInflight)
		w.state(err, true, 2)
		w.idle()
		w.start(w.publish("t", 0)).ok()
		w.want(`30 04 0001 "t" "x"`)
		w.send(puback1)
		if _, err := w.c.CheckMsg(); err != nil {
			w.Fatal(err)
		}
		w.is(w.publish("t", 1)(), client.ErrTimeout)
		w.want(`32 06 0001 "t" 0003 "x"`)
	})
}

// Ids run from 1 to 65535 and skip those in use: of publishes, and of
// subscriptions that timed out.
func TestPacketIDs(t *testing.T) {
	play(t, client.Config{AckTimeout: time.Second}, func(w *world) {
		w.connect(true)
		w.is(w.publish("t", 1)(), client.ErrTimeout)
		w.want(`32 06 0001 "t" 0001 "x"`)
		_, err := w.c.Subscribe(context.Background(), client.Filter{Topic: []byte("t")})
		w.is(err, client.ErrTimeout)
		w.state(err, true, 1)
		w.want(`82 06 0002 0001 "t" 00`)
		w.is(w.c.Unsubscribe(context.Background(), []byte("t")), client.ErrTimeout)
		w.want(`a2 05 0003 0001 "t"`)

		client.SetLastID(w.c, 65534)
		c := w.start(w.publish("t", 1))
		w.want(`32 06 0001 "t" ffff "x"`)
		w.send("40 02 ffff")
		c.ok()
		c = w.start(w.publish("t", 1))
		w.want(`32 06 0001 "t" 0004 "x"`)
		w.send("90 03 0002 00" + "b0 02 0003" + puback1 + "40 02 0004")
		c.ok()

		// Answered late, they are free again.
		client.SetLastID(w.c, 65535)
		for id := byte(1); id <= 3; id++ {
			c = w.start(w.publish("t", 1))
			w.want(`32 06 0001 "t" 000` + string('0'+id) + ` "x"`)
			w.send("40 02 000" + string('0'+id))
			c.ok()
		}
	})
}

// counter counts the Writes of a connection.
type counter struct {
	*simnet.Conn
	writes int
}

func (c *counter) Write(p []byte) (int, error) {
	c.writes++
	return c.Conn.Write(p)
}

func TestOneWrite(t *testing.T) {
	a, b := simnet.Pipe(0)
	conn := &counter{Conn: a}
	cfg := client.Config{Dial: func(context.Context) (net.Conn, error) { return conn, nil }}
	play(t, cfg, func(w *world) {
		w.server = b
		writes := func(want int) {
			w.Helper()
			same(w.T, conn.writes, want)
		}
		w.connect(true)
		writes(1)
		c := w.start(w.publish("t", 1))
		writes(2)
		w.send(`32 05 0001 "t" 0009` + puback1)
		c.ok()
		writes(3)
		w.start(w.publish("t", 0)).ok()
		writes(4)
	})
}

// A server that does not read: the write ends at WriteTimeout, with a part of the
// packet sent, and the connection with it.
func TestWriteTimeout(t *testing.T) {
	var server *simnet.Conn
	dial := func(context.Context) (net.Conn, error) {
		a, b := simnet.Pipe(64)
		server = b
		return a, nil
	}
	play(t, client.Config{Dial: dial, WriteTimeout: 3 * time.Second}, func(w *world) {
		c := w.start(func() error { _, err := w.c.Connect(context.Background(), true); return err })
		w.server = server
		w.packet()
		w.send("20 02 00 00")
		c.ok()
		c = w.start(func() error { return w.c.Publish(context.Background(), []byte("t"), make([]byte, 100), 1, false) })
		time.Sleep(3*time.Second - 1)
		c.waits()
		time.Sleep(tick)
		w.pending(c.result(), 1)
		w.is(c.err, os.ErrDeadlineExceeded)
		w.state(c.err, false, 1)
		w.gone()
	})
}

// The optional resend on a live connection.
func TestRetryAfter(t *testing.T) {
	play(t, client.Config{RetryAfter: 10 * time.Second}, func(w *world) {
		w.connect(true)
		same(w.T, w.c.NextDue(), time.Time{})
		c := w.start(w.publish("t", 1))
		w.want(`32 06 0001 "t" 0001 "x"`)
		for range 2 {
			time.Sleep(10*time.Second - 1)
			w.idle()
			time.Sleep(tick)
			w.want(`3a 06 0001 "t" 0001 "x"`)
		}
		w.send(puback1)
		c.ok()
		w.idle()
	})
}

func TestNoRetryByDefault(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		c := w.start(w.publish("t", 1))
		w.want(`32 06 0001 "t" 0001 "x"`)
		time.Sleep(24 * time.Hour)
		w.idle()
		w.send(puback1)
		c.ok()
	})
}

// The packet is as long as topic and payload have bytes, not characters.
func TestPublishBytes(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		payload := make([]byte, 200)
		c := w.start(func() error { return w.c.Publish(context.Background(), []byte("ü"), payload, 0, false) })
		c.ok()
		p := w.packet()
		same(w.T, p[:7], raw("30 cc 01 0002 c3 bc"))
		same(w.T, len(p), 3+4+200)
	})
}
