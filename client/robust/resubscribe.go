package robust

import (
	"context"
	"encoding/binary"
	"errors"

	"umqtt/client"
)

// resubscribe subscribes what the server's session lacks, and reports whether the
// connection was lost meanwhile. When the wait for a SUBACK ends early the call
// fails, and the request stays: nothing is asked for a second time on a connection,
// and further calls go on without the answer, as those inside the callback do. What
// cannot be done because calls nest too deep, a later call does.
func (c *Client) resubscribe(ctx context.Context) (lost bool, err error) {
	number := c.number
	for c.number == number && c.lacking() {
		batch := c.subs.batch(c.mostFilters())
		if batch == nil {
			return false, nil
		}
		lost, err := c.renew(ctx, batch)
		switch {
		case err == errLater:
			return false, nil
		case lost || err != nil:
			return lost, err
		}
	}
	return c.number != number, nil // replaced inside the callback
}

// lacking tells whether the server's session may lack subscriptions that can be asked
// for now: not while a SUBSCRIBE for others waits for its answer.
func (c *Client) lacking() bool { return c.subs.owed && c.packets.renewal(c.number) == nil }

// mostFilters is how many filters a SUBSCRIBE may have for its SUBACK to be within
// MaxPacket.
func (c *Client) mostFilters() int {
	size := c.cfg.MaxPacket
	if size == 0 {
		size = client.DefaultMaxPacket
	}
	return size - 7
}

// renew sends one SUBSCRIBE for what is owed, and waits for its SUBACK, which
// renewed takes up.
func (c *Client) renew(ctx context.Context, batch []*subscription) (lost bool, err error) {
	p := c.packets.renew(c.number)
	defer c.packets.pop(p, c.c)
	p.strikes, p.batch = batch[0].strikes, batch
	filters := make([]client.Filter, len(batch))
	for i, s := range batch {
		filters[i] = s.filter
	}
	_, err = c.c.Subscribe(ctx, filters...)
	var refused *client.SubscribeError
	switch {
	case err == nil || errors.As(err, &refused):
		return false, nil
	case c.lost(err, p):
		return true, nil
	case errors.Is(err, client.ErrDepth), errors.Is(err, client.ErrInflight):
		return false, errLater
	}
	return false, err
}

var errLater = errors.New("not now")

// renewed takes up a SUBACK, whichever call has read it. One that package client
// will not accept, or that answers a request of the caller's, changes nothing.
func (c *Client) renewed(suback []byte) {
	id, codes := binary.BigEndian.Uint16(suback), suback[2:]
	p := c.packets.renewal(c.number)
	if p == nil || p.id != id || len(codes) != len(p.batch) {
		return
	}
	for _, code := range codes {
		if code > 2 && code != client.Refused {
			return
		}
	}
	for i, s := range p.batch {
		if s.owed && codes[i] == client.Refused && c.subs.remove(s) {
			c.notice(&ResubscribeError{Filter: string(s.filter.Topic)})
		}
		s.owed, s.strikes = false, 0
	}
	c.subs.recount()
	c.packets.renewed(p)
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
		c.notice(poison)
	}
}
