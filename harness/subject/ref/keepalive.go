package ref

import (
	"context"
	"fmt"
	"time"

	"umqtt/harness/wire"
)

// Ping sends a PINGREQ. It does not wait for the answer. It returns [ErrClosed] when there is no connection.
func (c *Client) Ping(context.Context) error {
	c.lock()
	defer c.unlock()
	if !c.up() {
		return ErrClosed
	}
	c.ping(c.conn)
	return nil
}

// ping sends a PINGREQ. The lock is held.
func (c *Client) ping(k *conn) {
	if k.asked.IsZero() {
		k.asked = time.Now()
	}
	k.pings++
	c.write(k, &wire.Pingreq{})
}

// keepAlive is what is asked of the server.
func (c *Client) keepAlive() time.Duration {
	d := c.options.KeepAlive
	if most := c.habits.KeepAliveMax; most > 0 && (d == 0 || d > most) {
		return most
	}
	return d
}

// mostPatient is how many times the wait for a PINGRESP may be prolonged by other packets.
const mostPatient = 6

// watch looks after the keep alive: it sends the PINGREQ that is due, and gives the server up that does not
// answer. The lock is held.
func (c *Client) watch(k *conn) {
	if c.conn != k {
		return
	}
	now := time.Now()
	next := time.Time{}
	soonest := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	if d := c.habits.PingEvery; d > 0 && k.accepted {
		if k.every.IsZero() {
			k.every = now.Add(d)
		}
		if !now.Before(k.every) {
			k.every = now.Add(d)
			c.ping(k)
		}
		soonest(k.every)
	} else if d > 0 {
		soonest(now.Add(d))
	}
	if alive := c.keepAlive(); alive > 0 {
		after := alive - min(alive/10, time.Second) // earlier, so that a timer that fires late does not break it [MQTT-3.1.2-23]
		if c.habits.PingHalf {
			after = alive / 2
		}
		patience := alive
		if c.habits.Patience > 0 {
			patience = c.habits.Patience
		}
		if !k.asked.IsZero() {
			end := later(k.asked, k.heard).Add(patience)
			if most := k.asked.Add(mostPatient * patience); most.Before(end) {
				end = most
			}
			if !now.Before(end) {
				c.lose(k, fmt.Errorf("%w: no PINGRESP", ErrTimeout))
				return
			}
			soonest(end)
		}
		due := func() time.Time {
			at := k.sent.Add(after)
			if silent := k.heard.Add(alive); k.asked.IsZero() && silent.Before(at) {
				return silent
			}
			return at
		}
		if !now.Before(due()) {
			c.ping(k)
		}
		soonest(due())
		if at := k.asked.Add(patience); at.After(now) {
			soonest(at) // of the PINGREQ that has just been sent; one that was sent before has its end above
		}
	}
	if c.conn == k && !next.IsZero() {
		k.ping = c.after(max(time.Until(next), time.Millisecond), func() { c.watch(k) })
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
