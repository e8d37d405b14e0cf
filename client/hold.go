package client

import (
	"context"
	"time"
)

// holdBuffer is how many bytes are gathered when there is no Config.WriteBuffer.
const holdBuffer = 16 << 10

// Hold begins to gather packets: from now on Publish at QoS 0 and Post append their
// packets to a buffer, and Flush writes the buffer with one Write. A device then turns
// its radio on once for many readings.
//
// There is no timer. Any other call that writes or waits (all but CheckMsg, Publish at
// QoS 0 and Post) writes the gathered packets first. They are also written when the
// next packet does not fit into Config.WriteBuffer, or into 16 KiB if there is none.
// Gathering continues after that. Gathered packets do not count for the keep alive
// until they are written.
//
// The end of the connection ends the gathering and discards the gathered QoS 0
// messages; gathered QoS 1 messages stay in flight. Hold may be called before Connect.
func (c *Client) Hold() error {
	if err := c.begin(); err != nil {
		return c.fail("hold", err)
	}
	defer c.end()
	c.holding = true
	return nil
}

// Flush writes the packets gathered since Hold, and ends the gathering. Without Hold it
// does nothing. Its errors are those of a Publish at QoS 0.
func (c *Client) Flush(ctx context.Context) error {
	const op = "flush"
	if err := c.begin(); err != nil {
		return c.fail(op, err)
	}
	defer c.end()
	c.holding = false
	if c.held == 0 {
		return nil
	}
	if err := c.sendable(ctx); err != nil {
		return c.fail(op, err)
	}
	return c.fail(op, c.flush(ctx))
}

// flush writes what is gathered.
func (c *Client) flush(ctx context.Context) error {
	if c.held == 0 {
		return nil
	}
	return c.send(ctx, nil)
}

// emit writes the packet of a call that does not wait, or gathers it.
func (c *Client) emit(ctx context.Context, packet []byte) error {
	if !c.holding {
		return c.send(ctx, packet)
	}
	bound := holdBuffer
	if c.cfg.WriteBuffer != nil {
		bound = len(c.cfg.WriteBuffer)
	}
	if c.held+len(packet) > bound {
		if err := c.flush(ctx); err != nil {
			return err
		}
	}
	c.out = append(c.out[:c.held], packet...)
	if c.held = len(c.out); c.held >= bound {
		return c.flush(ctx)
	}
	return nil
}

// gather returns a packet behind those that are gathered, which are no longer so.
func (c *Client) gather(packet []byte, now time.Time) []byte {
	c.out = append(c.out[:c.held], packet...)
	c.held = 0
	for _, s := range c.inflight.order {
		if !s.tried {
			s.tried, s.sent = true, now
		}
	}
	return c.out
}

// traceSent shows packets that were written together.
func (c *Client) traceSent(packets []byte) {
	if c.cfg.Trace == nil {
		return
	}
	for len(packets) > 0 {
		size, shift, i := 0, 0, 1
		for ; packets[i] >= 128; i++ {
			size |= int(packets[i]&127) << shift
			shift += 7
		}
		size |= int(packets[i]) << shift
		c.cfg.Trace(Sent, packets[:i+1+size])
		packets = packets[i+1+size:]
	}
}
