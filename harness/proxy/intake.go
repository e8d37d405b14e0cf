package proxy

import (
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// A proxy with a [Config].Buffer does not read ahead: what a stall, a delay or a slow line keeps back stays in the
// subject's connection, whose buffer is small, and the subject's writes wait.

// bounded reports whether the proxy reads no more of a direction than it can hand over.
func (c *core) bounded(n *conn, d wire.Direction) bool {
	return c.cfg.Buffer > 0 && d == wire.ToServer && !n.plain
}

// intake returns how many bytes of a direction may be read now, up to most. It is 0 while the direction is stalled, while
// what was read has yet to be handed over, and while a slow line is busy with it.
func (c *core) intake(n *conn, d wire.Direction, most int) int {
	if !c.bounded(n, d) || n.cut || c.drained {
		return most
	}
	f := n.flow(d)
	if c.stalled(n, d) || len(f.pending) > 0 || c.now() < f.free {
		return 0
	}
	most = min(most, c.cfg.Buffer)
	if rate := c.cfg.Engine.Rate(n.id, d); rate > 0 {
		most = min(most, max(1, rate/perSecond))
	}
	return most
}

// perSecond is how many times a second a slow line is read from, at most.
const perSecond = 10

// tookIn notes that k bytes have been read: a slow line is busy with them.
func (c *core) tookIn(n *conn, d wire.Direction, k int) {
	if !c.bounded(n, d) || n.cut || c.drained {
		return
	}
	if rate := c.cfg.Engine.Rate(n.id, d); rate > 0 {
		f, now := n.flow(d), c.now()
		begin := f.free
		if now-begin > late {
			begin = now // it was idle
		}
		f.free = begin + time.Duration(k)*time.Second/time.Duration(rate)
	}
}

// late is how late a read may be that a line goes on with all the same: the machine is, and the line is not slower for it.
const late = 50 * time.Millisecond

// begun asks the engine about a packet of which the beginning has been read. It is called when all before it has been
// handed over.
func (c *core) begun(n *conn, d wire.Direction) {
	f := n.flow(d)
	if !c.bounded(n, d) || n.cut || f.raw || len(f.pending) > 0 {
		return
	}
	out, events, cut := c.cfg.Engine.Begun(fault.Packet{Conn: n.id, Dir: d, Data: f.framer.Rest()})
	c.note(events)
	if cut {
		out.Due = max(c.now(), f.free)
		out.Data = append([]byte(nil), out.Data...)
		f.framer.Reset()
		f.pending = append(f.pending, out)
		c.kick()
	}
}

// Drain implements [Link].
func (c *core) Drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drained = true
	c.kick()
}
