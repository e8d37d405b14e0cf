package robust

import (
	"context"
	"errors"

	"umqtt/client"
)

// resubscribe subscribes what the server's session lacks, and reports whether the
// connection was lost meanwhile. Calls inside the callback do not wait for it on
// the same connection. What it cannot do here because calls nest too deep, a later
// call does.
func (c *Client) resubscribe(ctx context.Context) (lost bool, err error) {
	if !c.subs.owed || c.restoring == c.number {
		return false, nil
	}
	number := c.number
	c.restoring = number
	defer func() {
		if c.restoring == number {
			c.restoring = 0
		}
	}()
	for c.number == number {
		batch := c.subs.batch(c.mostFilters())
		if batch == nil {
			return false, nil
		}
		if lost, err := c.ask(ctx, batch); lost || err != nil {
			return lost, err
		}
	}
	return true, nil // replaced inside the callback
}

// mostFilters is how many filters a SUBSCRIBE may have for its SUBACK to be within
// MaxPacket.
func (c *Client) mostFilters() int {
	size := c.cfg.MaxPacket
	if size == 0 {
		size = client.DefaultMaxPacket
	}
	return size - 7
}

// ask sends one SUBSCRIBE for what is owed, and waits for its SUBACK.
func (c *Client) ask(ctx context.Context, batch []*subscription) (lost bool, err error) {
	p := c.packets.push(request)
	defer c.packets.pop(p, c.c)
	p.strikes = batch[0].strikes
	filters := make([]client.Filter, len(batch))
	for i, s := range batch {
		filters[i] = s.filter
	}
	granted, err := c.c.Subscribe(ctx, filters...)
	var refused *client.SubscribeError
	switch {
	case err == nil || errors.As(err, &refused):
		c.granted(batch, granted)
		return false, nil
	case c.lost(err, p):
		c.blamed(batch, p)
		return true, nil
	case errors.Is(err, client.ErrDepth), errors.Is(err, client.ErrInflight):
		c.restoring = c.number // not again for each of the calls above
		return false, errLater
	}
	return false, err
}
