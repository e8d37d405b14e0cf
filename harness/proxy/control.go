package proxy

import (
	"fmt"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// at returns connection number id, or the newest for 0.
func (c *core) at(id int) (*conn, error) {
	if id == 0 {
		id = len(c.conns)
	}
	if id < 1 || id > len(c.conns) {
		return nil, fmt.Errorf("%w: %d of %d", ErrNoConn, id, len(c.conns))
	}
	return c.conns[id-1], nil
}

// Conns implements [Link].
func (c *core) Conns() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.conns)
}

// Ended implements [Link].
func (c *core) Ended(id int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.at(id)
	return err == nil && (n.cut || n.flow(wire.ToClient).ended)
}

// Open implements [Link].
func (c *core) Open() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sync()
	var open []int
	for _, n := range c.conns {
		if !n.gone {
			open = append(open, n.id)
		}
	}
	return open
}

// Err implements [Link].
func (c *core) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cfg.Engine.Err()
}

// Arm implements [Link].
func (c *core) Arm(r fault.Rule) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cfg.Engine.Arm(r)
}

// Held implements [Link].
func (c *core) Held(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cfg.Engine.Held(name)
}

// Release implements [Link].
func (c *core) Release(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	outs, events, err := c.cfg.Engine.Release(c.now(), name)
	if err != nil {
		return err
	}
	c.note(events)
	for _, o := range outs {
		if n := c.conns[o.Conn-1]; !n.cut {
			f := n.flow(o.Dir)
			f.pending = append(f.pending, o)
			n.change()
			c.kick()
		}
	}
	return nil
}

// Cut implements [Link].
func (c *core) Cut(id int, how fault.Ending) error {
	return c.on(id, "fault cut "+how.String(), func(n *conn) {
		if how == fault.HalfClose {
			f := n.flow(wire.ToClient)
			if n.cut || f.ended {
				return
			}
			f.pending = append(f.pending[:0], fault.Out{Conn: n.id, Dir: wire.ToClient, End: how, Due: c.now()})
			f.handed, f.pieces = 0, 0 // of what was pending
			return
		}
		c.sever(n, how)
	})
}

// Stall implements [Link].
func (c *core) Stall(id int, d fault.Dirs) error {
	return c.on(id, "fault stall "+d.String(), func(n *conn) { c.cfg.Engine.Stall(n.id, d) })
}

// Heal implements [Link].
func (c *core) Heal(id int) error {
	return c.on(id, "fault heal", func(n *conn) { c.cfg.Engine.Heal(n.id) })
}

// on runs a control on one connection and notes it in the capture.
func (c *core) on(id int, note string, do func(*conn)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.at(id)
	if err != nil {
		return err
	}
	c.sync()
	c.cfg.Recorder.Event(n.id, note)
	do(n)
	n.change()
	c.kick()
	return nil
}

// Send implements [Link].
func (c *core) Send(id int, data []byte) error {
	return c.fromPeer(id, func(n *conn) arrival { return arrival{data: data, raw: !isPacket(data)} })
}

// EndPeer implements [Link].
func (c *core) EndPeer(id int, how fault.Ending) error {
	end := fault.HalfClose
	if how == fault.RST {
		end = fault.RST
	}
	return c.fromPeer(id, func(*conn) arrival { return arrival{end: end} })
}

func (c *core) fromPeer(id int, make func(*conn) arrival) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.at(id)
	if err != nil {
		return err
	}
	if n.cut || n.flow(wire.ToClient).ended {
		return fmt.Errorf("proxy: connection %d has ended", n.id)
	}
	c.decide(n, wire.ToClient, make(n))
	c.kick()
	return nil
}

// isPacket reports whether b is exactly one packet as far as its fixed header says.
func isPacket(b []byte) bool {
	var f wire.Framer
	f.Write(b)
	p, err := f.Next()
	return err == nil && len(p) == len(b)
}

// setDown takes the peer away, or gives it back.
func (c *core) setDown(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sync()
	c.down = down
	text := "fault up"
	if down {
		text = "fault down"
	}
	c.cfg.Recorder.Event(len(c.conns), text)
	defer c.kick()
	for _, n := range c.conns {
		if down && !n.cut && !n.gone {
			c.sever(n, fault.RST)
		}
	}
}
