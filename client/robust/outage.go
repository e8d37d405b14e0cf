package robust

import (
	"errors"
	"time"

	"umqtt/client"
)

var (
	errPanic = errors.New("the callback did not return")
	errWiped = errors.New("the session was ended to drop a message")
)

// lost reports whether a call failed because the connection is gone, or was
// replaced by a call inside the callback, so that it is worth trying again. The
// call that sees the end first settles what follows from it; p is its packet, or
// nil.
func (c *Client) lost(err error, p *packet) bool {
	var e *client.Error
	if c.up && errors.As(err, &e) && !e.Open {
		if p != nil && isWrite(err) {
			c.packets.sent(p, c.number)
		}
		c.down(err)
		return true
	}
	return errors.Is(err, client.ErrClosed)
}

// down begins an outage.
func (c *Client) down(err error) {
	c.up = false
	c.lostAt = c.cfg.Clock.Now()
	c.cause = cause(err)
	c.blame(c.cause)
	c.plan(c.lostAt.Sub(c.accepted))
}

// proof is how many times as long as the delay that would follow its end a connection
// must have lived to begin the backoff anew.
const proof = 10

// plan sets when the next attempt is due. lived is how long the connection lived
// before it; a negative time says that there was none.
func (c *Client) plan(lived time.Duration) {
	d := c.nextDelay()
	if lived >= d && lived/proof >= d {
		c.attempts = 0
		d = c.nextDelay()
	}
	c.delay = d
	c.due = c.cfg.Clock.Now().Add(d)
}

func (c *Client) nextDelay() time.Duration {
	d := c.cfg.Policy.Delay(Outage{
		Attempt: c.attempts + 1,
		Cause:   c.cause,
		Down:    c.cfg.Clock.Now().Sub(c.lostAt),
	}, c.cfg.Rand)
	return max(d.Round(time.Millisecond), 0)
}

// blame gives a strike to the packet that the server was busy with.
func (c *Client) blame(err error) {
	if !byServer(err) {
		c.violations = 0
		return
	}
	p := c.packets.suspect(c.number, c.c)
	switch {
	case p != nil:
		c.violations = 0
		c.strike(p, err)
	case isViolation(err):
		c.violations++
		if c.isPoison(c.violations) {
			c.notice(&PoisonError{Times: c.violations, Err: err})
			c.violations = 0
		}
	default:
		c.violations = 0
	}
}

func (c *Client) isPoison(strikes int) bool {
	return c.cfg.PoisonAfter > 0 && strikes >= c.cfg.PoisonAfter
}

func (c *Client) strike(p *packet, err error) {
	p.strikes++
	p.err = err
	if c.isPoison(p.strikes) {
		p.fate = poisoned
	}
	switch {
	case p.kind == renewal:
		c.blamed(p)
	case p.fate == poisoned:
		c.wipe = c.wipe || p.kind == message
	}
}

// stop ends the outage without a connection.
func (c *Client) stop(final error) {
	c.wanted, c.up, c.final = false, false, final
	c.attempts, c.cause, c.delay, c.due = 0, nil, 0, time.Time{}
}
