package client

import "unicode/utf8"

// skip is a PUBLISH larger than MaxPacket that is being discarded as it arrives.
type skip struct {
	size  int // of the packet; 0: none
	body  int // its remaining length
	seen  int // bytes of that
	qos   byte
	topic int // length of the topic name
	id    uint16
	name  nameScan
}

// head is the length of topic name and packet identifier, once the topic's own
// length is known.
func (s *skip) head() int { return 2 + s.topic + 2*int(s.qos) }

// feed consumes the packet's next bytes from b and returns the rest.
func (s *skip) feed(b []byte) []byte {
	for len(b) > 0 && s.seen < s.body {
		n := 1
		switch {
		case s.seen < 2:
			s.topic = s.topic<<8 | int(b[0])
		case s.seen < 2+s.topic:
			s.name.add(b[0])
		case s.seen < s.head():
			s.id = s.id<<8 | uint16(b[0])
		default:
			n = min(s.body-s.seen, len(b))
		}
		s.seen += n
		b = b[n:]
	}
	return b
}

// check checks the discarded packet as parsePublish does.
func (s *skip) check() error {
	switch {
	case s.head() > s.body:
		return violation("2.2.3-must-2", "PUBLISH too short for its topic name and packet identifier")
	case s.qos == 1 && s.id == 0:
		return violation("MQTT-2.3.1-1", "PUBLISH with packet identifier 0")
	}
	return s.name.check(s.topic)
}

// nameScan checks a topic name byte by byte, without keeping it, for what it must not
// contain.
type nameScan struct {
	rune     [utf8.UTFMax]byte // the character that has begun
	n        int               // its bytes so far
	broken   bool              // not UTF-8
	nul      bool
	wildcard bool
}

func (s *nameScan) add(b byte) {
	s.nul = s.nul || b == 0
	s.wildcard = s.wildcard || b == '+' || b == '#'
	s.rune[s.n] = b
	s.n++
	if utf8.FullRune(s.rune[:s.n]) {
		r, size := utf8.DecodeRune(s.rune[:s.n])
		s.broken = s.broken || r == utf8.RuneError && size == 1
		s.n = 0
	}
}

// check checks the complete name, of length bytes.
func (s *nameScan) check(length int) error {
	return topicError(length == 0, s.broken || s.n > 0, s.nul, s.wildcard)
}

// feedSkip consumes the bytes that have arrived of a packet that is being skipped.
func (in *input) feedSkip() {
	if in.skip.size > 0 {
		in.r = in.w - len(in.skip.feed(in.unread()))
	}
}

// oversize begins to process a packet larger than MaxPacket.
func (c *Client) oversize(h header) (Kind, int, error) {
	if h.kind() != typePublish || c.cfg.OnOversize == OversizeClose {
		return KindNone, 0, c.drop(&OversizeError{Size: h.size})
	}
	c.in.r += h.size - h.remaining
	c.in.skip = skip{size: h.size, body: h.remaining, qos: h.qos()}
	return c.skipOn()
}

// skipOn goes on discarding a packet, and acknowledges it at its end. The ring of
// PUBACKs has room: next checked it, and nothing else was processed meanwhile.
func (c *Client) skipOn() (Kind, int, error) {
	c.in.feedSkip()
	s := c.in.skip
	if s.seen < s.body {
		return KindNone, 0, nil
	}
	c.in.skip = skip{}
	if err := s.check(); err != nil {
		return KindNone, 0, c.drop(err)
	}
	c.counts.Skipped++
	c.notice(&OversizeError{Size: s.size, Skipped: true})
	if s.qos == 1 {
		c.acks.done(c.acks.push(s.id))
	}
	c.acknowledge()
	return KindSkipped, 0, nil
}
