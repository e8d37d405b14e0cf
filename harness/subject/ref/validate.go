package ref

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"umqtt/harness/wire"
)

// maxText is the length of the longest text, in bytes (section 1.5.3).
const maxText = 65535

// maxLength is the largest remaining length (section 2.2.3).
const maxLength = 268_435_455

// check returns an error that matches ErrInvalid if a packet may not be sent. The strict codec tells.
func (c *Client) check(q wire.FromClient) error {
	for _, s := range texts(q) {
		if len(s) > maxText { // MQTT-4.7.3-3, MQTT-1.5.3-1
			return fmt.Errorf("%w: a text of %d bytes", ErrInvalid, len(s))
		}
	}
	most := maxLength
	if c != nil && c.habits.MaxPacket > 0 {
		most = c.habits.MaxPacket
	}
	frame := q.Append(nil)
	if len(frame)-2 > most {
		return fmt.Errorf("%w: a packet of %d bytes", ErrInvalid, len(frame))
	}
	if _, err := wire.Decode(frame); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}

// texts returns the texts of a packet, and what is encoded like one.
func texts(q wire.FromClient) (all []string) {
	switch q := q.(type) {
	case *wire.Connect:
		all = append(all, q.ClientID, string(q.Password))
		if q.Username != nil {
			all = append(all, *q.Username)
		}
		if q.Will != nil {
			all = append(all, q.Will.Topic, string(q.Will.Payload))
		}
	case *wire.Publish:
		all = append(all, q.Topic)
	case *wire.Subscribe:
		for _, f := range q.Filters {
			all = append(all, f.Filter)
		}
	case *wire.Unsubscribe:
		all = q.Filters
	}
	return all
}

// checkOptions returns an error that matches ErrInvalid if a CONNECT may not be sent.
func checkOptions(o Options) error {
	if s := o.KeepAlive / time.Second; o.KeepAlive%time.Second != 0 || s < 0 || s > 65535 {
		return fmt.Errorf("%w: a keep alive of %v", ErrInvalid, o.KeepAlive)
	}
	if o.ClientID == "" && !o.CleanSession { // MQTT-3.1.3-7
		return fmt.Errorf("%w: no client identifier without clean session", ErrInvalid)
	}
	c := &Client{options: o}
	return c.check(c.connectPacket())
}

// dubious returns what is odd about a packet from the server, though no statement forbids it.
func dubious(q wire.Packet) error {
	p, ok := q.(*wire.Publish)
	if !ok {
		return nil
	}
	// Control characters and non-characters (1.5.3).
	if i := strings.IndexFunc(p.Topic, func(r rune) bool { return unicode.IsControl(r) || r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef }); i >= 0 {
		return violation("a topic with a discouraged code point at byte %d", i)
	}
	return nil
}
