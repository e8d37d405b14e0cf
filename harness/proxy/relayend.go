package proxy

import (
	"errors"
	"io"
	"net"
	"os"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// ended takes the end of what comes out of one side.
func (c *relayed) ended(d wire.Direction, from Socket, err error) {
	reset := !errors.Is(err, io.EOF)
	c.sentRest(d)
	if d == wire.ToServer {
		ours := errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) // not of the client
		if c.rec != nil && !c.gone && !ours {
			c.rec.End(c.id, capture.Sent, endName(reset))
		}
		c.gone = true
		c.unopened(err)
	}
	c.readers--
	switch {
	case c.cut:
		from.Close()
	case reset:
		c.sever(fault.RST, 0)
	default:
		c.rest(d)
		c.r.mu.Lock()
		outs, events := c.r.engine.End(c.r.Now(), c.id, d)
		c.r.mu.Unlock()
		c.note(events)
		c.queue(d, outs...)
		c.queue(d, fault.Out{End: fault.HalfClose})
		c.flush(d)
	}
	c.finished()
}

// finish carries out an ending.
func (c *relayed) finish(d wire.Direction, end fault.Ending) {
	switch end {
	case fault.HalfClose:
		c.line(d).flow.ended = true
		c.dest(d).CloseWrite()
	case fault.FIN, fault.RST:
		c.sever(end, lingering)
	}
}

// sever ends both directions; what waits is lost. Behind a FIN the ends have so long to close their side.
func (c *relayed) sever(how fault.Ending, linger time.Duration) {
	if c.cut {
		return
	}
	c.cut = true
	for i := range c.lines {
		l := &c.lines[i]
		l.run, l.pending, l.waits = nil, nil, 0
		if l.timer != nil {
			l.timer.Stop()
		}
	}
	if c.rec != nil && !c.gone && !c.line(wire.ToClient).flow.ended {
		c.rec.End(c.id, capture.Handed, endName(how == fault.RST))
	}
	for _, s := range []Socket{c.near, c.far} {
		switch {
		case how == fault.RST:
			c.gone = true
			s.Reset()
		case linger == 0:
			s.Close()
		default:
			s.SetDeadline(time.Now().Add(linger)) // a write that waits holds up the end of TLS
			s.CloseWrite()
		}
	}
	c.room.Broadcast()
}

// finished forgets a connection once both directions are through.
func (c *relayed) finished() {
	through := c.cut || c.lines[0].flow.ended && c.lines[1].flow.ended
	if c.over || c.readers > 0 || !through {
		return
	}
	c.over = true
	c.settle()
	c.near.Close()
	c.far.Close()
	if c.rec != nil {
		c.rec.Flush(c.id)
		c.tap.Close()
	}
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	c.r.engine.Closed(c.id)
	delete(c.r.conns, c.id)
}
