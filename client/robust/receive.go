package robust

import (
	"context"
	"fmt"
	"time"

	"umqtt/client"
)

// WaitMsg is [client.Client.WaitMsg] across connections: it connects again and
// continues to wait. It returns KindMessage exactly when a callback has run, even if
// the connection ended before the PUBACK was sent; the server then sends the message
// again.
func (c *Client) WaitMsg(ctx context.Context) (client.Kind, error) {
	return c.receive(ctx, time.Time{}, c.c.WaitMsg)
}

// WaitFor is [client.Client.WaitFor] across connections. When d has passed it returns
// KindNone and nil, with or without a connection; the backoff of an outage continues in
// later calls. Only the context and ConnectTimeout end a running attempt to connect,
// not d: with a short d, a slow network would otherwise never connect.
func (c *Client) WaitFor(ctx context.Context, d time.Duration) (client.Kind, error) {
	until := c.cfg.Clock.Now().Add(d)
	return c.receive(ctx, until, func(ctx context.Context) (client.Kind, error) {
		return c.c.WaitFor(ctx, until.Sub(c.cfg.Clock.Now()))
	})
}

// receive waits for a packet, until a time if that is not zero.
func (c *Client) receive(ctx context.Context, until time.Time, wait func(context.Context) (client.Kind, error)) (client.Kind, error) {
	const op = "wait"
	if err := c.begin(); err != nil {
		return client.KindNone, c.fail(op, err)
	}
	defer c.end()
	k := call{caller: ctx, ctx: ctx, limit: c.cfg.Policy.Limit(), until: until}
	defer func() { k.done() }()
	for {
		if c.ponged() {
			return client.KindPing, nil
		}
		if !c.up || c.lacking() {
			k = c.resume(k)
			err := c.settle(&k)
			switch {
			case err == errUntil:
				return client.KindNone, nil
			case err != nil:
				return client.KindNone, c.fail(op, k.gaveUp(err))
			case c.ponged():
				return client.KindPing, nil
			}
		}
		kind, err := wait(ctx)
		if err == nil || !c.lost(err, nil) {
			return kind, err
		}
		if kind == client.KindMessage && c.wanted {
			return kind, nil
		}
	}
}

// CheckMsg is [client.Client.CheckMsg]: it never waits, and so does not connect. It
// reports the loss of the connection with the error of package client, and returns
// ErrClosed while there is no connection. NextDue returns when a call that may wait,
// such as Ping, can make the next attempt.
func (c *Client) CheckMsg() (client.Kind, error) {
	const op = "check"
	if err := c.begin(); err != nil {
		return client.KindNone, c.fail(op, err)
	}
	defer c.end()
	if c.ponged() {
		return client.KindPing, nil
	}
	if !c.up && c.cause != nil {
		return client.KindNone, c.fail(op, fmt.Errorf("%w since: %w", client.ErrClosed, c.cause))
	}
	kind, err := c.c.CheckMsg()
	if err == nil || !c.lost(err, nil) {
		return kind, err
	}
	if kind == client.KindMessage && c.wanted {
		return kind, nil
	}
	return client.KindNone, err
}

// ponged reports a PINGRESP that another call has met, once.
func (c *Client) ponged() bool {
	pong := c.pong
	c.pong = false
	return pong
}
