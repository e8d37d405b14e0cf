package robust

import (
	"context"
	"errors"

	"umqtt/client"
)

// Subscribe is [client.Client.Subscribe] across connections: what a lost
// connection interrupts is asked for again after the reconnect. Filters that the
// server grants are remembered, and subscribed again with the same QoS after any
// later reconnect that finds no session, before anything else is sent. Asking for
// a filter again replaces its QoS, and Unsubscribe forgets it.
//
// A wait that ends early, by the context, AckTimeout or the policy's limit, leaves
// the filters unremembered. Further errors: those of package client, [*GaveUpError],
// [*PoisonError].
func (c *Client) Subscribe(ctx context.Context, filters ...client.Filter) (granted []byte, err error) {
	err = c.request(ctx, "subscribe", func(ctx context.Context) (err error) {
		number := c.number
		granted, err = c.c.Subscribe(ctx, filters...)
		for i, code := range granted {
			if code == client.Refused {
				c.subs.forget(filters[i].Topic)
			} else {
				c.subs.remember(filters[i], c.number != number && !c.present)
			}
		}
		return err
	})
	return granted, err
}

// Unsubscribe is [client.Client.Unsubscribe] across connections. The filters are
// forgotten as soon as they are asked for, whatever the server answers.
func (c *Client) Unsubscribe(ctx context.Context, topics ...[]byte) error {
	return c.request(ctx, "unsubscribe", func(ctx context.Context) error {
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

// request makes a call that waits for an answer, on one connection after another.
func (c *Client) request(ctx context.Context, op string, send func(context.Context) error) error {
	if err := c.begin(); err != nil {
		return c.fail(op, err)
	}
	defer c.end()
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
		if err := send(k.ctx); err == nil || !c.lost(err, p) {
			return c.fail(op, k.gaveUp(err))
		}
	}
}
