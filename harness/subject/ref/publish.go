package ref

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"umqtt/harness/wire"
)

// An exchange is a message of the client's that is not acknowledged, or not sent yet.
type exchange struct {
	packet wire.Publish
	on     *conn // on which it was last sent
	sent   bool  // on any connection
	rel    int   // the number of its PUBREC; 0: none has come
	done   func(error)
}

// Publish publishes a message, and does not wait. It calls done once: with nil when the message is acknowledged, or
// written at QoS 0, else with an error that matches [ErrInvalid], [ErrClosed], [ErrInflight], [ErrNetwork] or
// [ErrDropped]. With clean session off a message of QoS 1 or 2 outlives its connection.
func (c *Client) Publish(ctx context.Context, m Message, done func(error)) {
	x := &exchange{packet: wire.Publish{QoS: m.QoS, Retain: m.Retain, Topic: m.Topic, Payload: slices.Clone(m.Payload)}, done: done}
	if c.habits.Waits && m.QoS > 0 {
		c.publishAndWait(ctx, x)
		return
	}
	c.lock()
	defer c.unlock()
	if err := c.take(x); err != nil {
		c.later = append(c.later, func() { done(err) })
	}
}

// publishAndWait is Publish for a client that waits.
func (c *Client) publishAndWait(ctx context.Context, x *exchange) {
	done, result := x.done, make(chan error, 1)
	x.done = func(err error) { result <- err }
	c.lock()
	gone := c.gone
	var over chan struct{} // of the connection, for a client that makes no other by itself
	if !c.wanted && c.conn != nil {
		over = c.conn.over
	}
	err := c.take(x) // which may lose it
	c.unlock()
	if err != nil {
		done(err)
		return
	}
	select {
	case err := <-result:
		done(err)
		return
	case <-ctx.Done():
	case <-gone:
	case <-over:
	}
	select {
	case err := <-result:
		done(err)
	default:
		done(ErrPending)
	}
}

// take checks a message and sends it, or keeps it until it can be sent. The lock is held.
func (c *Client) take(x *exchange) error {
	q := &x.packet
	if q.QoS > 0 {
		if q.PacketID = c.newID(wire.PUBLISH); q.PacketID == 0 {
			return ErrInflight
		}
	}
	if err := c.check(q); err != nil {
		return err
	}
	if !c.up() && !(c.wanted && q.QoS > 0) && !(c.habits.KeepsQoS0 && q.QoS == 0 && c.conns > 0) {
		return ErrClosed
	}
	if c.up() && q.QoS == 0 {
		k := c.conn
		c.write(k, q)
		if c.conn != k {
			return ErrNetwork
		}
		c.report(x, nil)
		c.behindPublish(k)
		return nil
	}
	c.outbound = append(c.outbound, x)
	if c.habits.ReportsEarly {
		c.report(x, nil)
	}
	if c.up() {
		c.pump(c.conn)
	}
	return nil
}

// report tells the outcome of a message. The lock is held.
func (c *Client) report(x *exchange, err error) {
	done := x.done
	x.done = nil
	switch {
	case done == nil, c.habits.ReportsNever:
	case c.habits.ReportAfter > 0:
		c.after(c.habits.ReportAfter, func() { c.later = append(c.later, func() { done(err) }) })
	default:
		c.later = append(c.later, func() { done(err) })
	}
}

// redeliver sends again what is in flight: first each PUBREL, in the order of the PUBRECs [MQTT-4.6.0-4], then each PUBLISH, in the order of
// their first sending [MQTT-4.6.0-1], with DUP [MQTT-3.3.1-1]. The lock is held.
func (c *Client) redeliver(k *conn) {
	open := slices.Clone(c.outbound)
	slices.SortStableFunc(open, func(a, b *exchange) int {
		if a.rel == 0 || b.rel == 0 {
			return cmp.Compare(b.rel, a.rel) // those without one come last
		}
		return cmp.Compare(a.rel, b.rel)
	})
	for _, x := range open {
		if x.sent && x.on != k && c.room(k) {
			c.send(k, x)
		}
	}
}

// pump sends what can be sent by now. The lock is held.
func (c *Client) pump(k *conn) {
	if k.accepted || c.habits.Hasty || c.habits.ResendsEarly {
		c.redeliver(k)
	}
	if !k.accepted && !c.habits.Hasty {
		return
	}
	c.sendRequests(k)
	for _, x := range slices.Clone(c.outbound) {
		if x.on == k || x.packet.QoS > 0 && !c.room(k) {
			continue
		}
		c.send(k, x)
		if x.packet.QoS == 0 {
			c.complete(x, nil)
		}
	}
}

// room reports whether one more message may be unacknowledged. The lock is held.
func (c *Client) room(k *conn) bool {
	n := 0
	for _, x := range c.outbound {
		if x.on == k && x.packet.QoS > 0 {
			n++
		}
	}
	return c.conn == k && (c.habits.Window == 0 || n < c.habits.Window)
}

// send sends the packet that an exchange waits with: PUBREL or PUBLISH. The lock is held.
func (c *Client) send(k *conn, x *exchange) {
	x.on = k
	if x.rel > 0 {
		c.write(k, &wire.Pubrel{PacketID: x.packet.PacketID})
	} else {
		x.packet.Dup = x.sent && x.packet.QoS > 0
		x.sent = true
		c.write(k, &x.packet)
		c.behindPublish(k)
	}
	if d := c.habits.ResendAfter; d > 0 && x.packet.QoS > 0 {
		c.after(d, func() {
			if c.conn == k && slices.Contains(c.outbound, x) {
				c.send(k, x)
			}
		})
	}
}

// behindPublish is what is sent behind a PUBLISH. The lock is held.
func (c *Client) behindPublish(k *conn) {
	if c.habits.PingBehindPublish && c.conn == k && k.accepted {
		c.ping(k)
	}
}

// acknowledged handles PUBACK, PUBREC and PUBCOMP. The lock is held.
func (c *Client) acknowledged(k *conn, t wire.Type, id uint16) {
	i := slices.IndexFunc(c.outbound, func(x *exchange) bool { return x.on == k && x.packet.QoS > 0 && x.packet.PacketID == id })
	if i < 0 {
		switch {
		case id == 0 || c.habits.Doubts: // no packet has the identifier 0 [MQTT-2.3.1-1]
			c.violated(k, violation("%s for packet %d, which is not in flight", t, id))
		case t == wire.PUBREC: // an exchange that this client has forgotten, and the server can end [MQTT-4.3.3-1]
			c.letGo(k, id, nil)
		}
		return
	}
	x := c.outbound[i]
	switch {
	case t == wire.PUBACK && x.packet.QoS == 1, t == wire.PUBCOMP && x.rel > 0:
		c.complete(x, nil)
		c.pump(k)
		c.acknowledge(k)
	case t == wire.PUBREC && x.packet.QoS == 2:
		if x.rel == 0 {
			c.released++
			x.rel = c.released
		}
		c.letGo(k, id, x)
	default:
		c.violated(k, violation("%s for packet %d, which does not wait for it", t, id))
	}
}

// letGo answers a PUBREC with PUBREL, at once or later. PUBRELs go in the order of the PUBRECs [MQTT-4.6.0-4], so
// that those of exchanges that this client has forgotten, where x is nil, wait like the others. The lock is held.
func (c *Client) letGo(k *conn, id uint16, x *exchange) {
	c.inTime(c.habits.ReleaseAfter, func() {
		if x == nil || slices.Contains(c.outbound, x) {
			c.write(k, &wire.Pubrel{PacketID: id})
		}
	})
}

// complete ends an exchange. The lock is held.
func (c *Client) complete(x *exchange, err error) {
	c.outbound = slices.DeleteFunc(c.outbound, func(o *exchange) bool { return o == x })
	c.report(x, err)
}

// drop ends what is in flight with a session that has ended, and, where nobody will make another connection,
// what waits to be sent. The lock is held.
func (c *Client) drop(err error) {
	for _, x := range slices.Clone(c.outbound) {
		if x.sent || !c.wanted {
			c.complete(x, err)
		}
	}
}

// forget ends the session before a new one. The lock is held.
func (c *Client) forget(err error) {
	clear(c.inbound)
	if !c.habits.Anew {
		c.drop(fmt.Errorf("%w: a new one begins", err))
		return
	}
	for _, x := range slices.Clone(c.outbound) {
		switch {
		case x.rel > 0: // the server had the message, and may have dropped it with its session
			c.complete(x, fmt.Errorf("%w: a new one begins", err))
		case x.sent && x.packet.QoS > 0:
			x.sent, x.on = false, nil
			x.packet.PacketID = c.newID(wire.PUBLISH)
		}
	}
}
