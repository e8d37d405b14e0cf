package client

// skip is a PUBLISH above MaxPacket that is being read past.
type skip struct {
	size  int // of the packet; 0: none
	body  int // its remaining length
	seen  int // bytes of that
	qos   byte
	topic int // length of the topic name
	id    uint16
}

// feed takes the packet's next bytes off b and returns the rest.
func (s *skip) feed(b []byte) []byte {
	n := min(s.body-s.seen, len(b))
	for _, v := range b[:n] {
		switch s.seen {
		case 0, 1:
			s.topic = s.topic<<8 | int(v)
		case 2 + s.topic, 3 + s.topic:
			s.id = s.id<<8 | uint16(v)
		}
		s.seen++
	}
	return b[n:]
}

// feedSkip uses up what has come of a packet that is being skipped.
func (in *input) feedSkip() {
	if in.skip.size > 0 {
		in.r = in.w - len(in.skip.feed(in.unread()))
	}
}

// oversize begins with a packet that is larger than MaxPacket.
func (c *Client) oversize(h header) (Kind, int, error) {
	if h.kind() != typePublish || c.cfg.OnOversize == OversizeClose {
		return KindNone, 0, c.drop(&OversizeError{Size: h.size})
	}
	c.in.r += h.size - h.remaining
	c.in.skip = skip{size: h.size, body: h.remaining, qos: h.qos()}
	return c.skipOn()
}

// skipOn goes on reading past a packet. At its end it acknowledges it; the ring of
// PUBACKs has room, since next looked and nothing else was taken up meanwhile.
func (c *Client) skipOn() (Kind, int, error) {
	c.in.feedSkip()
	s := c.in.skip
	if s.seen < s.body {
		return KindNone, 0, nil
	}
	c.in.skip = skip{}
	switch {
	case 2+s.topic+2*int(s.qos) > s.body:
		return KindNone, 0, c.drop(violation("2.2.3-must-2", "PUBLISH whose topic name or packet identifier runs past its end"))
	case s.qos == 1 && s.id == 0:
		return KindNone, 0, c.drop(violation("MQTT-2.3.1-1", "PUBLISH with packet identifier 0"))
	}
	c.skipped.Size = s.size
	c.skipped.Count++
	if s.qos == 1 {
		c.acks.done(c.acks.push(s.id))
	}
	return KindMessage, 0, c.acknowledge()
}
