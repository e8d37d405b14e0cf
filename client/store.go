package client

import (
	"encoding/binary"
	"errors"
)

// Store keeps QoS 1 messages from before they are sent until they are
// acknowledged, so that they survive the process: see Config.Store. A client calls
// it inside its own calls, one at a time. Packets are whole PUBLISH packets, valid
// until the method returns; an implementation keeps copies. Package filestore,
// below this one, is a Store in a file.
type Store interface {
	// Load calls yield for each kept message, in the order of their Puts. The bytes
	// must be valid until yield returns.
	Load(yield func(id uint16, packet []byte)) error
	// Put keeps a message under its packet identifier. It replaces a message that
	// Delete could not remove. The message is kept if Put returns nil, and not kept if
	// Put fails.
	Put(id uint16, packet []byte) error
	// Delete removes an acknowledged message. If it fails, the message may be loaded
	// after a restart, and is then sent again.
	Delete(id uint16) error
	// Clear removes all messages.
	Clear() error
}

// load takes up what the store has kept of an earlier process: it is in flight.
func (c *Client) load() error {
	if c.cfg.Store == nil {
		return nil
	}
	var bad error
	err := c.cfg.Store.Load(func(id uint16, packet []byte) {
		if bad == nil {
			bad = c.adopt(id, packet)
		}
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return &StoreError{Op: "load", Err: err}
	}
	return nil
}

// adopt puts a stored message in flight.
func (c *Client) adopt(id uint16, packet []byte) error {
	h, ok, err := parseHeader(packet, true)
	if err != nil || !ok || h.kind() != typePublish || h.qos() != 1 || h.size != len(packet) {
		return errors.New("a stored packet is not a PUBLISH at QoS 1")
	}
	body := packet[h.size-h.remaining:]
	n := int(binary.BigEndian.Uint16(body))
	if n+4 > len(body) || id == 0 || binary.BigEndian.Uint16(body[2+n:]) != id || c.inflight.index(id) >= 0 {
		return errors.New("a stored message has an invalid packet identifier")
	}
	s := c.inflight.take(id)
	s.packet, s.stored, s.tried = append(s.packet, packet...), true, true // it may have been sent
	c.inflight.letGo(s)
	c.lastID = id
	return nil
}

// keeps reports whether messages are stored.
func (c *Client) keeps() bool { return c.cfg.Store != nil && !c.clean }

// keep stores a message before it is sent. What belongs to a clean session is not
// stored: no later one may know of it [MQTT-3.1.2-6].
func (c *Client) keep(s *slot) error {
	if !c.keeps() {
		return nil
	}
	if err := c.cfg.Store.Put(s.id, s.packet); err != nil {
		return &StoreError{Op: "put", PacketID: s.id, Err: err}
	}
	s.stored = true
	return nil
}

// unkeep removes an acknowledged message from the store. That it cannot does not
// undo the acknowledgement: a notice tells.
func (c *Client) unkeep(s *slot) {
	if !s.stored {
		return
	}
	s.stored = false
	if err := c.cfg.Store.Delete(s.id); err != nil {
		c.counts.Unkept++
		c.notice(&StoreError{Op: "delete", PacketID: s.id, Err: err})
	}
}

// forget empties the table and the store for another session, and tells of the
// messages that were in flight.
func (c *Client) forget() error {
	for _, id := range c.inflight.clear() {
		c.counts.Dropped++
		c.outcome(id, ErrDropped)
	}
	if c.cfg.Store != nil {
		if err := c.cfg.Store.Clear(); err != nil {
			return c.drop(&StoreError{Op: "clear", Err: err})
		}
	}
	return nil
}
