package simnet

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// Conn is one end of a connection. It is a [net.Conn] with further methods, as [net.TCPConn] has, and is safe
// for concurrent use.
type Conn struct {
	link *link
	side int // 0 or 1, this end's index in link
}

var _ net.Conn = (*Conn)(nil)

// link is what both ends share. One lock covers it, so that every call sees and
// leaves the connection as a whole in one state.
type link struct {
	mu    sync.Mutex
	ends  [2]end
	addrs [2]Addr
}

// end is the state of one end. Its input is what the other end writes.
type end struct {
	input    buffer
	readers  sync.Cond // on input: bytes, FIN, RST, close, deadline
	writers  sync.Cond // on this end's writes: room, RST, close, deadline, turn
	writing  bool      // a Write holds the turn: concurrent writes do not interleave
	read     deadline
	write    deadline
	readable func() // see OnReadable

	sentFIN bool // by CloseWrite, or by Close without unread input
	closed  bool // by Close or Reset
	reset   bool // the other end sent RST
}

// Pipe returns the two ends of a new connection, named "a" and "b". Each
// direction buffers up to size bytes; a write beyond that waits. With size 0, or
// less, it buffers without limit and a write never waits.
func Pipe(size int) (a, b *Conn) {
	l := &link{addrs: [2]Addr{"a", "b"}}
	for i := range l.ends {
		e := &l.ends[i]
		e.input.limit = max(size, 0)
		e.readers.L, e.writers.L = &l.mu, &l.mu
		e.read.cond, e.write.cond = &e.readers, &e.writers
	}
	return &Conn{l, 0}, &Conn{l, 1}
}

// SetWriteBuffer bounds the bytes that this end has written and the other has not
// read. A write beyond that waits until the other end reads, as with a TCP window
// that is full; see [Conn.SetWriteDeadline] for a bound on the wait. With size 0,
// or less, there is no bound. Bytes that are pending already stay pending. The
// other direction keeps the bound it has.
func (c *Conn) SetWriteBuffer(size int) error {
	own, peer := c.lock()
	defer c.unlock()
	if own.closed {
		return c.opError("set", net.ErrClosed)
	}
	peer.input.limit = max(size, 0)
	own.writers.Broadcast()
	return nil
}

// lock takes the link's lock and returns this end and the other.
func (c *Conn) lock() (own, peer *end) {
	c.link.mu.Lock()
	return &c.link.ends[c.side], &c.link.ends[1-c.side]
}

func (c *Conn) unlock() { c.link.mu.Unlock() }

// Read reads what has arrived, up to len(p) bytes, and waits when nothing has.
// After the last byte it returns [io.EOF] where the other end sent FIN, and
// ECONNRESET where it sent RST. Once the read deadline has passed it fails with
// [os.ErrDeadlineExceeded] even if bytes are there; they stay for later.
func (c *Conn) Read(p []byte) (int, error) {
	own, peer := c.lock()
	defer c.unlock()
	for {
		if !own.closed && len(p) > 0 && own.read.passed() {
			return 0, c.opError("read", os.ErrDeadlineExceeded)
		}
		n, ready, err := c.take(own, peer, p)
		if ready {
			return n, err
		}
		own.readers.Wait()
	}
}

// TryRead reads like Read but never waits, and no deadline applies to it: it
// returns n > 0 for bytes, (0, nil) when there is nothing now, (0, [io.EOF])
// after FIN, and the error that Read gives otherwise.
func (c *Conn) TryRead(p []byte) (int, error) {
	own, peer := c.lock()
	defer c.unlock()
	n, _, err := c.take(own, peer, p)
	return n, err
}

// take reads without waiting; ready tells whether there was anything to report.
func (c *Conn) take(own, peer *end, p []byte) (n int, ready bool, err error) {
	switch {
	case own.closed:
		return 0, true, c.opError("read", net.ErrClosed)
	case len(p) == 0:
		return 0, true, nil
	case own.input.n > 0:
		n = own.input.take(p)
		peer.writers.Broadcast()
		return n, true, nil
	case peer.sentFIN:
		return 0, true, io.EOF
	case own.reset:
		return 0, true, c.opError("read", sysError("read", syscall.ECONNRESET))
	}
	return 0, false, nil
}

// Write sends p to the other end and waits while its buffer is full. It returns the number of bytes sent,
// which is less than len(p) only with an error. It fails with [os.ErrDeadlineExceeded] once the write
// deadline has passed, with EPIPE after CloseWrite, and after an RST as the package comment says. Concurrent
// writes do not interleave.
func (c *Conn) Write(p []byte) (n int, err error) {
	own, peer := c.lock()
	defer c.unlock()
	for own.writing && own.writable(peer) == nil {
		own.writers.Wait()
	}
	if err = own.writable(peer); err == nil {
		own.writing = true
		n, err = c.send(own, peer, p)
		own.writing = false
		own.writers.Broadcast()
	}
	if err != nil {
		err = c.opError("write", err)
	}
	return n, err
}

// send hands p over. The caller holds the lock and the turn; send gives up the
// lock while it waits for room and while it calls the reader's callback.
func (c *Conn) send(own, peer *end, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		if peer.closed { // by FIN, or writable had refused: RST is the answer
			own.reset = true
			return len(p), nil
		}
		k := peer.input.put(p[n:])
		n += k
		if k == 0 {
			own.writers.Wait()
		} else {
			peer.readers.Broadcast()
			if f := peer.readable; f != nil {
				c.unlock()
				f()
				c.lock()
			}
		}
		if n < len(p) {
			err = own.writable(peer)
		}
	}
	return n, err
}

// writable tells why a write on this end must fail now, nil if it need not.
func (own *end) writable(peer *end) error {
	switch {
	case own.closed:
		return net.ErrClosed
	case own.write.passed():
		return os.ErrDeadlineExceeded
	case own.sentFIN, own.reset && peer.sentFIN:
		return sysError("write", syscall.EPIPE)
	case own.reset:
		return sysError("write", syscall.ECONNRESET)
	}
	return nil
}

// LocalAddr returns the name of this end, an [Addr].
func (c *Conn) LocalAddr() net.Addr {
	c.lock()
	defer c.unlock()
	return c.link.addrs[c.side]
}

// RemoteAddr returns the name of the other end, an [Addr].
func (c *Conn) RemoteAddr() net.Addr {
	c.lock()
	defer c.unlock()
	return c.link.addrs[1-c.side]
}

// SetAddrs names this end and the other; the other end sees the same names the
// other way round.
func (c *Conn) SetAddrs(local, remote string) {
	c.lock()
	defer c.unlock()
	c.link.addrs[c.side], c.link.addrs[1-c.side] = Addr(local), Addr(remote)
}

// SetDeadline sets the read and the write deadline. The zero time removes them.
// A wait that is already going on obeys the new deadline.
func (c *Conn) SetDeadline(t time.Time) error {
	return c.setDeadlines(t, true, true)
}

// SetReadDeadline sets the deadline of Read; see SetDeadline.
func (c *Conn) SetReadDeadline(t time.Time) error {
	return c.setDeadlines(t, true, false)
}

// SetWriteDeadline sets the deadline of Write; see SetDeadline.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	return c.setDeadlines(t, false, true)
}

func (c *Conn) setDeadlines(t time.Time, read, write bool) error {
	own, _ := c.lock()
	defer c.unlock()
	if own.closed {
		return c.opError("set", net.ErrClosed)
	}
	if read {
		own.read.set(t)
	}
	if write {
		own.write.set(t)
	}
	return nil
}

// OnReadable sets a function that is called whenever bytes, FIN or RST become readable at this end: for each
// part of a write that fits into the buffer, and for each ending. The goroutine of the other end calls it,
// with no lock held. It is not called for what is already readable when f is set: set f first, then call
// TryRead. It is not called for the RST that answers a write of this end. Nil removes f; a call may still be
// running then. f must not wait, nor write towards this end.
func (c *Conn) OnReadable(f func()) {
	own, _ := c.lock()
	defer c.unlock()
	own.readable = f
}
