package client

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// Message is a message from the server. The slices are valid until the callback
// returns, nested calls included.
type Message struct {
	Topic   []byte
	Payload []byte
	QoS     byte // 0 or 1
	Retain  bool // it was retained at the server
	Dup     bool // the server may have sent it before
	// PacketID is the server's; 0 at QoS 0.
	PacketID uint16
}

// next processes the packet at the start of the unread bytes. If it is incomplete, next
// returns KindNone and the number of bytes that must have arrived to go on.
func (c *Client) next() (kind Kind, need int, err error) {
	if c.in.skip.size > 0 {
		return c.skipOn()
	}
	h, ok, err := parseHeader(c.in.unread(), true)
	if err != nil {
		return KindNone, 0, c.drop(err)
	}
	if !ok {
		return KindNone, 0, nil
	}
	if h.kind() == typePublish && h.qos() == 1 && c.acks.full() {
		return KindNone, 0, ErrDepth
	}
	if h.size > c.cfg.MaxPacket {
		return c.oversize(h)
	}
	if h.size > len(c.in.unread()) {
		return KindNone, h.size, nil
	}
	kind, err = c.dispatch(h)
	return kind, 0, err
}

// dispatch processes a complete packet.
func (c *Client) dispatch(h header) (Kind, error) {
	c.trace(Received, c.in.unread()[:h.size])
	packet, floor := c.in.pin(h.size, c.depth)
	body := packet[h.size-h.remaining:]
	if h.kind() == typePublish {
		return c.receivePublish(h, body, floor)
	}
	c.in.floor = floor
	kind, err := KindAck, error(nil)
	switch h.kind() {
	case typePuback:
		err = c.receivePuback(body)
	case typeSuback, typeUnsuback:
		err = c.receiveAnswer(h.kind(), body)
	case typePingresp:
		kind = KindPing
		c.answered()
	}
	if err != nil {
		return KindNone, c.drop(err)
	}
	return kind, nil
}

// receivePuback frees the slot. A PUBACK without a message in flight is ignored: the
// message may have been sent twice.
func (c *Client) receivePuback(body []byte) error {
	id := binary.BigEndian.Uint16(body)
	if id == 0 {
		return violation("MQTT-2.3.1-6", "PUBACK with packet identifier 0")
	}
	i := c.inflight.index(id)
	if i < 0 {
		return nil
	}
	s := c.inflight.order[i]
	awaited := s.held
	c.unkeep(s)
	c.inflight.remove(i, acknowledged)
	if !awaited {
		c.outcome(id, nil)
	}
	return nil
}

// receivePublish delivers a message and acknowledges it once the callback has returned.
// floor is the floor of the receive buffer to restore.
func (c *Client) receivePublish(h header, body []byte, floor int) (Kind, error) {
	m, err := parsePublish(h, body)
	if err != nil {
		c.in.floor = floor
		return KindNone, c.drop(err)
	}
	var owed uint64
	if m.QoS == 1 {
		owed = c.acks.push(m.PacketID)
	}
	gen := c.gen
	if err := c.deliver(m, floor); err != nil {
		return KindMessage, err
	}
	if c.gen != gen {
		return KindMessage, c.closed()
	}
	if m.QoS == 1 {
		c.acks.done(owed)
		c.acknowledge()
	}
	return KindMessage, nil
}

// deliver runs the callback, in which calls may nest. One that panics, or ends
// the goroutine, closes the connection.
func (c *Client) deliver(m Message, floor int) (err error) {
	if c.callback == nil {
		c.in.floor = floor
		return nil
	}
	returned := false
	c.busy.Unlock()
	defer func() {
		if !c.busy.TryLock() { // another goroutine is inside a call
			c.interrupt.kill()
			c.busy.Lock()
			err = c.drop(ErrConcurrent)
		}
		c.in.floor = floor
		if !returned {
			_ = c.drop(errPanic)
		}
	}()
	c.callback(m)
	returned = true
	return nil
}

// parsePublish reads the fields of a PUBLISH (section 3.3).
func parsePublish(h header, body []byte) (Message, error) {
	m := Message{QoS: h.qos(), Retain: h.first&retainFlag != 0, Dup: h.first&dupFlag != 0}
	n := int(binary.BigEndian.Uint16(body))
	rest := body[2:]
	if n > len(rest) || m.QoS > 0 && n+2 > len(rest) {
		return m, violation("2.2.3-must-2", "PUBLISH too short for its topic name and packet identifier")
	}
	m.Topic, rest = rest[:n:n], rest[n:]
	if m.QoS > 0 {
		m.PacketID, rest = binary.BigEndian.Uint16(rest), rest[2:]
		if m.PacketID == 0 {
			return m, violation("MQTT-2.3.1-1", "PUBLISH with packet identifier 0")
		}
	}
	m.Payload = rest
	return m, checkTopic(m.Topic)
}

// checkTopic checks an inbound topic name (sections 1.5.3 and 4.7).
func checkTopic(topic []byte) error {
	return topicError(len(topic) == 0, !utf8.Valid(topic), bytes.IndexByte(topic, 0) >= 0,
		bytes.IndexByte(topic, '+') >= 0 || bytes.IndexByte(topic, '#') >= 0)
}

// topicError names what is wrong with an inbound topic name; nil: nothing.
func topicError(empty, broken, nul, wildcard bool) error {
	switch {
	case empty:
		return violation("MQTT-4.7.3-1", "PUBLISH with an empty topic name")
	case broken:
		return violation("MQTT-1.5.3-1", "PUBLISH whose topic name is not UTF-8")
	case nul:
		return violation("MQTT-1.5.3-2", "PUBLISH with U+0000 in its topic name")
	case wildcard:
		return violation("MQTT-3.3.2-2", "PUBLISH with a wildcard in its topic name")
	}
	return nil
}
