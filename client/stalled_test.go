package client_test

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/harness/simnet"
)

// narrow connects a client to the test by a pipe that holds 64 bytes each way.
func narrow(t *testing.T, cfg client.Config, script func(w *world)) {
	t.Helper()
	var server *simnet.Conn
	cfg.Dial = func(context.Context) (net.Conn, error) {
		a, b := simnet.Pipe(64)
		server = b
		return a, nil
	}
	play(t, cfg, func(w *world) {
		c := w.start(func() error { _, err := w.c.Connect(context.Background(), true); return err })
		w.server = server
		w.packet()
		w.send("20 02 00 00")
		c.ok()
		script(w)
	})
}

// Both sides send and neither reads: the pipe is full in both directions. The client
// waits no longer than WriteTimeout.
func TestBothSidesSend(t *testing.T) {
	for _, qos := range []byte{0, 1} {
		narrow(t, client.Config{}, func(w *world) {
			flood := w.start(func() error { _, err := w.server.Write(make([]byte, 1000)); return err })
			flood.waits()
			start := w.now()
			c := w.start(func() error { return w.c.Publish(context.Background(), []byte("t"), make([]byte, 1000), qos, false) })
			time.Sleep(client.DefaultWriteTimeout - 1)
			c.waits()
			time.Sleep(tick)
			w.is(c.result(), os.ErrDeadlineExceeded)
			w.state(c.err, false, int(qos))
			same(w.T, w.now()-start, client.DefaultWriteTimeout)
			if flood.result() == nil {
				w.Error("the server's bytes have all gone")
			}
		})
	}
}

// Packets that follow each other closely share a deadline: the last of them has nine
// tenths of WriteTimeout at least.
func TestWriteTimeoutShared(t *testing.T) {
	const timeout = client.DefaultWriteTimeout
	for _, tt := range []struct{ pause, bound time.Duration }{
		{timeout/10 - 1, timeout/10*9 + 1},
		{timeout / 10, timeout},
		{10 * timeout, timeout},
	} {
		narrow(t, client.Config{}, func(w *world) {
			w.is(w.publish("t", 0)(), nil)
			w.packet()
			time.Sleep(tt.pause)
			c := w.start(func() error { return w.c.Publish(context.Background(), []byte("t"), make([]byte, 1000), 0, false) })
			time.Sleep(tt.bound - tick)
			c.waits()
			time.Sleep(tick)
			w.is(c.result(), os.ErrDeadlineExceeded)
		})
	}
}

// ConnectTimeout ends with Connect: what comes later has WriteTimeout.
func TestConnectLimitEnds(t *testing.T) {
	narrow(t, client.Config{}, func(w *world) {
		time.Sleep(client.DefaultConnectTimeout)
		for range 64 / len(raw(pingreq)) {
			w.is(w.c.Ping(), nil)
		}
		c := w.start(w.c.Ping)
		time.Sleep(client.DefaultWriteTimeout / 2)
		c.waits()
		w.want(pingreq)
		c.ok()
	})
}

// Both sides send, but the server reads on in time: everything arrives, either way.
func TestBothSidesSendHealed(t *testing.T) {
	narrow(t, client.Config{}, func(w *world) {
		messages := collect(w.c)
		packet := append(raw(`32 ed 07 0001 "t" 0007`), make([]byte, 1000)...)
		flood := w.start(func() error { _, err := w.server.Write(packet); return err })
		c := w.start(func() error { return w.c.Publish(context.Background(), []byte("t"), make([]byte, 1000), 1, false) })
		time.Sleep(client.DefaultWriteTimeout / 2)
		c.waits()
		p := w.packet()
		for len(p) < 1000 {
			p = w.packet()
		}
		flood.ok()
		w.want("40 02 0007")
		w.send(puback1)
		c.ok()
		same(w.T, len(*messages), 1)
	})
}

// stingy is a connection whose Write takes so many bytes in all.
type stingy struct {
	net.Conn
	left   int
	writes int
	closed bool
}

var errStingy = errors.New("no more")

func (s *stingy) Write(b []byte) (int, error) {
	s.writes++
	n := min(len(b), s.left)
	s.left -= n
	_, _ = s.Conn.Write(b[:n])
	if n < len(b) {
		return n, errStingy
	}
	return n, nil
}

func (s *stingy) Close() error {
	s.closed = true
	return s.Conn.Close()
}

// A packet that was written in part closes the connection: nothing may follow it.
func TestPartialWrites(t *testing.T) {
	for qos, size := range []int{len(raw(`30 04 0001 "t" "x"`)), len(raw(`32 06 0001 "t" 0001 "x"`))} {
		for taken := range size {
			var conn *stingy
			var server *simnet.Conn
			dial := func(context.Context) (net.Conn, error) {
				a, b := simnet.Pipe(0)
				server, conn = b, &stingy{Conn: a, left: 1000}
				return conn, nil
			}
			play(t, client.Config{Dial: dial}, func(w *world) {
				c := w.start(func() error { _, err := w.c.Connect(context.Background(), false); return err })
				w.server = server
				w.send("20 02 00 00")
				c.ok()
				conn.left, conn.writes = taken, 0
				w.is(w.publish("t", byte(qos))(), errStingy)
				same(w.T, conn.closed, true)
				w.is(w.publish("t", byte(qos))(), client.ErrClosed)
				same(w.T, conn.writes, 1)
				same(w.T, w.c.InFlight(1), qos == 1) // to be sent again
			})
		}
	}
}
