package mutant

import (
	"errors"
	"fmt"
	"net"
	"time"
)

// Close implements [net.Conn].
func (c *conn) Close() error { return c.close(false) }

// Reset closes the connection with RST.
func (c *conn) Reset() error { return c.close(true) }

func (c *conn) close(rst bool) error {
	c.mu.Lock()
	again := c.closed
	c.closed = true
	unread := len(c.ready) > 0 || len(c.in.framer.Rest()) > 0
	c.mu.Unlock()
	if again {
		return c.opError("close", net.ErrClosed)
	}
	if c.tamper.keeps(c.id) {
		return c.Conn.SetReadDeadline(longAgo) // ends a Read that waits
	}
	select {
	case c.turn <- struct{}{}:
		c.flush()
		<-c.turn
	default: // a Write waits for room: what was held back is lost with it
	}
	if rst || unread {
		return reset(c.Conn)
	}
	return c.Conn.Close()
}

// longAgo is a deadline that has passed, in a bubble too.
var longAgo = time.Unix(1, 0)

// CloseWrite sends FIN, after what was held back.
func (c *conn) CloseWrite() error {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	c.flush()
	return closeWrite(c.Conn)
}

// SetReadDeadline implements [net.Conn].
func (c *conn) SetReadDeadline(t time.Time) error {
	c.remember(t)
	return c.Conn.SetReadDeadline(t)
}

func (c *conn) remember(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
}

// closeWrite sends FIN on a connection that can be half-closed.
func closeWrite(c net.Conn) error {
	if h, ok := c.(interface{ CloseWrite() error }); ok {
		return h.CloseWrite()
	}
	return fmt.Errorf("close write of a %T: %w", c, errors.ErrUnsupported)
}

// reset closes a connection with RST, where it can.
func reset(c net.Conn) error {
	switch r := c.(type) {
	case interface{ Reset() error }:
		return r.Reset()
	case interface{ SetLinger(sec int) error }:
		r.SetLinger(0)
	}
	return c.Close()
}
