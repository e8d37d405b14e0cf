package mutant

import (
	"errors"
	"syscall"
)

// tryRead reads from the connection beneath without waiting.
func (c *conn) tryRead(p []byte) (int, error) {
	switch beneath := c.Conn.(type) {
	case interface{ TryRead([]byte) (int, error) }:
		return beneath.TryRead(p)
	case syscall.Conn:
		return c.rawRead(beneath, p)
	}
	return 0, errors.ErrUnsupported
}
