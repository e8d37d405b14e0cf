package robust

import (
	"context"
	"fmt"

	"umqtt/client"
)

// WaitMsg is [client.Client.WaitMsg] across connections: it connects again and
// goes on waiting. It returns KindMessage for a message whose callback has run, and
// for no other, even if the connection ended before its PUBACK was sent; then the
// server sends it again.
//
// It also reports, one call at a time and before it waits, what other calls met
// that their callers had not asked about: a [*ResubscribeError], a
// [*client.DroppedError] or [*PoisonError] for messages whose Publish had ended, a
// [*PoisonError] for a server that breaks the protocol, a [*client.OversizeError] or
// [*client.StoreError]. These leave the client in good order.
func (c *Client) WaitMsg(ctx context.Context) (client.Kind, error) {
	const op = "wait"
	if err := c.begin(); err != nil {
		return client.KindNone, c.fail(op, err)
	}
	defer c.end()
	k := call{caller: ctx, ctx: ctx, limit: c.cfg.Policy.Limit()}
	defer func() { k.done() }()
	for {
		if kind, err := c.reported(); kind != client.KindNone || err != nil {
			return kind, c.fail(op, err)
		}
		if !c.up || c.lacking() {
			k = c.resume(k)
			if err := c.settle(&k); err != nil {
				return client.KindNone, c.fail(op, k.gaveUp(err))
			}
			if kind, err := c.reported(); kind != client.KindNone || err != nil {
				return kind, c.fail(op, err)
			}
		}
		kind, err := c.c.WaitMsg(ctx)
		if err == nil || !c.lost(err, nil) {
			return kind, err
		}
		if kind == client.KindMessage && c.wanted {
			return kind, nil
		}
	}
}

// CheckMsg is [client.Client.CheckMsg]: it never waits, and so it does not connect
// either. It reports the loss of the connection with the error of package client,
// and as long as there is none with ErrClosed; NextDue tells when a call that may
// wait, such as Ping, is worth its time.
func (c *Client) CheckMsg() (client.Kind, error) {
	const op = "check"
	if err := c.begin(); err != nil {
		return client.KindNone, c.fail(op, err)
	}
	defer c.end()
	if kind, err := c.reported(); kind != client.KindNone || err != nil {
		return kind, c.fail(op, err)
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

// reported returns one thing that is to be reported.
func (c *Client) reported() (kind client.Kind, err error) {
	switch {
	case c.pong:
		c.pong = false
		return client.KindPing, nil
	case len(c.dropped) > 0:
		err, c.dropped = &client.DroppedError{PacketIDs: c.dropped}, nil
	case len(c.notices) > 0:
		err = c.notices[0]
		c.notices = c.notices[1:]
	}
	return client.KindNone, err
}
