package fuzz

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"umqtt/client"
	"umqtt/harness/wire"
)

// ask has a call made by the caller, or inside the next callback.
func (d *duel) ask(s *source, c call) string {
	if s.below(2) == 1 {
		d.later(c)
		return fmt.Sprintf("in the callback, within %v", c.bound)
	}
	d.call(c)
	return fmt.Sprintf("within %v", c.bound)
}

// later has a call made inside the next callback.
func (d *duel) later(c call) {
	d.allow(c)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.nested = append(d.nested, c)
}

func (d *duel) connect(s *source) string {
	clean := s.below(2) == 1
	var present bool
	c := call{name: "connect", bound: s.bound(), end: "Connect"}
	c.do = func(ctx context.Context) (err error) {
		present, err = d.client.Connect(ctx, clean)
		return err
	}
	c.done = func(err error) {
		if err != nil {
			return
		}
		if p, _ := wire.Decode(d.newest().sent[:min(4, len(d.newest().sent))]); p == nil || p.(*wire.Connack).SessionPresent != present {
			d.faults = append(d.faults, fmt.Sprintf("session present %t, but the server sent %v", present, p))
		}
	}
	return fmt.Sprintf("clean session %t, %s", clean, d.ask(s, c))
}

func (d *duel) publish(s *source) string {
	d.next++
	m := &wire.Publish{Topic: texts[s.below(len(texts))], QoS: byte(s.below(2)), PacketID: 1, Retain: s.below(2) == 1, Payload: fmt.Appendf(nil, "%d", d.next)}
	c := call{name: "publish", bound: s.bound()}
	c.do = func(ctx context.Context) error {
		return d.client.Publish(ctx, []byte(m.Topic), m.Payload, m.QoS, m.Retain)
	}
	c.done = func(err error) {
		d.agree(m, err)
		if err == nil && m.QoS == 1 {
			d.acked = append(d.acked, claim{string(m.Payload), len(d.links) - 1, len(d.newest().sent)})
		}
	}
	return fmt.Sprintf("%q to %q at QoS %d, %s", m.Payload, m.Topic, m.QoS, d.ask(s, c))
}

func (d *duel) post(s *source) string {
	d.next++
	m := &wire.Publish{Topic: texts[s.below(len(texts))], QoS: 1, PacketID: 1, Retain: s.below(2) == 1, Payload: fmt.Appendf(nil, "%d", d.next)}
	c := call{name: "post", bound: s.bound()}
	c.do = func(ctx context.Context) error {
		_, err := d.client.Post(ctx, []byte(m.Topic), m.Payload, m.Retain)
		return err
	}
	c.done = func(err error) { d.agree(m, err) }
	return fmt.Sprintf("%q to %q, %s", m.Payload, m.Topic, d.ask(s, c))
}

// outcome notes that the client says a message is acknowledged.
func (d *duel) outcome(id uint16, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		return
	}
	for payload, s := range d.sent {
		if s.id == id {
			d.acked = append(d.acked, claim{payload, len(d.links) - 1, len(d.newest().sent)})
			return
		}
	}
	d.faults = append(d.faults, fmt.Sprintf("%d is acknowledged, which was not sent", id))
}

func (d *duel) subscribe(s *source) string {
	p := &wire.Subscribe{PacketID: 1}
	var filters []client.Filter
	for range s.below(4) {
		f := wire.Subscription{Filter: texts[s.below(len(texts))], QoS: s.below(2)}
		p.Filters = append(p.Filters, f)
		filters = append(filters, client.Filter{Topic: []byte(f.Filter), QoS: byte(f.QoS)})
	}
	var granted []byte
	c := call{name: "subscribe", bound: s.bound()}
	c.do = func(ctx context.Context) (err error) {
		granted, err = d.client.Subscribe(ctx, filters...)
		return err
	}
	c.done = func(err error) {
		d.agree(p, err)
		var refused *client.SubscribeError
		if err == nil || errors.As(err, &refused) {
			d.granted(granted, refused)
		}
	}
	return fmt.Sprintf("%v, %s", p.Filters, d.ask(s, c))
}

func (d *duel) unsubscribe(s *source) string {
	p := &wire.Unsubscribe{PacketID: 1}
	var topics [][]byte
	for range s.below(3) {
		p.Filters = append(p.Filters, texts[s.below(len(texts))])
		topics = append(topics, []byte(p.Filters[len(p.Filters)-1]))
	}
	c := call{name: "unsubscribe", bound: s.bound()}
	c.do = func(ctx context.Context) error { return d.client.Unsubscribe(ctx, topics...) }
	c.done = func(err error) { d.agree(p, err) }
	return fmt.Sprintf("%q, %s", p.Filters, d.ask(s, c))
}

// agree holds the client to refusing the arguments that package wire refuses, and no others.
func (d *duel) agree(p wire.Packet, err error) {
	var argument *client.ValidationError
	_, bad := wire.DecodeFrom(wire.ToServer, p.Append(nil))
	if errors.As(err, &argument) != (bad != nil) {
		d.faults = append(d.faults, fmt.Sprintf("%v: the client says %v, package wire %v", wire.Describe(p.Append(nil)), err, bad))
	}
}

// granted holds the client to return the codes of a SUBACK that was sent on some link.
func (d *duel) granted(codes []byte, refused *client.SubscribeError) {
	if (refused != nil) != bytes.Contains(codes, []byte{wire.SubackFailure}) {
		d.faults = append(d.faults, fmt.Sprintf("granted % x with the error %v", codes, refused))
	}
	for _, l := range d.links {
		if bytes.Contains(l.sent, codes) && len(codes) > 0 {
			return
		}
	}
	d.faults = append(d.faults, fmt.Sprintf("granted % x, which nobody sent", codes))
}
