package client_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/harness/simnet"
)

// tight connects a client by a connection whose Write can be made to fail.
func tight(t *testing.T, cfg client.Config, script func(w *world, conn *stingy)) {
	t.Helper()
	var conn *stingy
	var server *simnet.Conn
	cfg.Dial = func(context.Context) (net.Conn, error) {
		a, b := simnet.Pipe(0)
		server, conn = b, &stingy{Conn: a, left: 1000}
		return conn, nil
	}
	play(t, cfg, func(w *world) {
		c := w.start(func() error { _, err := w.c.Connect(context.Background(), false); return err })
		w.server = server
		w.send("20 02 00 00")
		c.ok()
		script(w, conn)
	})
}

// arrivals returns n messages at QoS 1 and one at QoS 0.
func arrivals(n int) []byte {
	var b []byte
	for i := range n {
		b = append(b, raw(fmt.Sprintf(`32 06 0001 "t" %04x "x"`, i+1))...)
	}
	return append(b, raw(hello)...)
}

// What arrived before the end of the connection is delivered though the first of it
// cannot be acknowledged any more. Nothing is written after that failure, and nothing
// that is not there is waited for.
func TestArrivedBeforeEnd(t *testing.T) {
	check := func(c *client.Client) (client.Kind, error) { return c.CheckMsg() }
	wait := func(c *client.Client) (client.Kind, error) { return c.WaitMsg(context.Background()) }
	for name, read := range map[string]func(*client.Client) (client.Kind, error){"check": check, "wait": wait} {
		t.Run(name, func(t *testing.T) {
			tight(t, client.Config{KeepAlive: 10 * sec}, func(w *world, conn *stingy) {
				messages := collect(w.c)
				conn.left, conn.writes = 3, 0
				_, _ = w.server.Write(append(arrivals(300), 0x30)) // and a part of one
				for i := range 301 {
					if kind, err := read(w.c); kind != client.KindMessage || err != nil {
						w.Fatal(i, kind, err)
					}
				}
				time.Sleep(10 * sec) // no PINGREQ either
				kind, err := read(w.c)
				same(w.T, kind, client.KindNone)
				w.is(err, errStingy)
				w.state(err, false, 0)
				same(w.T, len(*messages), 301)
				same(w.T, conn.writes, 1)
				same(w.T, conn.closed, true)
			})
		})
	}
}

// A call that sends is told at once.
func TestSendAfterLostPuback(t *testing.T) {
	calls := map[string]func(w *world) error{
		"publish":    func(w *world) error { return w.publish("t", 0)() },
		"ping":       func(w *world) error { return w.c.Ping() },
		"disconnect": func(w *world) error { return w.c.Disconnect() },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			tight(t, client.Config{}, func(w *world, conn *stingy) {
				messages := collect(w.c)
				conn.left, conn.writes = 3, 0
				_, _ = w.server.Write(arrivals(2))
				w.is(w.wait(), nil)
				err := call(w)
				w.is(err, errStingy)
				w.state(err, false, 0)
				w.is(w.wait(), client.ErrClosed)
				same(w.T, len(*messages), 1)
				same(w.T, conn.writes, 1)
			})
		})
	}
}

// A publish that waits has its PUBACK from what arrived, too.
func TestPubackBeforeEnd(t *testing.T) {
	tight(t, client.Config{}, func(w *world, conn *stingy) {
		conn.left = len(raw(`32 06 0001 "t" 0001 "x"`))
		c := w.start(w.publish("t", 1))
		_, _ = w.server.Write(append(arrivals(300), raw(puback1)...))
		c.ok()
		w.is(w.wait(), errStingy)
	})
}

// When the server does not take the PUBACK in time, what had been read is delivered,
// and nothing more is read: such a server might send for ever.
func TestArrivedBeforeStall(t *testing.T) {
	narrow(t, client.Config{}, func(w *world) {
		w.is(w.c.Publish(context.Background(), []byte("t"), make([]byte, 59), 0, false), nil) // the pipe is full
		messages := collect(w.c)
		flood := w.start(func() error { _, err := w.server.Write(bytes.Repeat(raw(`32 05 0001 "t" 0007`), 1000)); return err })
		w.is(w.wait(), nil)
		same(w.T, w.now(), client.DefaultWriteTimeout)
		var err error
		for err == nil {
			err = w.wait()
		}
		w.is(err, os.ErrDeadlineExceeded)
		_ = flood.result()
		same(w.T, len(*messages), 9)
	})
}

// The same over TCP, where the first PUBACK meets a closed socket.
func TestArrivedBeforeEndOverTCP(t *testing.T) {
	c, s := link(t, client.Config{}, nil, nil)
	messages := collect(c)
	s.send(arrivals(2000))
	_ = s.Close()
	for range 2001 {
		if kind, err := c.WaitMsg(t.Context()); kind != client.KindMessage || err != nil {
			t.Fatal(len(*messages), kind, err)
		}
	}
	if _, err := c.WaitMsg(t.Context()); err == nil {
		t.Error("no end")
	}
	same(t, len(*messages), 2001)
}

// The end that was read first is the one that is told, though the PUBACK is not taken in time after it.
func TestEndBeforeStall(t *testing.T) {
	narrow(t, client.Config{KeepAlive: 60 * sec}, func(w *world) {
		w.is(w.c.Ping(), nil)                                                                 // what looks for its answer reads up to the end
		w.is(w.c.Publish(context.Background(), []byte("t"), make([]byte, 57), 0, false), nil) // the pipe is full
		_, _ = w.server.Write(raw(`32 05 0001 "t" 0007`))
		w.is(w.server.CloseWrite(), nil)
		w.is(w.wait(), nil)
		same(w.T, w.now(), client.DefaultWriteTimeout)
		w.is(w.wait(), io.EOF)
	})
}
