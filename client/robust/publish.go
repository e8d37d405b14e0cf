package robust

import (
	"context"
	"errors"

	"umqtt/client"
)

// Publish is [client.Client.Publish] across connections.
//
// At QoS 0 it returns when the packet is completely written to a connection. The
// message may still be lost with the connection.
//
// At QoS 1 it returns nil when the PUBACK has arrived. If the connection is lost
// before, the message is sent again after the reconnect: without a clean session as the
// same packet with DUP [MQTT-4.4.0-1], with one as a new packet. A
// [*client.PendingError] reports that the message stays in flight, and later calls may
// complete it; see InFlight.
//
// With a Store, and without a clean session, a QoS 1 message is stored and in flight
// before the call waits for anything, even for a connection. Only with MaxInflight
// messages in flight does the call wait first.
//
// Without a connection, the call checks its arguments before it waits for one. Other
// errors: those of package client, [*GaveUpError], [*PoisonError], ErrClosed.
func (c *Client) Publish(ctx context.Context, topic, payload []byte, qos byte, retain bool) error {
	const op = "publish"
	if err := c.begin(); err != nil {
		return c.fail(op, err)
	}
	defer c.end()
	kind := message
	if qos == 0 {
		kind = plain
	}
	p := c.packets.push(kind)
	defer c.packets.pop(p, c.c)
	k := c.newCall(ctx, p)
	defer k.done()
	for tried := false; ; tried = true {
		if err := c.storeFirst(&k, p, topic, payload, qos, retain); err != nil {
			return c.failPublish(&k, p, err)
		}
		if c.up || tried || p.id != 0 {
			if err := c.settle(&k); err != nil {
				return c.failPublish(&k, p, err)
			}
		}
		p.anew()
		var err error
		if p.id == 0 {
			err = c.c.Publish(k.ctx, topic, payload, qos, retain)
		} else {
			err = c.awaitAck(k.ctx, p)
		}
		if err == nil {
			return nil
		}
		var pending *client.PendingError
		if errors.As(err, &pending) {
			p.id = pending.PacketID
		}
		if !c.lost(err, p) {
			return c.failPublish(&k, p, err)
		}
	}
}

// storeFirst puts a message that is stored in flight if its call has to wait for
// something else. It leaves the QoS that the client does not have to Publish, which
// refuses it.
func (c *Client) storeFirst(k *call, p *packet, topic, payload []byte, qos byte, retain bool) error {
	p.anew()
	if qos != 1 || c.up && !c.lacking() || !c.wanted || c.cfg.Store == nil || c.clean || p.id != 0 {
		return nil
	}
	id, err := c.c.Post(k.ctx, topic, payload, retain)
	p.id = id
	if err == nil || errors.Is(err, client.ErrInflight) || errors.Is(err, client.ErrDepth) || c.lost(err, p) {
		return nil
	}
	return err
}

// failPublish wraps the reason for which a publish fails. If its message stays in
// flight it says so.
func (c *Client) failPublish(k *call, p *packet, err error) error {
	err = c.fail("publish", cause(k.gaveUp(err)))
	if p.kind == message && p.fate == undecided && p.waits(c.c) {
		return &client.PendingError{PacketID: p.id, Err: err}
	}
	return err
}

// awaitAck waits for the PUBACK of a message that was sent again. When a call inside
// the callback gives the message up, with its session, it fails with ErrClosed.
func (c *Client) awaitAck(ctx context.Context, p *packet) error {
	caller := ctx
	if c.cfg.AckTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.cfg.AckTimeout)
		defer cancel()
	}
	for c.c.InFlight(p.id) {
		kind, err := c.c.WaitMsg(ctx)
		switch {
		case err == nil:
			c.pong = c.pong || kind == client.KindPing
		case errors.Is(err, context.DeadlineExceeded) && caller.Err() == nil:
			return c.fail("publish", client.ErrTimeout)
		default:
			return err
		}
	}
	return nil
}
