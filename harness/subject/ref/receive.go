package ref

import (
	"strings"
	"time"

	"umqtt/harness/wire"
)

// A delivery is a message on its way to the callback, and its acknowledgement behind it.
type delivery struct {
	message Message
	silent  bool // it is acknowledged only
	k       *conn
	ack     wire.FromClient // nil: none
}

// An acknowledgment is a PUBACK, PUBREC or PUBCOMP that waits to be written, and the time until which it does.
type acknowledgment struct {
	packet wire.FromClient
	at     time.Time
}

// receive handles a PUBLISH. It wakes the dispatcher. The lock is held.
func (c *Client) receive(k *conn, q *wire.Publish) (woke bool) {
	d := delivery{message: Message{q.Topic, q.Payload, q.QoS, q.Retain, q.Dup}, k: k}
	switch q.QoS {
	case 1:
		d.ack = &wire.Puback{PacketID: q.PacketID}
	case 2:
		d.ack = &wire.Pubrec{PacketID: q.PacketID}
		_, again := c.inbound[q.PacketID] // its message is not a new one [MQTT-4.3.3-2]
		d.silent = again
		if !again {
			c.inbound[q.PacketID] = nil
		}
	}
	if c.habits.Choosy && !c.subscribed(q.Topic) {
		d.silent = true
	}
	if q.QoS == 2 && c.habits.DeliversReleased && !d.silent {
		c.inbound[q.PacketID] = &d.message
		d.silent = true
	}
	if c.habits.AcksFirst && d.ack != nil {
		c.owe(k, d.ack)
		d.ack = nil
	}
	c.deliver(d)
	return true
}

// release handles a PUBREL: the identifier is free for another message. It may wake the dispatcher. The lock is held.
func (c *Client) release(k *conn, id uint16) (woke bool) {
	m := c.inbound[id]
	delete(c.inbound, id)
	if m != nil {
		c.deliver(delivery{message: *m, k: k, ack: &wire.Pubcomp{PacketID: id}})
		return true
	}
	c.inTime(c.habits.CompleteAfter, func() { c.write(k, &wire.Pubcomp{PacketID: id}) })
	return false
}

// deliver hands a message to the dispatcher. The lock is held.
func (c *Client) deliver(d delivery) {
	c.deliveries = append(c.deliveries, d)
	if !c.dispatching {
		c.dispatching = true
		go c.dispatch()
	}
}

// dispatch is the goroutine that calls the callback. It ends when there is nothing to deliver.
func (c *Client) dispatch() {
	c.lock()
	for len(c.deliveries) > 0 {
		d := c.deliveries[0]
		c.deliveries = c.deliveries[1:]
		if !d.silent && c.cfg.OnMessage != nil {
			c.unlock()
			c.cfg.OnMessage(d.message)
			c.lock()
		}
		if d.ack != nil {
			c.owe(d.k, d.ack)
		}
	}
	c.dispatching = false
	c.unlock()
}

// owe has an acknowledgement written in its turn. One belongs to the connection of its message. The lock is held.
func (c *Client) owe(k *conn, q wire.FromClient) {
	if c.conn != k {
		return
	}
	wait := max(c.habits.AckAfter, c.habits.AckBatch)
	k.acks = append(k.acks, acknowledgment{q, time.Now().Add(wait)})
	c.acknowledge(k)
}

// acknowledge writes the acknowledgements whose time has come, in the order of their messages [MQTT-4.6.0-2,
// MQTT-4.6.0-3]. The lock is held.
func (c *Client) acknowledge(k *conn) {
	if c.conn != k || c.habits.AcksLast && len(c.outbound) > 0 || k.due != nil {
		return
	}
	var batch []byte
	for now := time.Now(); len(k.acks) > 0; k.acks = k.acks[1:] {
		if wait := k.acks[0].at.Sub(now); wait > 0 && (c.habits.AckBatch == 0 || batch == nil) {
			k.due = c.after(wait, func() {
				k.due = nil
				c.acknowledge(k)
			})
			break
		}
		if c.habits.AckBatch > 0 {
			batch = k.acks[0].packet.Append(batch)
		} else {
			c.write(k, k.acks[0].packet)
		}
	}
	if batch != nil {
		k.sent = time.Now()
		c.put(k, batch)
	}
}

// subscribed reports whether a topic matches a filter that was subscribed to, or is about to be.
func (c *Client) subscribed(topic string) bool {
	for _, f := range c.subscriptions {
		if matches(f.Topic, topic) {
			return true
		}
	}
	for _, r := range c.requests {
		for _, f := range r.filters {
			if !r.ends && matches(f.Topic, topic) {
				return true
			}
		}
	}
	return false
}

// matches reports whether a filter matches a topic (section 4.7).
func matches(filter, topic string) bool {
	if strings.HasPrefix(topic, "$") && !strings.HasPrefix(filter, "$") { // MQTT-4.7.2-1
		return false
	}
	levels := strings.Split(topic, "/")
	wanted := strings.Split(filter, "/")
	for i, want := range wanted {
		switch {
		case want == "#":
			return true
		case i >= len(levels), want != "+" && want != levels[i]:
			return false
		}
	}
	return len(levels) == len(wanted)
}
