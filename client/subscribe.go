package client

import (
	"context"
	"encoding/binary"
)

// Filter is a topic filter and the highest QoS, 0 or 1, at which the server may send
// its messages.
type Filter struct {
	Topic []byte
	QoS   byte
}

// request is a SUBSCRIBE or UNSUBSCRIBE that has not been answered. It keeps its
// packet identifier until it is, or until the connection ends.
type request struct {
	id      uint16
	answer  byte // type of the packet that answers it
	filters int
	codes   []byte // of the SUBACK
	done    bool
}

// request finds the index of a request, -1 if there is none.
func (c *Client) request(id uint16) int {
	for i, r := range c.requests {
		if r.id == id {
			return i
		}
	}
	return -1
}

// Subscribe subscribes to filters with one SUBSCRIBE and waits for the SUBACK. Until
// then it processes whatever else arrives, as WaitMsg does. It returns the granted QoS
// of each filter, in their order [MQTT-3.9.3-1]. If the server refused any, their code
// is Refused and the error is a [*SubscribeError]; the others are subscribed.
//
// If the context or AckTimeout ends the wait, the connection stays open, and the server
// may still answer. The packet identifier stays in use until the answer arrives or the
// connection ends. Other errors: [*ValidationError], ErrClosed, ErrDepth, ErrInflight.
func (c *Client) Subscribe(ctx context.Context, filters ...Filter) (granted []byte, err error) {
	const op = "subscribe"
	if err := c.begin(); err != nil {
		return nil, c.fail(op, err)
	}
	defer c.end()
	if err := validateSubscribe(filters, c.cfg.MaxPacket); err != nil {
		return nil, c.fail(op, err)
	}
	r := &request{answer: typeSuback, filters: len(filters)}
	err = c.ask(ctx, r, func() { c.out = appendSubscribe(c.out[:c.held], r.id, filters) })
	if err != nil {
		return nil, c.fail(op, err)
	}
	for _, code := range r.codes {
		if code == Refused {
			return r.codes, c.fail(op, &SubscribeError{Granted: r.codes})
		}
	}
	return r.codes, nil
}

// Unsubscribe removes subscriptions and waits for the UNSUBACK as Subscribe does for
// the SUBACK. Messages that the server had already sent may still arrive.
func (c *Client) Unsubscribe(ctx context.Context, topics ...[]byte) error {
	const op = "unsubscribe"
	if err := c.begin(); err != nil {
		return c.fail(op, err)
	}
	defer c.end()
	if err := validateUnsubscribe(topics); err != nil {
		return c.fail(op, err)
	}
	r := &request{answer: typeUnsuback, filters: len(topics)}
	return c.fail(op, c.ask(ctx, r, func() { c.out = appendUnsubscribe(c.out[:c.held], r.id, topics) }))
}

// ask sends a request and waits for its answer. encode puts it into c.out.
func (c *Client) ask(ctx context.Context, r *request, encode func()) error {
	if err := c.sendable(ctx); err != nil {
		return err
	}
	if err := c.answerable(ctx, func() bool { return len(c.requests) >= c.cfg.MaxInflight }); err != nil {
		return err
	}
	r.id = c.nextID()
	c.nest()
	defer c.unnest()

	encode()
	if err := c.send(ctx, c.out[c.held:]); err != nil {
		return err
	}
	c.requests = append(c.requests, r)
	bound := c.ackBound()
	for !r.done {
		_, err := c.step(ctx, bound, false)
		if err != nil && !r.done {
			err = c.arrived(r.answer, r.id, err)
		}
		if err != nil && !r.done {
			return err
		}
	}
	return nil
}

// receiveAnswer takes up a SUBACK or UNSUBACK. One that answers nothing is a
// violation: unlike a PUBACK it cannot come twice.
func (c *Client) receiveAnswer(kind byte, body []byte) error {
	name, mismatch := "SUBACK", "MQTT-3.8.4-2"
	if kind == typeUnsuback {
		name, mismatch = "UNSUBACK", "MQTT-3.10.4-4"
	}
	id, codes := binary.BigEndian.Uint16(body), body[2:]
	i := c.request(id)
	if i < 0 || c.requests[i].answer != kind {
		return violation(mismatch, "%s with packet identifier %d, which no request uses", name, id)
	}
	r := c.requests[i]
	if kind == typeSuback && len(codes) != r.filters {
		return violation("MQTT-3.8.4-5", "SUBACK with %d codes for %d filters", len(codes), r.filters)
	}
	for _, code := range codes {
		if code > 2 && code != Refused {
			return violation("MQTT-3.9.3-2", "SUBACK with code %#02x", code)
		}
	}
	c.requests = append(c.requests[:i], c.requests[i+1:]...)
	r.codes, r.done = append([]byte(nil), codes...), true
	return nil
}
