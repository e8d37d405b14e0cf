package client

import (
	"context"
	"errors"
	"time"
)

// Post publishes a message at QoS 1 without waiting for its PUBACK. It returns the
// packet identifier when the packet is written, or gathered after Hold. With
// MaxInflight messages in flight, Post first processes what has arrived, as Publish
// does, and fails with ErrInflight if there is still no room. Config.OnOutcome reports
// the outcome of each message; WaitAcks waits until none is in flight.
//
// Without a connection, Post stores the message and puts it in flight: the next Connect
// without a clean session sends it. Messages that an ended clean session had in flight
// are dropped then.
//
// A [*PendingError] reports that the write failed and the message is in flight. With
// any other error the message is not in flight: [*ValidationError], ErrInflight,
// ErrDepth, the context's error, the errors of an ended connection, and a [*StoreError]
// with Op "put" or "clear". The context bounds the writing as it does for Publish.
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

// WaitAcks waits until no message is in flight, and processes whatever else arrives, as
// WaitMsg does. It fails when the context ends, with ErrTimeout when AckTimeout passes
// without a PUBACK, and when the connection ends. With nothing in flight it returns nil
// at once and does not write gathered QoS 0 messages: Flush does.
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

// ErrDropped is the outcome, in Config.OnOutcome, of a message that was dropped with
// its session.
var ErrDropped = errors.New("dropped with its session")

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

// Counts counts the errors since New that did not make a call fail.
type Counts struct {
	Dropped uint64 // messages dropped with their session; see Config.OnOutcome
	Skipped uint64 // oversize packets that were discarded; see OversizeSkip
	Unkept  uint64 // acknowledged messages that Config.Store could not delete
}

// Counts returns how often Config.OnOutcome was called with ErrDropped, and
// Config.OnNotice with each kind of error.
func (c *Client) Counts() Counts { return c.counts }
