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
		lost, err := c.ask(ctx, batch)
		switch {
		case err == errLater:
			return false, nil
		case lost || err != nil:
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
	p.strikes, p.batch = batch[0].strikes, batch
	filters := make([]client.Filter, len(batch))
	for i, s := range batch {
		filters[i] = s.filter
	}
	number := c.number
	granted, err := c.c.Subscribe(ctx, filters...)
	var refused *client.SubscribeError
	switch {
	case err == nil || errors.As(err, &refused):
		if c.number == number {
			c.granted(batch, granted)
		}
		return false, nil
	case c.lost(err, p):
		return true, nil
	case errors.Is(err, client.ErrDepth), errors.Is(err, client.ErrInflight):
		return false, errLater
	}
	return false, err
}

var errLater = errors.New("not now")

// granted takes up a SUBACK.
func (c *Client) granted(batch []*subscription, codes []byte) {
	for i, s := range batch {
		s.owed, s.strikes = false, 0
		if codes[i] == client.Refused {
			c.subs.remove(s)
			c.notices = append(c.notices, &ResubscribeError{Filter: string(s.filter.Topic)})
		}
	}
}

// blamed hands the strikes of a SUBSCRIBE on to its filters. When they are too
// many, and it is certain which filter it is, that is forgotten.
func (c *Client) blamed(p *packet) {
	for _, s := range p.batch {
		s.strikes = p.strikes
	}
	if p.fate == poisoned && len(p.batch) == 1 {
		c.subs.remove(p.batch[0])
		poison := p.poison()
		poison.Filter = string(p.batch[0].filter.Topic)
		c.notices = append(c.notices, poison)
	}
}
