package play

import (
	"crypto/sha256"
	"time"

	"umqtt/harness/wire"
)

// connState is what the capture tells of one connection.
type connState struct {
	used         bool          // the subject has sent a packet on it
	ended        bool          // the subject has ended it
	disconnected bool          // the subject has sent DISCONNECT
	toSubject    wire.Framer   // of what the script has sent: it may stand in the middle of a packet
	greeted      bool          // the script has sent a CONNACK
	replies      [][]byte      // what the script has yet to answer by itself, once it has, and that packet is whole
	left         bool          // the subject was told to disconnect or to drop it
	over         time.Duration // when its end was seen that the subject had yet to read; 0: never

	handed  map[wire.Type][]seen // packets that the subject was handed, and no deliver has matched
	asked   map[uint16]int       // the record of the first QoS 1 message that it was handed under each identifier
	carried map[carried]int      // the record in which each message and each PUBREL of its own was first sent
	overAt  int                  // the record in which it was handed the end; -1: it was not
}

// carried is what tells the packets apart that a client may send again.
type carried struct {
	typ     wire.Type
	id      uint16
	qos     byte
	content [sha256.Size]byte
}

func newConnState() *connState {
	return &connState{handed: map[wire.Type][]seen{}, asked: map[uint16]int{}, carried: map[carried]int{}, overAt: -1}
}

// carries returns what a packet of the subject carries that it may send again; ok is false for any other packet.
func carries(q wire.Packet) (c carried, ok bool) {
	switch q := q.(type) {
	case *wire.Publish:
		if q.QoS > 0 {
			return carried{wire.PUBLISH, q.PacketID, q.QoS, sha256.Sum256([]byte(q.Topic + "\x00" + string(q.Payload)))}, true
		}
	case *wire.Pubrel:
		return carried{typ: wire.PUBREL, id: q.PacketID}, true
	}
	return carried{}, false
}

// sends notes a packet of the subject.
func (c *connState) sends(s seen) {
	if what, ok := carries(s.packet); ok {
		if _, before := c.carried[what]; !before {
			c.carried[what] = s.index
		}
	}
}

// sentBefore reports whether the subject has sent on the connection, before s, what s carries.
func (c *connState) sentBefore(s seen) bool {
	what, ok := carries(s.packet)
	at, sent := c.carried[what]
	return ok && sent && at < s.index
}

// isHanded notes what the subject was handed.
func (c *connState) isHanded(s seen) {
	if len(s.Data) == 0 {
		if c.overAt < 0 {
			c.overAt = s.index
		}
		return
	}
	if s.bad != nil {
		return
	}
	typ := wire.TypeOf(s.Data)
	c.handed[typ] = append(c.handed[typ], s)
	if q, ok := s.packet.(*wire.Publish); ok && q.QoS == 1 {
		if _, before := c.asked[q.PacketID]; !before {
			c.asked[q.PacketID] = s.index
		}
	}
}

// acknowledges reports whether a packet acknowledges a message that the subject was handed on the connection before
// it: one that no step speaks of is answered like any other.
func (c *connState) acknowledges(s seen) bool {
	ack, ok := s.packet.(*wire.Puback)
	if !ok {
		return false
	}
	at, asked := c.asked[ack.PacketID]
	return asked && at < s.index
}

// overBefore reports whether the subject was handed the end of the connection before it sent s.
func (c *connState) overBefore(s seen) bool { return c.overAt >= 0 && c.overAt < s.index }
