package ref

import (
	"context"
	"fmt"
	"slices"

	"umqtt/harness/wire"
)

// A request is a SUBSCRIBE or UNSUBSCRIBE that has no answer yet.
type request struct {
	filters []Filter
	ends    bool // it is an UNSUBSCRIBE
	again   bool // it is made by the client, to subscribe again
	id      uint16
	on      *conn       // on which it was sent
	reply   chan answer // takes one value
}

// answer is what comes of a request.
type answer struct {
	codes []byte
	err   error
}

// Subscribe subscribes, and returns the return code of each filter. An error matches [ErrInvalid], [ErrClosed],
// [ErrTimeout], [ErrNetwork], [ErrProtocol] or, when a filter was refused, [ErrRefused].
func (c *Client) Subscribe(ctx context.Context, filters ...Filter) (granted []byte, err error) {
	granted, err = c.ask(ctx, filters, false)
	if err == nil && slices.Contains(granted, wire.SubackFailure) {
		err = fmt.Errorf("%w: a filter", ErrRefused)
	}
	return granted, err
}

// Unsubscribe ends subscriptions. Its errors are those of Subscribe but ErrRefused.
func (c *Client) Unsubscribe(ctx context.Context, filters ...string) error {
	fs := make([]Filter, len(filters))
	for i, f := range filters {
		fs[i].Topic = f
	}
	_, err := c.ask(ctx, fs, true)
	return err
}

// ask makes the requests for these filters and waits for the answers.
func (c *Client) ask(ctx context.Context, filters []Filter, ends bool) (codes []byte, err error) {
	c.lock()
	made, err := c.make(filters, ends)
	if err == nil && c.up() {
		c.sendRequests(c.conn)
	}
	c.unlock()
	if err != nil {
		return nil, err
	}
	for _, r := range made {
		select {
		case a := <-r.reply:
			if a.err != nil && err == nil {
				err = a.err
			}
			codes = append(codes, a.codes...)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return codes, err
}

// make returns the requests for these filters: one, or as many as the filters. The lock is held.
func (c *Client) make(filters []Filter, ends bool) ([]*request, error) {
	groups := [][]Filter{filters}
	if c.habits.Apart || c.habits.ApartAtOnce {
		groups = nil
		for _, f := range filters {
			groups = append(groups, []Filter{f})
		}
	}
	var made []*request
	for _, g := range groups {
		r := &request{filters: g, ends: ends, id: 1, reply: make(chan answer, 1)}
		if err := c.check(r.packet()); err != nil {
			return nil, err
		}
		made = append(made, r)
	}
	if len(filters) == 0 {
		return nil, fmt.Errorf("%w: no filter", ErrInvalid)
	}
	if !c.up() && !c.wanted {
		return nil, ErrClosed
	}
	for _, r := range made {
		if r.id = c.newID(r.packet().Type()); r.id == 0 {
			return nil, ErrInflight
		}
		c.requests = append(c.requests, r)
	}
	if ends {
		for _, f := range filters {
			c.subscriptions = slices.DeleteFunc(c.subscriptions, func(s Filter) bool { return s.Topic == f.Topic })
		}
	}
	return made, nil
}

// packet is the request as a packet.
func (r *request) packet() wire.FromClient {
	if r.ends {
		q := &wire.Unsubscribe{PacketID: r.id}
		for _, f := range r.filters {
			q.Filters = append(q.Filters, f.Topic)
		}
		return q
	}
	q := &wire.Subscribe{PacketID: r.id}
	for _, f := range r.filters {
		q.Filters = append(q.Filters, wire.Subscription{Filter: f.Topic, QoS: int(f.QoS)})
	}
	return q
}

// sendRequests sends what was not sent on this connection. The lock is held.
func (c *Client) sendRequests(k *conn) {
	for _, r := range slices.Clone(c.requests) {
		if r.on == k {
			if c.habits.Apart {
				return
			}
			continue
		}
		r.on = k
		c.write(k, r.packet())
		c.after(c.cfg.Timeout, func() {
			if r.on == k && slices.Contains(c.requests, r) { // it keeps its identifier until its connection ends
				r.tell(answer{err: fmt.Errorf("%w to packet %d", ErrTimeout, r.id)})
			}
		})
		if c.habits.Apart {
			return
		}
	}
}

// tell answers whoever waits for a request.
func (r *request) tell(a answer) {
	select {
	case r.reply <- a:
	default:
	}
}

// answered handles SUBACK and UNSUBACK. It wakes the call that waits. The lock is held.
func (c *Client) answered(k *conn, t wire.Type, id uint16, codes []byte) (woke bool) {
	i := slices.IndexFunc(c.requests, func(r *request) bool { return r.on == k && r.id == id && r.ends == (t == wire.UNSUBACK) })
	if i < 0 {
		c.violated(k, violation("%s for packet %d, which does not wait for it", t, id))
		return false
	}
	r := c.requests[i]
	if !r.ends && len(codes) != len(r.filters) { // MQTT-3.8.4-5
		c.violated(k, violation("SUBACK with %d return codes for %d filters", len(codes), len(r.filters)))
		return false
	}
	c.requests = slices.Delete(c.requests, i, i+1)
	for i, code := range codes {
		c.note(r.filters[i], code != wire.SubackFailure)
	}
	r.tell(answer{codes: codes})
	c.sendRequests(k)
	return true
}

// note keeps what is subscribed to. The lock is held.
func (c *Client) note(f Filter, granted bool) {
	i := slices.IndexFunc(c.subscriptions, func(s Filter) bool { return s.Topic == f.Topic })
	switch {
	case granted && i < 0:
		c.subscriptions = append(c.subscriptions, f)
	case granted:
		c.subscriptions[i] = f
	case i >= 0:
		c.subscriptions = slices.Delete(c.subscriptions, i, i+1)
	}
}

// interrupted has the requests wait for the next connection, or fails them when nobody will make one. The lock is held.
func (c *Client) interrupted(err error) {
	c.requests = slices.DeleteFunc(c.requests, func(r *request) bool {
		r.on = nil
		if !c.wanted {
			r.tell(answer{err: err})
		}
		return !c.wanted
	})
}

// subscribeAgain subscribes to what there was. The lock is held.
func (c *Client) subscribeAgain() {
	c.requests = slices.DeleteFunc(c.requests, func(r *request) bool { return r.again })
	if len(c.subscriptions) == 0 {
		return
	}
	before := c.requests
	made, err := c.make(slices.Clone(c.subscriptions), false)
	if err != nil {
		return // every identifier is in use
	}
	for _, r := range made {
		r.again = true
	}
	c.requests = append(slices.Clone(made), before...)
	c.sendRequests(c.conn)
}
