package client

import (
	"context"
	"errors"
	"time"
)

// Post publishes a message at QoS 1 without waiting for its PUBACK. It returns the
// packet identifier when the packet is written, or gathered after Hold. Up to
// MaxInflight messages are in flight, then Post takes up what has arrived, as Publish
// does, and fails with ErrInflight if that is not enough. Config.OnOutcome tells what
// becomes of each message, WaitAcks waits until nothing is in flight.
//
// Without a connection the message is in flight, and stored, at once: the next
// Connect without a clean session sends it. What a clean session that has ended had in
// flight is then given up at once.
//
// A [*PendingError] says that the message is in flight though the connection broke as
// it was written. Other errors, before the message is in flight: [*ValidationError],
// ErrInflight, ErrDepth, the context's, those of a connection that has ended, and a
// [*StoreError] with Op "put" or "clear". The context bounds the writing as with
// Publish.
func (c *Client) Post(ctx context.Context, topic, payload []byte, retain bool) (id uint16, err error) {
	const op = "post"
	if err := c.begin(); err != nil {
		return 0, c.fail(op, err)
	}
	defer c.end()
	if err := validatePublish(topic, payload, 1); err != nil {
		return 0, c.fail(op, err)
	}
	if err := ctx.Err(); err != nil {
		return 0, c.fail(op, err)
	}
	if c.conn == nil && c.clean {
		if err := c.forget(); err != nil {
			return 0, c.fail(op, err)
		}
		c.clean = false
	}
	if c.conn == nil && c.inflight.full() {
		return 0, c.fail(op, ErrInflight)
	}
	s, err := c.launch(ctx, topic, payload, retain)
	if s == nil {
		return 0, c.fail(op, err)
	}
	defer c.inflight.letGo(s)
	if err == nil && c.conn != nil {
		s.tried = !c.holding
		err = c.emit(ctx, s.packet)
		s.sent = c.lastSent
	}
	if err != nil {
		return s.id, &PendingError{PacketID: s.id, Err: c.fail(op, err)}
	}
	return s.id, nil
}

// launch puts a message in flight. One that is stored is so before anything else: an
// error beside a slot says that the connection has ended since. Without a slot the
// message is not in flight.
func (c *Client) launch(ctx context.Context, topic, payload []byte, retain bool) (*slot, error) {
	first := c.conn == nil || c.keeps()
	if !first {
		if err := c.ready(); err != nil {
			return nil, err
		}
	}
	if c.inflight.full() {
		if err := c.answerable(ctx, c.inflight.full); err != nil {
			return nil, err
		}
	}
	s := c.inflight.take(c.nextID())
	s.packet = appendPublish(trim(s.packet, c.cfg.InflightBuffers != nil, len(payload)), topic, payload, 1, retain, s.id)
	if err := c.keep(s); err != nil {
		c.inflight.remove(c.inflight.index(s.id), dropped)
		c.inflight.letGo(s)
		return nil, err
	}
	if first && c.conn != nil {
		return s, c.ready()
	}
	return s, nil
}

// WaitAcks waits until no message is in flight, and deals with whatever else arrives,
// as WaitMsg does. It ends with the context, with ErrTimeout when AckTimeout passes
// without a PUBACK, and with the connection. With nothing in flight it returns nil at
// once; then Flush writes what there may be of QoS 0.
func (c *Client) WaitAcks(ctx context.Context) error {
	const op = "wait for PUBACKs"
	if err := c.begin(); err != nil {
		return c.fail(op, err)
	}
	nothing := len(c.inflight.order) == 0
	c.end()
	if nothing {
		return nil
	}
	if err := c.beginRead(); err != nil {
		return c.fail(op, err)
	}
	defer c.endRead()
	least, since := len(c.inflight.order), time.Now()
	for len(c.inflight.order) > 0 {
		if n := len(c.inflight.order); n < least {
			least, since = n, time.Now()
		}
		bound := time.Time{}
		if c.cfg.AckTimeout > 0 {
			bound = since.Add(c.cfg.AckTimeout)
		}
		if _, err := c.step(ctx, bound, false); err != nil && len(c.inflight.order) > 0 {
			return c.fail(op, err)
		}
	}
	return nil
}

// ErrDropped is what Config.OnOutcome is told of a message that was given up.
var ErrDropped = errors.New("given up with its session")

// outcome tells what has become of a message.
func (c *Client) outcome(id uint16, err error) {
	if c.cfg.OnOutcome != nil {
		c.cfg.OnOutcome(id, err)
	}
}

// notice tells what has gone wrong beside the calls.
func (c *Client) notice(err error) {
	if c.cfg.OnNotice != nil {
		c.cfg.OnNotice(err)
	}
}

// Counts is what has gone wrong since New without the failure of a call.
type Counts struct {
	Dropped uint64 // messages given up with their session; see Config.OnOutcome
	Skipped uint64 // packets read past; see OversizeSkip
	Unkept  uint64 // acknowledged messages that Config.Store could not delete
}

// Counts returns what Config.OnOutcome and Config.OnNotice were told, counted.
func (c *Client) Counts() Counts { return c.counts }
