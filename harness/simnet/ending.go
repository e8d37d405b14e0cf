package simnet

import (
	"net"
	"syscall"
	"time"
)

// Ending is how the other end has ended its side of a connection.
type Ending byte

// The endings.
const (
	Open Ending = iota // neither FIN nor RST has come
	FIN                // no more bytes will come
	RST                // the connection is gone
)

// String returns "open", "FIN" or "RST".
func (e Ending) String() string {
	switch e {
	case FIN:
		return "FIN"
	case RST:
		return "RST"
	}
	return "open"
}

// Ended returns how the other end has ended its side, even if the bytes before that have not been read. RST
// after FIN counts as RST.
func (c *Conn) Ended() Ending {
	own, peer := c.lock()
	defer c.unlock()
	switch {
	case own.reset:
		return RST
	case peer.sentFIN:
		return FIN
	}
	return Open
}

// CloseWrite sends FIN: the other end reads what is buffered, then [io.EOF].
// Reads on this end go on. Calling it again changes nothing; once both ends have
// sent FIN, and after an RST, it fails with ENOTCONN.
func (c *Conn) CloseWrite() error {
	own, peer := c.lock()
	var err error
	switch {
	case own.closed:
		err = net.ErrClosed
	case own.reset, own.sentFIN && peer.sentFIN:
		err = sysError("shutdown", syscall.ENOTCONN)
	case own.sentFIN:
	default:
		own.sentFIN = true
		own.writers.Broadcast()
		c.arrive(peer)
		return nil
	}
	defer c.unlock()
	if err != nil {
		return c.opError("close", err)
	}
	return nil
}

// Close ends the connection at this end. The other end receives FIN, or RST when
// bytes have arrived here that were not read. Waiting and later calls on this
// end fail with [net.ErrClosed].
func (c *Conn) Close() error {
	return c.close(false)
}

// Reset ends the connection at this end and sends RST: the other end reads what
// is buffered, then ECONNRESET. Waiting and later calls on this end fail with
// [net.ErrClosed].
func (c *Conn) Reset() error {
	return c.close(true)
}

func (c *Conn) close(rst bool) error {
	own, peer := c.lock()
	if own.closed {
		defer c.unlock()
		return c.opError("close", net.ErrClosed)
	}
	rst = rst || own.input.n > 0
	news := !peer.closed && !own.reset && (rst || !own.sentFIN)
	own.closed = true
	if rst {
		peer.reset = true
	} else {
		own.sentFIN = true
	}
	own.input.drop()
	own.read.set(time.Time{})
	own.write.set(time.Time{})
	own.readable = nil
	own.readers.Broadcast()
	own.writers.Broadcast()
	if news {
		c.arrive(peer)
	} else {
		c.unlock()
	}
	return nil
}

// arrive tells peer of an ending and gives up the lock.
func (c *Conn) arrive(peer *end) {
	peer.readers.Broadcast()
	peer.writers.Broadcast()
	f := peer.readable
	c.unlock()
	if f != nil {
		f()
	}
}
