//go:build unix

package client

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// rawTry reads a socket without waiting, nil if conn is not exactly a socket: a
// type that wraps one may do more in its Read.
func rawTry(conn net.Conn) tryFunc {
	var raw syscall.RawConn
	var err error
	switch conn := conn.(type) {
	case *net.TCPConn:
		raw, err = conn.SyscallConn()
	case *net.UnixConn:
		raw, err = conn.SyscallConn()
	default:
		return nil
	}
	if err != nil {
		return nil
	}
	r := &rawReader{conn: conn, raw: raw}
	r.step = r.read
	return r.tryRead
}

// rawReader holds what a closure would allocate anew for each read.
type rawReader struct {
	conn net.Conn
	raw  syscall.RawConn
	step func(fd uintptr) bool

	p   []byte
	n   int
	err error
}

func (r *rawReader) tryRead(p []byte) (int, error) {
	r.p = p
	err := r.raw.Read(r.step)
	if errors.Is(err, os.ErrDeadlineExceeded) { // a deadline of an earlier wait
		if err = r.conn.SetReadDeadline(time.Time{}); err == nil {
			err = r.raw.Read(r.step)
		}
	}
	r.p = nil
	if err != nil {
		return 0, err
	}
	return r.n, r.err
}

// read reads once and always says that it is done, so that RawConn does not wait.
func (r *rawReader) read(fd uintptr) bool {
	n, err := syscall.Read(int(fd), r.p)
	for err == syscall.EINTR {
		n, err = syscall.Read(int(fd), r.p)
	}
	switch {
	case err == syscall.EAGAIN:
		r.n, r.err = 0, nil
	case err != nil:
		r.n, r.err = 0, &net.OpError{Op: "read", Net: "tcp", Addr: r.conn.RemoteAddr(), Err: os.NewSyscallError("read", err)}
	case n == 0:
		r.n, r.err = 0, io.EOF
	default:
		r.n, r.err = n, nil
	}
	return true
}
