package client

import (
	"context"
	"time"
)

// Publish publishes a message at QoS 0 or 1.
//
// At QoS 0 it returns when the packet is written, and never calls the callback.
//
// At QoS 1 it returns when the PUBACK has arrived, and until then processes whatever
// else arrives, as WaitMsg does. If the wait ends first (by the context, AckTimeout or
// the end of the connection), the error is a [*PendingError] and the message stays in
// flight. It returns nil if the PUBACK arrived in time, even if the callbacks of
// earlier messages took longer than that, or the connection ended after it.
//
// If the packet is not written within WriteTimeout and before the end of the context,
// the connection is closed.
//
// With Config.Store the message is stored before the call waits for anything, even for
// the writing of a PINGREQ that is due. If the call then finds that the connection has
// ended, the error is a PendingError, too.
//
// With MaxInflight messages in flight it first processes what has arrived, as CheckMsg
// does, without waiting: PUBACKs that arrive late make room in a program that only
// publishes.
//
// Errors before a byte of the message is sent: [*ValidationError], ErrClosed, ErrDepth,
// ErrInflight, the context's error, and a [*StoreError] with Op "put".
func (c *Client) Publish(ctx context.Context, topic, payload []byte, qos byte, retain bool) error {
	const op = "publish"
	if err := c.begin(); err != nil {
		return c.fail(op, err)
	}
	defer c.end()
	if err := validatePublish(topic, payload, qos); err != nil {
		return c.fail(op, err)
	}
	if qos == 0 {
		return c.fail(op, c.publish0(ctx, topic, payload, retain))
	}
	if err := c.answers(ctx); err != nil {
		return c.fail(op, err)
	}
	s, err := c.launch(ctx, topic, payload, retain)
	if s == nil {
		return c.fail(op, err)
	}
	defer c.inflight.letGo(s)
	id := s.id
	c.nest()
	defer c.unnest()
	if err == nil {
		s.tried = true
		err = c.send(ctx, s.packet)
		s.sent = c.lastSent
	}
	bound := c.ackBound()
	for err == nil && s.state == unacknowledged {
		_, err = c.step(ctx, bound, false)
	}
	if s.state == unacknowledged {
		err = c.arrived(typePuback, id, err)
	}
	if s.state == acknowledged {
		return nil
	}
	return &PendingError{PacketID: id, Err: c.fail(op, err)}
}

// publish0 publishes at QoS 0.
func (c *Client) publish0(ctx context.Context, topic, payload []byte, retain bool) error {
	if err := c.sendable(ctx); err != nil {
		return err
	}
	if c.held == 0 {
		c.out = trim(c.out, c.cfg.WriteBuffer != nil, len(payload))
	}
	c.out = appendPublish(c.out[:c.held], topic, payload, 0, retain, 0)
	return c.emit(ctx, c.out[c.held:])
}

// answers checks that a Publish may wait. It does not serve a call that may: the
// message is stored first.
func (c *Client) answers(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.conn == nil {
		return c.closed()
	}
	err := c.nestable()
	if err != nil {
		if lost := c.ready(); lost != nil {
			return lost
		}
	}
	return err
}

// trim empties a buffer for a packet of about this size. It gives up one that is
// large, and much larger than the packet: it has held a message out of the ordinary.
// What may be the caller's stays.
func trim(b []byte, callers bool, size int) []byte {
	if !callers && cap(b) > ordinary && cap(b)/4 > size {
		return nil
	}
	return b[:0]
}

// sendable is what a call with a context that sends begins with: it serves.
func (c *Client) sendable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return c.ready()
}

// answerable checks that a call may wait for an answer. While no more answers can be
// waited for it takes up what has arrived, as CheckMsg does: in a program that only
// publishes nobody else reads the acknowledgements that come late.
func (c *Client) answerable(ctx context.Context, full func() bool) error {
	var start time.Time
	for {
		if err := c.nestable(); err != nil {
			return err
		}
		if !full() {
			return nil
		}
		switch now := time.Now(); {
		case start.IsZero():
			start = now
		case c.cfg.AckTimeout > 0 && now.Sub(start) >= c.cfg.AckTimeout:
			return ErrInflight // a server that sends all the time does not keep the call
		}
		c.nest()
		kind, err := c.check(false)
		c.unnest()
		if err == nil {
			err = ctx.Err()
		}
		switch {
		case err != nil:
			return err
		case kind == KindNone:
			return ErrInflight
		}
	}
}

// ackBound is the time until which an acknowledgement is waited for; zero: for ever.
func (c *Client) ackBound() time.Time {
	if c.cfg.AckTimeout == 0 {
		return time.Time{}
	}
	return c.lastSent.Add(c.cfg.AckTimeout)
}
