package robust

import (
	"context"
	"fmt"

	"umqtt/client"
)

// Post is [client.Client.Post] across connections. It never waits for a connection:
// without one the message is stored and in flight, and is sent when a later call
// connects. With a clean session Post needs a connection, since the messages in flight
// are dropped at its end; OnOutcome reports them. With MaxInflight messages in flight
// it fails with ErrInflight; WaitAcks, WaitMsg and WaitFor make room.
func (c *Client) Post(ctx context.Context, topic, payload []byte, retain bool) (id uint16, err error) {
	const op = "post"
	if err := c.begin(); err != nil {
		return 0, c.fail(op, err)
	}
	defer c.end()
	if !c.up && (c.clean || !c.wanted) {
		return 0, c.fail(op, c.closed())
	}
	p := c.packets.push(message)
	defer c.packets.pop(p, c.c)
	for {
		up := c.up
		p.id, err = c.c.Post(ctx, topic, payload, retain)
		switch {
		case err == nil:
			return p.id, nil
		case !c.lost(err, p) || c.clean || !up:
			return p.id, err
		case p.id != 0: // in flight, though the connection has ended
			return p.id, nil
		}
	}
}

// closed is ErrClosed with the reason why there is no connection.
func (c *Client) closed() error {
	switch {
	case c.final != nil:
		return fmt.Errorf("%w: %w", client.ErrClosed, c.final)
	case c.cause != nil:
		return fmt.Errorf("%w since: %w", client.ErrClosed, c.cause)
	}
	return client.ErrClosed
}

// WaitAcks is [client.Client.WaitAcks] across connections: messages in flight are sent
// again after a reconnect. With a clean session the messages in flight are dropped at
// the end of the connection, and WaitAcks does not wait for them.
func (c *Client) WaitAcks(ctx context.Context) error {
	const op = "wait for PUBACKs"
	if err := c.begin(); err != nil {
		return c.fail(op, err)
	}
	defer c.end()
	k := c.newCall(ctx, nil)
	defer k.done()
	for c.packets.inFlight(c.c) > 0 {
		if err := c.settle(&k); err != nil {
			return c.fail(op, k.gaveUp(err))
		}
		err := c.c.WaitAcks(k.ctx)
		if err != nil && !c.lost(err, nil) {
			return c.fail(op, k.gaveUp(err))
		}
	}
	return nil
}

// Hold is [client.Client.Hold]. The end of a connection ends the gathering.
func (c *Client) Hold() error {
	if err := c.begin(); err != nil {
		return c.fail("hold", err)
	}
	defer c.end()
	return c.c.Hold()
}

// Flush is [client.Client.Flush]. It does not connect: if the connection has ended, the
// gathered QoS 0 messages are lost, and the QoS 1 messages stay in flight.
func (c *Client) Flush(ctx context.Context) error {
	const op = "flush"
	if err := c.begin(); err != nil {
		return c.fail(op, err)
	}
	defer c.end()
	err := c.c.Flush(ctx)
	if err != nil {
		c.lost(err, nil)
	}
	return err
}
