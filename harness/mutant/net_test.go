package mutant_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/harness/mutant"
	"umqtt/harness/simnet"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// network makes connections of one kind, and knows when they are at rest.
type network struct {
	t      *testing.T
	bubble bool
	// settle returns once every goroutine waits, and what was sent has arrived.
	settle func()
	pair   func() (a, b net.Conn)
}

// inBoth runs f on simnet inside a bubble, and on loopback TCP.
func inBoth(t *testing.T, f func(t *testing.T, n network)) {
	t.Helper()
	t.Run("simnet", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f(t, network{t: t, bubble: true, settle: synctest.Wait, pair: func() (a, b net.Conn) { return simnet.Pipe(0) }})
		})
	})
	t.Run("tcp", func(t *testing.T) {
		f(t, network{t: t, settle: func() { <-time.After(5 * time.Millisecond) }, pair: func() (a, b net.Conn) { return tcpPair(t) }})
	})
}

func tcpPair(t *testing.T) (a, b net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if a, err = net.Dial("tcp", ln.Addr().String()); err == nil {
		b, err = ln.Accept()
	}
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}

// subjectEnd is what a subject may ask of its connection.
type subjectEnd interface {
	net.Conn
	TryRead([]byte) (int, error)
	CloseWrite() error
	Reset() error
}

// link is a subject of a mutant, connected.
type link struct {
	network
	subject subjectEnd
	peer    net.Conn
}

// ends returns where what travels in direction d is written, and where it is read.
func (l link) ends(d wire.Direction) (from, to net.Conn) {
	if d == wire.ToServer {
		return l.subject, l.peer
	}
	return l.peer, l.subject
}

// connect returns a connection of m's subject.
func (n network) connect(m mutant.Mutant) link {
	n.t.Helper()
	return n.subject(m)()
}

// subject returns a function that opens connections of one and the same subject of m.
func (n network) subject(m mutant.Mutant) func() link {
	n.t.Helper()
	var peer net.Conn
	s, err := m.Apply(factory(false)).New(subject.Env{Dial: func(context.Context) (net.Conn, error) {
		var own net.Conn
		own, peer = n.pair()
		return own, nil
	}})
	if err != nil {
		n.t.Fatal(err)
	}
	return func() link {
		n.t.Helper()
		c, err := s.(stub).env.Dial(context.Background())
		if err != nil {
			n.t.Fatal(err)
		}
		n.t.Cleanup(func() { c.Close(); peer.Close() })
		return link{n, c.(subjectEnd), peer}
	}
}

// wants fails the test unless this has arrived at c, and nothing more, and how it goes on: "" when it is
// open.
func (n network) wants(c net.Conn, want []byte, how string) {
	n.t.Helper()
	var got []byte
	end := ""
	read := func(limit time.Duration) {
		c.SetReadDeadline(time.Now().Add(limit))
		defer c.SetReadDeadline(time.Time{})
		buf := make([]byte, 16)
		k, err := c.Read(buf)
		got, end = append(got, buf[:k]...), ending(err)
	}
	for end == "" && (len(got) < len(want) || how != "") {
		if read(10 * time.Second); end == "" && len(got) > len(want) {
			break
		}
	}
	if end == "" {
		n.settle()
		read(time.Millisecond)
	}
	if end == "timeout" {
		end = ""
	}
	if string(got) != string(want) || end != how {
		n.t.Errorf("read % x and %q, want % x and %q", got, end, want, how)
	}
}

func ending(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "timeout"
	case err == io.EOF:
		return "FIN"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "RST"
	case errors.Is(err, net.ErrClosed):
		return "closed"
	}
	return err.Error()
}

// write writes the chunks one after another.
func (n network) write(c net.Conn, chunks ...[]byte) {
	n.t.Helper()
	for _, b := range chunks {
		if k, err := c.Write(b); k != len(b) || err != nil {
			n.t.Fatalf("Write of %d bytes: %d, %v", len(b), k, err)
		}
	}
	n.settle()
}
