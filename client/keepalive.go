package client

import "time"

// Ping sends a PINGREQ. It does not wait for the PINGRESP: WaitMsg and CheckMsg report
// it as KindPing.
func (c *Client) Ping() error {
	if err := c.begin(); err != nil {
		return c.fail("ping", err)
	}
	defer c.end()
	if err := c.ready(); err != nil {
		return c.fail("ping", err)
	}
	return c.fail("ping", c.ping())
}

// NextDue returns the time by which the caller must make the next call, of any kind, so
// that the keep alive is kept. It is zero when nothing is due.
func (c *Client) NextDue() time.Time {
	if c.conn == nil {
		return time.Time{}
	}
	return c.due()
}

// pingAfter is the silence after which PINGREQ is sent: earlier than KeepAlive, so
// that timers that fire late do not break it [MQTT-3.1.2-23].
func (c *Client) pingAfter() time.Duration {
	return c.cfg.KeepAlive - min(c.cfg.KeepAlive/10, time.Second)
}

// pingDue tells when the next PINGREQ is due; zero: never. Besides the silence of
// the client that of the server counts, so that a client which sends all the time
// notices when nobody is there.
func (c *Client) pingDue() time.Time {
	if c.cfg.KeepAlive == 0 {
		return time.Time{}
	}
	at := c.lastSent.Add(c.pingAfter())
	if c.pingSince.IsZero() {
		at = earliest(at, c.lastHeard.Add(c.cfg.KeepAlive))
	}
	return at
}

// pingIfDue sends the PINGREQ that is due.
func (c *Client) pingIfDue(now time.Time) error {
	if at := c.pingDue(); at.IsZero() || now.Before(at) {
		return nil
	}
	return c.ping()
}

// due tells when serve has something to do next; zero: never.
func (c *Client) due() time.Time {
	at := earliest(c.pingDue(), c.pongBy())
	if c.cfg.RetryAfter > 0 {
		for _, s := range c.inflight.order {
			if s.tried {
				at = earliest(at, s.sent.Add(c.cfg.RetryAfter))
			}
		}
	}
	return at
}

// serve does what has fallen due: it looks for the PINGRESP that is pending,
// closes the connection if that has not come in time, sends the next PINGREQ, and
// sends messages again.
func (c *Client) serve() error {
	now := time.Now()
	overslept := c.cfg.KeepAlive > 0 && now.Sub(c.lastSent) > c.cfg.KeepAlive
	if overslept {
		c.late = now.Sub(c.lastSent) - c.cfg.KeepAlive
	}
	if overslept || !c.pingSince.IsZero() {
		c.look()
	}
	if c.in.err != nil || c.mute != nil {
		return nil // whoever reads on meets it
	}
	if c.silent() {
		return c.drop(c.lost("ping", ErrTimeout))
	}
	if err := c.pingIfDue(now); err != nil {
		return err
	}
	return c.retry(now)
}

// ready is what a call that sends begins with: it serves, and fails if there is no
// connection or its end is seen.
func (c *Client) ready() error {
	if c.conn == nil {
		return c.closed()
	}
	if err := c.serve(); err != nil {
		return err
	}
	return c.ended()
}

func (c *Client) ping() error {
	if err := c.write(pingreq); err != nil {
		return err
	}
	if c.pingSince.IsZero() {
		c.pingSince = c.lastSent
	}
	return nil
}

// answered notes a PINGRESP: it answers every PINGREQ so far.
func (c *Client) answered() {
	c.pingSince, c.late, c.patience = time.Time{}, 0, patience{}
}

// postponed is how many PINGRESP timeouts a PINGREQ may wait while whole packets come.
const postponed = 4

// patience is how long the wait for the pending PINGRESP may still last. Bytes that
// come postpone its end, since the answer may be behind them: those of whole packets
// for a bounded time, then those of the packet that is being received, and then none.
type patience struct {
	last uint64    // that packet; 0: the bounded time is not over
	by   time.Time // the end, once that packet is whole
}

// pongBy is when the wait for the pending PINGRESP ends; zero: never.
func (c *Client) pongBy() time.Time {
	if c.pingSince.IsZero() || c.cfg.PingTimeout == 0 {
		return time.Time{}
	}
	if !c.patience.by.IsZero() {
		return c.patience.by
	}
	since := c.pingSince
	if c.lastHeard.After(since) {
		since = c.lastHeard
	}
	by := since.Add(c.cfg.PingTimeout)
	if c.patience.last == 0 && c.in.part() == 0 {
		by = earliest(by, c.pingSince.Add(postponed*c.cfg.PingTimeout))
	}
	return by
}

// silent reports whether the wait for the pending PINGRESP is over.
func (c *Client) silent() bool {
	if c.pingSince.IsZero() || c.cfg.PingTimeout == 0 {
		return false
	}
	now, part := time.Now(), c.in.part()
	switch p := &c.patience; {
	case p.last == 0 && now.Sub(c.pingSince) >= postponed*c.cfg.PingTimeout:
		p.last = part
	case p.last != 0 && p.last != part && p.by.IsZero():
		p.by = c.pongBy()
	}
	return !now.Before(c.pongBy())
}

// takePong tells whether serve has met a PINGRESP that nobody was told of.
func (c *Client) takePong() bool {
	pong := c.pong
	c.pong = false
	return pong
}

// look reads what is there, without dispatching, until there is a PINGRESP in it,
// and takes that out. If the buffer is full of what the caller has not taken up, the
// answer may be behind it, see blind.
func (c *Client) look() {
	for !c.findPong() {
		if len(c.in.ahead()) == 0 {
			c.blind(time.Now())
			return
		}
		if c.tryFill(0) == 0 {
			return
		}
		c.in.feedSkip()
	}
}

// blind notes that the buffer is full. That counts as hearing from the server. When the
// caller has taken nothing up for PingTimeout, the wait for the PINGRESP begins anew:
// it is not the server that keeps the answer back.
func (c *Client) blind(now time.Time) {
	c.lastHeard = now
	if taken := c.in.taken(); taken != c.full || c.fullSince.IsZero() {
		c.full, c.fullSince = taken, now
	}
	if !c.pingSince.IsZero() && now.Sub(c.fullSince) >= c.cfg.PingTimeout {
		c.pingSince, c.patience = now, patience{}
	}
}

// findPong takes the first PINGRESP out of the unread bytes. It goes on where it has
// come to.
func (c *Client) findPong() bool {
	if c.in.skip.seen < c.in.skip.body {
		return false
	}
	for at := max(c.in.r, c.in.looked); ; c.in.looked = at {
		h, ok, err := parseHeader(c.in.buf[at:c.in.w], true)
		if !ok || err != nil || at+h.size > c.in.w {
			return false
		}
		if h.kind() == typePingresp {
			c.trace(Received, c.in.buf[at:at+h.size])
			c.in.cut(at, h.size)
			c.answered()
			c.pong = true
			return true
		}
		at += h.size
	}
}

// retry sends again what RetryAfter says, in the order of publishing.
func (c *Client) retry(now time.Time) error {
	if c.cfg.RetryAfter == 0 {
		return nil
	}
	for _, s := range c.inflight.order {
		if !s.tried || now.Sub(s.sent) < c.cfg.RetryAfter {
			continue
		}
		if err := c.resend(s); err != nil {
			return err
		}
	}
	return nil
}

// resend sends a message again, or for the first time [MQTT-3.3.1-1].
func (c *Client) resend(s *slot) error {
	if s.tried {
		s.packet[0] |= dupFlag
	}
	s.tried = true
	if err := c.write(s.packet); err != nil {
		return err
	}
	s.sent = c.lastSent
	return nil
}
