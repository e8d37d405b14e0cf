package simnet_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"umqtt/harness/simnet"
)

// playEnding runs a script of endings on the two ends of a connection.
func playEnding(t *testing.T, script string, a, b tcpLike) {
	t.Helper()
	for line := range strings.Lines(strings.TrimSpace(script)) {
		f := append(strings.Fields(line), "", "")
		c := map[string]tcpLike{"a": a, "b": b}[f[0]]
		var got, want, op string
		switch verb := f[1]; verb {
		case "write":
			want, op = f[3], "write"
			got = errName(c.write(t, f[2], want))
		case "read":
			want, op = f[2], "read"
			buf := make([]byte, max(1, len(want)))
			n, err := io.ReadFull(c, buf)
			if got = errName(err); err == nil {
				got = string(buf[:n])
			}
			checkOp(t, line, op, err)
		case "has":
			c.await(t, len(f[2]))
		case "closewrite":
			want, op = f[2], "close"
			got = errName(c.CloseWrite())
		case "close":
			want, op = f[2], "close"
			got = errName(c.Close())
		case "reset":
			want, op = f[2], "close"
			got = errName(c.Reset())
		case "deadline":
			want, op = f[2], "set"
			got = errName(c.SetDeadline(time.Unix(1, 0)))
		default:
			t.Fatalf("no such verb: %s", line)
		}
		if got != want {
			t.Fatalf("%s: got %q", strings.TrimSpace(line), got)
		}
	}
}

// checkOp holds an error to be what package net makes of a failed operation.
func checkOp(t *testing.T, line, op string, err error) {
	t.Helper()
	if err == nil || err == io.EOF {
		return
	}
	var oe *net.OpError
	if !errors.As(err, &oe) || oe.Op != op || oe.Source == nil || oe.Addr == nil {
		t.Errorf("%s: %#v is not a net.OpError of %q with both addresses", strings.TrimSpace(line), err, op)
	}
}

func errName(err error) string {
	switch {
	case err == nil:
		return ""
	case err == io.EOF:
		return "EOF"
	case errors.Is(err, syscall.ECONNRESET):
		return "ECONNRESET"
	case errors.Is(err, syscall.EPIPE):
		return "EPIPE"
	case errors.Is(err, syscall.ENOTCONN):
		return "ENOTCONN"
	case errors.Is(err, net.ErrClosed):
		return "CLOSED"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "TIMEOUT"
	}
	return fmt.Sprintf("%#v", err)
}

// tcpLike is what the script needs of either kind of connection.
type tcpLike interface {
	net.Conn
	CloseWrite() error
	Reset() error
	await(t *testing.T, n int)
	write(t *testing.T, text, want string) error
}

type simEnd struct{ *simnet.Conn }

func (simEnd) await(*testing.T, int) {}

func (c simEnd) write(t *testing.T, text, _ string) error {
	n, err := c.Write([]byte(text))
	if err == nil && n != len(text) {
		t.Errorf("wrote %d of %d bytes without an error", n, len(text))
	}
	checkOp(t, "write "+text, "write", err)
	return err
}

type tcpEnd struct{ *net.TCPConn }

func (c tcpEnd) Reset() error {
	_ = c.SetLinger(0)
	return c.Close()
}

// await returns when n bytes can be read.
func (c tcpEnd) await(t *testing.T, n int) {
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, n)
	err = raw.Read(func(fd uintptr) bool {
		got, _, err := syscall.Recvfrom(int(fd), buf, syscall.MSG_PEEK)
		return got >= n || err != nil && err != syscall.EAGAIN
	})
	if err != nil {
		t.Fatal(err)
	}
}

// write repeats a write that must fail until it does: the segment that makes it
// fail may still be on its way.
func (c tcpEnd) write(t *testing.T, text, want string) error {
	for start := time.Now(); ; runtime.Gosched() {
		_, err := c.Write([]byte(text))
		if err != nil || want == "" || time.Since(start) > 5*time.Second {
			checkOp(t, "write "+text, "write", err)
			return err
		}
	}
}

// tcpPair returns the two ends of a loopback connection.
func tcpPair(t *testing.T) (a, b *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dialled, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = dialled.Close()
		_ = accepted.Close()
	})
	a, b = dialled.(*net.TCPConn), accepted.(*net.TCPConn)
	for _, c := range []*net.TCPConn{a, b} {
		// A wait that never ends would be a difference: make it one that fails.
		if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	return a, b
}
