//go:build unix

package client

import (
	"net"
	"testing"
	"time"
)

// Sockets are read without waiting; what wraps one is not taken for it.
func TestRawTry(t *testing.T) {
	for conn, want := range map[net.Conn]bool{
		dialed(t, "tcp", "127.0.0.1:0"):                     true,
		dialed(t, "unix", t.TempDir()+"/s"):                 true,
		struct{ net.Conn }{dialed(t, "tcp", "127.0.0.1:0")}: false,
	} {
		try := rawTry(conn)
		if (try != nil) != want {
			t.Errorf("%T: got %v, want %v", conn, try != nil, want)
		}
		if try == nil {
			continue
		}
		if n, err := try(make([]byte, 1)); n != 0 || err != nil {
			t.Errorf("%T: with nothing there: %d, %v", conn, n, err)
		}
	}
}

// dialed returns a connection on which nothing comes.
func dialed(t *testing.T, network, addr string) net.Conn {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial(network, l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		_ = l.Close()
	})
	return conn
}

// A context that ends late, when its call is over, sets a deadline in the past. One
// may do so while a read without waiting takes back the deadline of another: that is
// no reason to close the connection.
func TestLatePoke(t *testing.T) {
	conn := dialed(t, "tcp", "127.0.0.1:0")
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	r := &rawReader{conn: poked{conn}, raw: raw}
	r.step = r.read
	c, err := New(Config{Addr: "unused"})
	if err != nil {
		t.Fatal(err)
	}
	c.install(conn, r.tryRead)
	c.poke()
	if kind, err := c.CheckMsg(); kind != KindNone || err != nil {
		t.Fatal(kind, err)
	}
}

// poked is poked again each time that its read deadline is taken back.
type poked struct{ net.Conn }

func (p poked) SetReadDeadline(time.Time) error { return p.Conn.SetReadDeadline(time.Unix(1, 0)) }
