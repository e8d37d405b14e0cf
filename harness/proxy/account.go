package proxy

import (
	"errors"
	"os"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// account is what a direction of a connection has in memory.
type account struct {
	read     int64 // bytes that were read so far
	buffered int64 // bytes that wait, and of a packet that is not whole
	opened   bool  // a packet has been whole, or the stream is not MQTT
}

// account notes what a direction has in memory behind a read of k bytes, 0 for none. Where all connections have too much, this
// one is reset. The first packet of a client ends the time that it has for it.
func (c *relayed) account(d wire.Direction, k int) {
	if c.over {
		return // it is settled
	}
	l, a := c.line(d), &c.accounts[d]
	rest := int64(l.partial)
	a.read += int64(k)
	delta := rest + int64(l.waits) - a.buffered
	a.buffered += delta
	if total := c.r.counts.buffered.Add(delta); total > c.r.room && delta > 0 && !c.cut {
		c.r.counts.crowded.Add(1)
		c.event("the proxy has no room for more")
		c.sever(fault.RST, 0)
	}
	if a.opened || !l.raw && a.read <= rest {
		return
	}
	if a.opened = true; d == wire.ToServer && !c.cut {
		c.near.SetReadDeadline(time.Time{})
	}
}

// settle returns what a connection that is over had.
func (c *relayed) settle() {
	for i := range c.accounts {
		c.r.counts.buffered.Add(-c.accounts[i].buffered)
		c.accounts[i].buffered = 0
	}
}

// unopened counts a client that has not sent a packet in time; err is the end of what it sent.
func (c *relayed) unopened(err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) && !c.cut {
		c.r.counts.silent.Add(1)
		c.event("no packet came in time")
	}
}
