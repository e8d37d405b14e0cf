//go:build unix

package client

import (
	"net"
	"testing"
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
