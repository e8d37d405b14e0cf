package broker

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/harness/simnet"
)

// Packets that need no arguments, in hex.
const (
	connackNew     = "20 02 00 00"
	connackPresent = "20 02 01 00"
	pingreq        = "c0 00"
	pingresp       = "d0 00"
	disconnect     = "e0 00"
)

// connectC1 is a CONNECT of client "c1" with keep alive 60 s.
const (
	connectC1Clean = "10 0e 00 04 4d 51 54 54 04 02 00 3c 00 02 63 31"
	connectC1Keep  = "10 0e 00 04 4d 51 54 54 04 00 00 3c 00 02 63 31"
	connectC2Clean = "10 0e 00 04 4d 51 54 54 04 02 00 3c 00 02 63 32"
)

// network is where a broker listens and how clients get there.
type network struct {
	listen func(t *testing.T) net.Listener
	dial   func(l net.Listener) (net.Conn, error)
	bubble bool
}

var sim = network{
	listen: func(*testing.T) net.Listener { return simnet.Listen("broker", 0) },
	dial:   func(l net.Listener) (net.Conn, error) { return l.(*simnet.Listener).Dial(context.Background()) },
	bubble: true,
}

var tcp = network{
	listen: func(t *testing.T) net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	},
	dial: func(l net.Listener) (net.Conn, error) { return net.Dial("tcp", l.Addr().String()) },
}

// overBoth runs f over simnet in a bubble and over TCP.
func overBoth(t *testing.T, f func(t *testing.T, n network)) {
	t.Helper()
	t.Run("simnet", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { f(t, sim) })
	})
	t.Run("tcp", func(t *testing.T) { f(t, tcp) })
}

// world is a running broker and a way to it.
type world struct {
	*Broker
	t *testing.T
	n network
	l net.Listener
}

// begin starts a broker on n; it is stopped, and must have no complaint, when
// the test ends.
func begin(t *testing.T, n network) *world {
	t.Helper()
	l := n.listen(t)
	b, err := Start(l)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{b, t, n, l}
	t.Cleanup(w.end)
	return w
}

func (w *world) end() {
	w.Stop()
	if err := w.Err(); err != nil {
		w.t.Error(err)
	}
}

// client is the end of a connection that a test speaks from, byte by byte.
type client struct {
	net.Conn
	t   *testing.T
	log *bytes.Buffer // what was received, and how it ended
}

// dial opens a connection and sends packets on it.
func (w *world) dial(packets ...string) *client {
	w.t.Helper()
	conn, err := w.n.dial(w.l)
	if err != nil {
		w.t.Fatal(err)
	}
	if !w.n.bubble { // what never comes must fail the test, not hang it
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	}
	w.t.Cleanup(func() { _ = conn.Close() })
	c := &client{Conn: conn, t: w.t, log: new(bytes.Buffer)}
	c.send(packets...)
	return c
}

func (c *client) send(packets ...string) {
	c.t.Helper()
	for _, p := range packets {
		if _, err := c.Write(unhex(c.t, p)); err != nil {
			c.t.Fatalf("sending %s: %v", p, err)
		}
	}
}

// want reads exactly these packets.
func (c *client) want(packets ...string) {
	c.t.Helper()
	for _, p := range packets {
		want := unhex(c.t, p)
		got := make([]byte, len(want))
		n, err := io.ReadFull(c, got)
		c.log.Write(got[:n])
		if err != nil || !bytes.Equal(got, want) {
			c.t.Fatalf("got % x, %v; want %s", got[:n], err, p)
		}
	}
}

// wantEnd reads the end of the connection, and nothing before it.
func (c *client) wantEnd() {
	c.t.Helper()
	n, err := io.Copy(c.log, c)
	if n != 0 || err != nil && !errors.Is(err, syscall.ECONNRESET) {
		c.t.Fatalf("got % x, %v; want the end of the connection", c.log.Bytes()[c.log.Len()-int(n):], err)
	}
	c.log.WriteString("end")
}

// wantSilence holds the broker to having nothing more to say than the answer to
// a PINGREQ.
func (c *client) wantSilence() {
	c.t.Helper()
	c.send(pingreq)
	c.want(pingresp)
}

// leave closes the connection. In a bubble it waits until the broker is done
// with it; over TCP a CONNECT that follows takes over.
func (c *client) leave(w *world) {
	_ = c.Close()
	w.settle()
}

// settle waits until the broker has nothing to do.
func (w *world) settle() {
	if w.n.bubble {
		synctest.Wait()
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return b
}
