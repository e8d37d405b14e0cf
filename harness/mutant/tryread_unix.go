//go:build unix

package mutant

import (
	"io"
	"os"
	"syscall"
	"time"
)

// rawRead reads a socket without waiting. A deadline that has passed would keep the runtime from asking
// the socket at all, so it is lifted meanwhile.
func (c *conn) rawRead(beneath syscall.Conn, p []byte) (n int, err error) {
	raw, err := beneath.SyscallConn()
	if err != nil {
		return 0, err
	}
	c.mu.Lock()
	deadline := c.deadline
	c.mu.Unlock()
	if !deadline.IsZero() {
		c.Conn.SetReadDeadline(time.Time{})
		defer c.Conn.SetReadDeadline(deadline)
	}
	var failed error
	err = raw.Read(func(fd uintptr) bool {
		for n, failed = syscall.Read(int(fd), p); failed == syscall.EINTR; {
			n, failed = syscall.Read(int(fd), p)
		}
		return true
	})
	switch {
	case err != nil:
		return 0, err
	case failed == syscall.EAGAIN:
		return 0, nil
	case failed != nil:
		return 0, c.opError("read", os.NewSyscallError("read", failed))
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}
