//go:build !unix

package mutant

import (
	"errors"
	"syscall"
)

// rawRead returns an error: here the client reads with a deadline.
func (c *conn) rawRead(syscall.Conn, []byte) (int, error) { return 0, errors.ErrUnsupported }
