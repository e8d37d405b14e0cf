package robust

import (
	"context"
	"errors"

	"umqtt/client"
)

// Subscribe is [client.Client.Subscribe] across connections: a SUBSCRIBE that a lost
// connection interrupts is sent again after the reconnect. Filters that the server
// grants are remembered. After any later reconnect that finds no session they are
// subscribed again, with the same QoS, before anything new is sent. Subscribing to a
// filter again replaces its QoS; Unsubscribe forgets the filter.
//
// If the context, AckTimeout or the policy's limit ends the wait, the filters are not
// remembered. Other errors: those of package client, [*GaveUpError], [*PoisonError].
func (c *Client) Subscribe(ctx context.Context, filters ...client.Filter) (granted []byte, err error) {
	const op = "subscribe"
	if err := c.begin(); err != nil {
		return nil, c.fail(op, err)
	}
	defer c.end()
	err = c.request(ctx, op, func(ctx context.Context) (err error) {
		granted, err = c.c.Subscribe(ctx, filters...)
		return err
	})
	var refused *client.SubscribeError
	if err != nil && !errors.As(err, &refused) {
		return nil, err
	}
	for i, code := range granted {
		if code == client.Refused {
			c.subs.forget(filters[i].Topic)
		} else {
			c.subs.remember(filters[i])
		}
	}
	return granted, err
}

// Unsubscribe is [client.Client.Unsubscribe] across connections. It forgets the filters
// at once, whatever the server answers.
func (c *Client) Unsubscribe(ctx context.Context, topics ...[]byte) error {
	const op = "unsubscribe"
	if err := c.begin(); err != nil {
		return c.fail(op, err)
	}
	defer c.end()
	return c.request(ctx, op, func(ctx context.Context) error {
		err := c.c.Unsubscribe(ctx, topics...)
		if !refusedHere(err) {
			for _, t := range topics {
				c.subs.forget(t)
			}
		}
		return err
	})
}

// refusedHere reports whether a call failed for a reason that lies with the call,
// before a byte was sent.
func refusedHere(err error) bool {
	var invalid *client.ValidationError
	return errors.As(err, &invalid) || errors.Is(err, client.ErrClosed) ||
		errors.Is(err, client.ErrDepth) || errors.Is(err, client.ErrInflight)
}

// request sends and waits for the answer, on one connection after another. An
// answer counts only if the session that it belongs to is still there: a call
// inside the callback may have replaced it.
func (c *Client) request(ctx context.Context, op string, send func(context.Context) error) error {
	p := c.packets.push(request)
	defer c.packets.pop(p, c.c)
	k := c.newCall(ctx, p)
	defer k.done()
	for tried := false; ; tried = true {
		if c.up || tried {
			if err := c.settle(&k); err != nil {
				return c.fail(op, k.gaveUp(err))
			}
		}
		number := c.number
		err := send(k.ctx)
		if lost := err != nil && c.lost(err, p); !lost && c.fresh <= number {
			return c.fail(op, k.gaveUp(err))
		}
	}
}
