package robust

import (
	"context"
	"errors"
	"fmt"
	"time"

	"umqtt/client"
)

// call is what one call has used of its policy's limit.
type call struct {
	ctx      context.Context // ends with the limit
	caller   context.Context
	packet   *packet // what it sends; nil: nothing to give up
	cancel   context.CancelFunc
	limit    Limit
	began    time.Time
	attempts int
	until    time.Time // when it stops waiting, which is no error; zero: never
}

// errUntil says that a call has waited long enough.
var errUntil = errors.New("waited long enough")

// newCall begins a call. The caller defers done.
func (c *Client) newCall(ctx context.Context, p *packet) call {
	return c.resume(call{caller: ctx, packet: p, limit: c.cfg.Policy.Limit()})
}

// resume begins the limit's time again.
func (c *Client) resume(k call) call {
	k.done()
	k.ctx = k.caller
	if k.limit.Time > 0 {
		k.began = c.cfg.Clock.Now()
		k.ctx, k.cancel = context.WithTimeout(k.caller, k.limit.Time)
	}
	return k
}

func (k *call) done() {
	if k.cancel != nil {
		k.cancel()
	}
}

// gaveUp turns the end of the limit's time into a GaveUpError.
func (k *call) gaveUp(err error) error {
	if err == nil || k.limit.Time == 0 || !errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, ErrGaveUp) || k.caller.Err() != nil {
		return err
	}
	return &GaveUpError{Attempts: k.attempts, Err: cause(err)}
}

// poisoned tells whether what the call sends is given up.
func (k *call) poisoned() error {
	if k.packet == nil || k.packet.fate != poisoned {
		return nil
	}
	return k.packet.poison()
}

// settle makes sure that there is a connection and that it has the remembered
// subscriptions.
func (c *Client) settle(k *call) error {
	for {
		if err := k.poisoned(); err != nil {
			return err
		}
		if !c.up {
			if err := c.reconnect(k); err != nil {
				return err
			}
		}
		lost, err := c.resubscribeUntil(k)
		if !lost {
			return err
		}
	}
}

// resubscribeUntil is resubscribe as long as the call waits. The request stays after
// that.
func (c *Client) resubscribeUntil(k *call) (lost bool, err error) {
	if k.until.IsZero() || !c.lacking() {
		return c.resubscribe(k.ctx)
	}
	ctx, cancel := context.WithTimeout(k.ctx, k.until.Sub(c.cfg.Clock.Now()))
	defer cancel()
	lost, err = c.resubscribe(ctx)
	if errors.Is(err, context.DeadlineExceeded) && k.ctx.Err() == nil {
		err = errUntil
	}
	return lost, err
}

// reconnect makes attempts until one succeeds, the policy's limit or the context
// ends the call, or the server refuses for good.
func (c *Client) reconnect(k *call) error {
	for c.wanted {
		if err := k.poisoned(); err != nil {
			return err
		}
		wait := c.due.Sub(c.cfg.Clock.Now())
		if err := k.caller.Err(); err != nil {
			return c.interrupted(err)
		}
		if k.limit.Attempts > 0 && k.attempts >= k.limit.Attempts ||
			k.limit.Time > 0 && c.cfg.Clock.Now().Add(max(wait, 0)).Sub(k.began) >= k.limit.Time {
			return &GaveUpError{Attempts: k.attempts, Err: c.cause}
		}
		if !k.until.IsZero() {
			if left := k.until.Sub(c.cfg.Clock.Now()); left <= max(wait, 0) {
				if left > 0 {
					if err := c.cfg.Clock.Sleep(k.ctx, left); err != nil {
						return c.interrupted(err)
					}
				}
				return errUntil
			}
		}
		if wait > 0 {
			if err := c.cfg.Clock.Sleep(k.ctx, wait); err != nil {
				return c.interrupted(err)
			}
		}
		k.attempts++
		if err := c.attempt(k.ctx); err == nil || isFinal(err) || isStore(err) {
			return err
		}
	}
	if c.final != nil {
		return fmt.Errorf("%w: %w", client.ErrClosed, c.final)
	}
	return client.ErrClosed
}

// interrupted says that a context ended the wait for a connection.
func (c *Client) interrupted(err error) error {
	if c.cause == nil {
		return err
	}
	return fmt.Errorf("%w, without a connection since: %w", err, c.cause)
}

// attempt makes one attempt to connect.
func (c *Client) attempt(ctx context.Context) error {
	c.attempts++
	c.number++
	c.accepted, c.asked = time.Time{}, false
	a := Attempt{Number: c.attempts, Cause: c.cause, Delay: c.delay, CleanSession: c.clean || c.wipe}
	var err error
	a.SessionPresent, err = c.c.Connect(ctx, a.CleanSession)
	c.present, a.Err = a.SessionPresent, err
	if !c.present && !c.accepted.IsZero() {
		c.fresh = c.number
	}
	switch {
	case err == nil && a.CleanSession && !c.clean:
		_ = c.c.Disconnect()
		c.wipe = false
		err = errWiped
		c.failed(err)
	case err == nil:
		c.up, c.wipe = true, false
	case isFinal(err):
		c.stop(cause(err))
	default:
		c.failed(err)
	}
	if c.cfg.OnAttempt != nil {
		c.cfg.OnAttempt(a)
	}
	return err
}

// failed plans the attempt that follows a failed one.
func (c *Client) failed(err error) {
	if c.cause == nil {
		c.lostAt = c.cfg.Clock.Now()
	}
	c.cause = cause(err)
	switch {
	case !c.accepted.IsZero():
		if p := c.packets.unsent(c.number, c.c); p != nil && isWrite(err) {
			c.packets.sent(p, c.number) // in part: the redelivery failed at it
		}
		c.blame(c.cause)
	case c.asked && !isRefusal(err):
		c.begun()
	}
	c.plan(-1)
}

// accept takes up a CONNACK with code 0.
func (c *Client) accept(sessionPresent bool) {
	c.accepted = c.cfg.Clock.Now()
	if !sessionPresent {
		c.begun()
	}
}

// begun notes that the server has begun a new session, in which nothing is
// subscribed, or may have done so: after a CONNECT whose answer never came, nobody
// knows, and the server may find that session when the next one comes.
func (c *Client) begun() {
	c.subs.owe()
	c.untold = c.untold || c.explicit
}
