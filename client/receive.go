package client

import (
	"context"
	"time"
)

// Kind is what WaitMsg, WaitFor or CheckMsg received.
type Kind byte

// The kinds.
const (
	KindNone    Kind = iota // nothing
	KindMessage             // a PUBLISH; the callback has returned
	KindAck                 // a PUBACK, SUBACK or UNSUBACK
	KindPing                // a PINGRESP
	KindSkipped             // a PUBLISH larger than MaxPacket, for which the callback was not called; see OversizeSkip
)

// String returns the name of the kind in lower case, such as "message".
func (k Kind) String() string {
	return [...]string{"none", "message", "ack", "ping", "skipped"}[min(k, KindSkipped)]
}

// WaitMsg waits for one packet and processes it: it passes a message to the callback
// and acknowledges it. It sends PINGREQs when they are due. It fails when the context
// ends; nothing is lost then: the next call continues with a partly received packet.
// When the connection ends, WaitMsg first processes what arrived before, one packet a
// call, and returns the error when nothing is left. It returns KindMessage even if the
// PUBACK could not be written; the server then sends the message again in its session.
func (c *Client) WaitMsg(ctx context.Context) (Kind, error) {
	if err := c.beginRead(); err != nil {
		return KindNone, c.fail("wait", err)
	}
	defer c.endRead()
	kind, err := c.step(ctx, time.Time{}, true)
	return kind, c.fail("wait", err)
}

// WaitFor is WaitMsg for at most d: it returns KindNone and nil when d has passed
// without a packet. It is for main loops with other work. Unlike a context with a
// timeout it allocates nothing itself; package net allocates one error when d has
// passed. With d <= 0 it is CheckMsg.
func (c *Client) WaitFor(ctx context.Context, d time.Duration) (Kind, error) {
	if err := c.beginRead(); err != nil {
		return KindNone, c.fail("wait", err)
	}
	defer c.endRead()
	if d <= 0 {
		kind, err := c.check(true)
		return kind, c.fail("wait", err)
	}
	kind, err := c.step(ctx, time.Now().Add(d), true)
	if err == ErrTimeout {
		err = nil
	}
	return kind, c.fail("wait", err)
}

// CheckMsg is WaitMsg without the wait: it returns KindNone when no complete packet has
// arrived. See Config.Dial for what it needs of a connection.
func (c *Client) CheckMsg() (Kind, error) {
	if err := c.beginRead(); err != nil {
		return KindNone, c.fail("check", err)
	}
	defer c.endRead()
	kind, err := c.check(true)
	return kind, c.fail("check", err)
}

// beginRead is begin and nest for a call that only reads.
func (c *Client) beginRead() error {
	if err := c.begin(); err != nil {
		return err
	}
	err := c.nestable()
	switch {
	case c.conn == nil:
		err = c.closed()
	case err != nil:
		if lost := c.serve(); lost != nil { // the keep alive goes on
			err = lost
		}
	}
	if err != nil {
		c.end()
		return err
	}
	c.nest()
	return nil
}

func (c *Client) endRead() {
	c.unnest()
	c.end()
}

// step deals with one packet. It waits until the context ends, or until the bound
// if that is not zero. report says that a PINGRESP met earlier is news.
func (c *Client) step(ctx context.Context, bound time.Time, report bool) (Kind, error) {
	for {
		if err := c.serve(); err != nil {
			return KindNone, err
		}
		if err := ctx.Err(); err != nil {
			return KindNone, err
		}
		if !bound.IsZero() && !time.Now().Before(bound) {
			return KindNone, ErrTimeout
		}
		if report && c.takePong() {
			return KindPing, nil
		}
		kind, need, err := c.next()
		if kind != KindNone || err != nil {
			return kind, err
		}
		if err := c.flush(ctx); err != nil {
			return KindNone, err
		}
		if err := c.wait(ctx, need, earliest(bound, c.due())); err != nil {
			return KindNone, err
		}
	}
}

// check deals with one packet if it is there. report is as for step.
func (c *Client) check(report bool) (Kind, error) {
	if err := c.serve(); err != nil {
		return KindNone, err
	}
	if report && c.takePong() {
		return KindPing, nil
	}
	for {
		kind, need, err := c.next()
		if kind != KindNone || err != nil {
			return kind, err
		}
		if n := c.tryFill(need); n == 0 {
			return KindNone, c.ended()
		}
	}
}

// ended closes the connection if its end has been met.
func (c *Client) ended() error {
	switch {
	case c.in.err != nil:
		return c.drop(c.in.err)
	case c.mute != nil:
		return c.drop(c.mute)
	}
	return nil
}

// wait reads once, until the deadline or the context's end, which are no errors.
func (c *Client) wait(ctx context.Context, need int, deadline time.Time) error {
	if c.mute != nil && c.tryFill(need) > 0 { // no wait for one who may not read on
		return nil
	}
	if err := c.ended(); err != nil {
		return err
	}
	room := c.in.room(need)
	c.watch(ctx)
	if err := c.interrupt.deadline(deadline); err != nil {
		return c.drop(c.lost("read", err))
	}
	if ctx.Err() != nil { // it may have ended before the deadline was set
		return nil
	}
	n, err := c.conn.Read(room)
	c.heard(n)
	if err != nil && !isTimeout(err) {
		c.in.err = c.lost("read", err)
	}
	return nil
}

// tryFill reads once what is there and returns the number of bytes.
func (c *Client) tryFill(need int) int {
	room := c.in.room(need)
	if c.in.err != nil || len(room) == 0 {
		return 0
	}
	n, err := c.try(room)
	c.interrupt.moved()
	c.heard(n)
	if err != nil && !isTimeout(err) { // contexts of earlier waits may end at any time
		c.in.err = c.lost("read", err)
	}
	return n
}

// heard notes n new bytes in the receive buffer.
func (c *Client) heard(n int) {
	if n > 0 {
		c.in.got(n)
		c.lastHeard = time.Now()
	}
}

// earliest returns the earlier of two times, of which zero ones mean never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
