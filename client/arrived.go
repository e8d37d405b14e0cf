package client

import "encoding/binary"

// arrived looks for the answer with this type and packet identifier among the bytes
// that have arrived, and processes it if it is there. A call uses it when its wait has
// ended: callbacks of earlier messages may have used up the call's time, and later
// messages are not processed. arrived returns why, the reason for which the wait ended,
// or what is wrong with the answer.
func (c *Client) arrived(kind byte, id uint16, why error) error {
	if c.conn == nil || why == ErrDepth {
		return why
	}
	for len(c.in.ahead()) > 0 && c.tryFill(0) > 0 {
		c.in.feedSkip()
	}
	if c.in.skip.seen < c.in.skip.body {
		return why
	}
	for at := c.in.r; ; {
		h, ok, err := parseHeader(c.in.buf[at:c.in.w], true)
		if !ok || err != nil || at+h.size > c.in.w {
			return why
		}
		packet := c.in.buf[at : at+h.size]
		body := packet[h.size-h.remaining:]
		if h.kind() != kind || binary.BigEndian.Uint16(body) != id {
			at += h.size
			continue
		}
		c.trace(Received, packet)
		if kind == typePuback {
			err = c.receivePuback(body)
		} else {
			err = c.receiveAnswer(kind, body)
		}
		if err != nil {
			return c.drop(err)
		}
		c.in.cut(at, h.size)
		return why
	}
}
