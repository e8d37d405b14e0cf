package mutant

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// conn is the subject's end of a connection whose packets are tampered with. It has no goroutines: what
// the subject writes is framed and tampered with in Write, what it is handed in Read and TryRead. One
// goroutine may read while another writes, and any may close, as with every MQTT client's connection.
//
// What the peer sent and the subject has not read yet counts as unread when it closes, as in a socket's
// own buffer: the peer gets RST. Part of a packet that may be changed is held back until it is whole, or its stream ends.
type conn struct {
	net.Conn
	id     int
	tamper tamperer
	buf    [4096]byte // of the goroutine that reads

	turn chan struct{} // held by who writes; a channel, since waiting for it must be seen by synctest
	out  flow

	mu       sync.Mutex // never held while waiting for anything
	in       flow
	ready    []byte // for the subject to read
	inErr    error  // what it reads behind ready
	deadline time.Time
	closed   bool
}

// Read implements [net.Conn].
func (c *conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return c.Conn.Read(p)
	}
	for {
		if n, done, err := c.serve(p, true); done {
			return n, err
		}
		c.release()
		n, err := c.Conn.Read(c.buf[:])
		c.arrived(c.buf[:n], err)
		if errors.Is(err, os.ErrDeadlineExceeded) && !c.hasReady() {
			return 0, err
		}
	}
}

// TryRead reads what is there without waiting: (0, nil) when there is nothing. No deadline applies. It
// fails with [errors.ErrUnsupported] when the connection beneath can do neither this nor raw reads.
func (c *conn) TryRead(p []byte) (int, error) {
	for {
		if n, done, err := c.serve(p, false); done {
			return n, err
		}
		n, err := c.tryRead(c.buf[:])
		if n == 0 && err == nil || errors.Is(err, errors.ErrUnsupported) {
			return 0, err
		}
		c.arrived(c.buf[:n], err)
	}
}

// serve reads without asking the connection beneath; done tells whether there was anything to report.
func (c *conn) serve(p []byte, deadlines bool) (n int, done bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return 0, true, c.opError("read", net.ErrClosed)
	case deadlines && !c.deadline.IsZero() && !time.Now().Before(c.deadline):
		return 0, true, c.opError("read", os.ErrDeadlineExceeded)
	case len(c.ready) > 0:
		n = copy(p, c.ready)
		c.ready = c.ready[n:]
		return n, true, nil
	}
	return 0, c.inErr != nil, c.inErr
}

func (c *conn) hasReady() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.ready) > 0 || c.inErr != nil || c.closed
}

// arrived tampers with bytes that came from the peer, and with the end of the stream.
func (c *conn) arrived(b []byte, err error) {
	c.mu.Lock()
	asItComes := c.tamper.onlySent()
	if asItComes && c.inErr == nil {
		c.ready = append(c.ready, b...)
	}
	var outs []fault.Out
	for _, p := range c.in.frame(b) {
		outs = append(outs, c.tamper.packet(p)...)
	}
	ended := err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
	if instead, changed := c.tamper.piece(c.id, c.in.framer.Rest()); changed && !ended && !c.in.raw {
		c.in.framer.Reset()
		if len(instead) > 0 {
			outs = append(outs, fault.Out{Dir: wire.ToClient, Data: instead})
		}
	}
	if ended {
		outs = append(outs, c.endOfInput()...)
	}
	if asItComes {
		outs = nil // the subject has the bytes
	}
	answers := c.hand(outs)
	if ended && c.inErr == nil {
		c.inErr = err
	}
	c.mu.Unlock()
	if len(answers) > 0 {
		c.turn <- struct{}{}
		c.send(answers) // a failure shows when the subject writes
		<-c.turn
	}
}

// endOfInput returns what is left to hand over when the stream from the peer has ended.
func (c *conn) endOfInput() []fault.Out {
	var outs []fault.Out
	packets := c.in.frame(c.tamper.rest(c.id, c.in.rest()))
	for _, p := range append(packets, c.in.unframed(c.in.rest())...) {
		outs = append(outs, c.tamper.packet(p)...)
	}
	return append(outs, c.tamper.end(c.id, wire.ToClient)...)
}

// hand makes what is for the subject ready to be read, and returns what is for the peer. c.mu is held.
func (c *conn) hand(outs []fault.Out) (toServer []fault.Out) {
	for _, o := range outs {
		if o.Dir == wire.ToServer {
			toServer = append(toServer, o)
			continue
		}
		if c.inErr != nil {
			continue
		}
		c.ready = append(c.ready, o.Data...)
		if o.End != fault.NoEnding {
			c.endInput(o.End)
		}
		if o.End == fault.FIN || o.End == fault.RST {
			toServer = append(toServer, fault.Out{Dir: wire.ToServer, End: o.End})
		}
	}
	return toServer
}

// endInput ends what the subject reads. c.mu is held.
func (c *conn) endInput(how fault.Ending) {
	switch {
	case c.inErr != nil:
	case how == fault.RST:
		c.inErr = c.opError("read", os.NewSyscallError("read", syscall.ECONNRESET))
	default:
		c.inErr = io.EOF
	}
}

// Write implements [net.Conn]. It takes all of p unless the connection beneath fails.
func (c *conn) Write(p []byte) (int, error) {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	if c.isClosed() {
		return 0, c.opError("write", net.ErrClosed)
	}
	for _, q := range c.out.frame(p) {
		if err := c.pass(c.tamper.packet(q)); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func (c *conn) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// pass carries out what became of a packet of the subject. The caller has the turn.
func (c *conn) pass(outs []fault.Out) error {
	c.mu.Lock()
	toServer := c.hand(outs)
	c.mu.Unlock()
	return c.send(toServer)
}

// send writes to the peer, piece by piece. The caller has the turn.
func (c *conn) send(outs []fault.Out) error {
	for _, o := range outs {
		if most := c.writes().loose(); most > 0 && len(o.Data) > most {
			c.loose(o.Data)
			continue
		}
		for i, data := 0, o.Data; len(data) > 0; i++ {
			piece := data
			if k := len(o.Sizes); k > 0 {
				piece = data[:min(len(data), o.Sizes[min(i, k-1)])]
			}
			_, err := c.Conn.Write(piece)
			if err = c.writes().written(err); err != nil {
				return err
			}
			data = data[len(piece):]
		}
		if err := c.endOutput(o.End); err != nil {
			return err
		}
	}
	return nil
}

// endOutput ends the connection as a rule wants it.
func (c *conn) endOutput(how fault.Ending) error {
	if how == fault.NoEnding {
		return nil
	}
	if how != fault.HalfClose {
		c.mu.Lock()
		c.endInput(how)
		c.mu.Unlock()
	}
	if how == fault.RST {
		return reset(c.Conn)
	}
	return closeWrite(c.Conn)
}

// release writes what the mutant has kept back until the subject waits. A failure shows when the subject
// writes or reads.
func (c *conn) release() {
	if outs := c.tamper.waits(c.id); len(outs) > 0 {
		c.turn <- struct{}{}
		c.pass(outs)
		<-c.turn
	}
}

// flush writes what was held back of the subject's stream, which ends now. The caller has the turn.
func (c *conn) flush() {
	for _, p := range c.out.unframed(c.out.rest()) {
		c.pass(c.tamper.packet(p))
	}
	c.pass(c.tamper.end(c.id, wire.ToServer))
}

// opError is an error as the connection beneath would have it.
func (c *conn) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: c.LocalAddr().Network(), Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}
