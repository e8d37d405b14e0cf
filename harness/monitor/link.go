package monitor

import (
	"time"

	"umqtt/harness/wire"
)

// A link is one connection of the subject.
type link struct {
	num                int
	sentRaw, handedRaw bool // the stream is no longer MQTT
	begun, greeted     bool // the client has sent something; it was handed something
	connects           int
	client             *client
	session            *session
	accepted           bool // a CONNACK with code 0 was handed over
	acceptedAt         time.Duration
	answered           bool // a CONNACK was handed over
	over               bool // one side has ended it
	closed             bool // the client has ended its side, or cannot any more
	lost               bool // the client sent a packet that was refused: its exchanges are not judged

	disconnected   int // the record of its DISCONNECT, -1 if there is none
	disconnectedAt time.Duration

	keepAlive  time.Duration
	lastSent   time.Duration
	lastRecord int  // the record that lastSent is the time of
	pinged     bool // a PINGREQ waits for its PINGRESP

	stops  []stop // what the client was handed and has to close for
	passed int    // how many of them it has passed over

	// What the client has to answer, in the order in which it was handed over.
	once   arrivals // QoS 1 PUBLISH: PUBACK
	twice  arrivals // QoS 2 PUBLISH: PUBREC
	recs   arrivals // PUBREC: PUBREL
	rels   arrivals // PUBREL: PUBCOMP
	atMost bool     // a QoS 0 PUBLISH was handed over

	requested map[uint16]string // SUBSCRIBE and UNSUBSCRIBE that wait for their answer: their bytes
	stray     map[uint16]bool   // ids of acknowledgements handed over that nothing was waiting for

	owed     []*exchange        // what the session has to send again on this connection
	resent   map[*exchange]bool // what it has sent again
	newest   *exchange          // the one of them that was first sent last
	newestAt int                // its record
	waiting  int                // exchanges last sent here that wait for an acknowledgement
}

func newLink(num int) *link {
	return &link{
		num: num, disconnected: -1,
		resent: make(map[*exchange]bool), requested: make(map[uint16]string), stray: make(map[uint16]bool),
	}
}

// ses returns the link's session; without a CONNECT that can be read it is one of its own, of which
// nothing is known.
func (l *link) ses() *session {
	if l.session == nil {
		l.session = newSession(0)
		l.session.resumed = true
	}
	return l.session
}

// lose gives up the link's exchanges.
func (l *link) lose() {
	l.lost = true
	l.ses().doubt(nil)
	l.ses().resumed = true
}

// acked notes that an acknowledgement which ends a message's exchange was handed over.
func (l *link) acked(id uint16) {
	e := l.ses().open[id]
	if e == nil {
		l.stray[id] = true
		return
	}
	e.acked = true
	e.carrier.waiting--
	delete(l.ses().open, id)
}

// granted notes that the answer to a SUBSCRIBE or UNSUBSCRIBE was handed over.
func (l *link) granted(id uint16) {
	if _, ok := l.requested[id]; !ok {
		l.stray[id] = true
	}
	delete(l.requested, id)
}

// arrive notes a PUBLISH that was handed over; bad tells that the client must not answer it.
func (l *link) arrive(qos byte, id uint16, at int, bad bool) {
	switch qos {
	case 0:
		l.atMost = true
	case 2:
		l.twice.add(id, at, bad || l.ses().received[id] || l.twice.open(id))
	default:
		l.once.add(id, at, bad || l.once.open(id))
	}
}

// badPublish returns QoS and packet id of a PUBLISH that was refused, as a careless client would read it.
func badPublish(s *step) (qos byte, id uint16, ok bool) {
	if s.bad == nil || s.typ != wire.PUBLISH {
		return 0, 0, false
	}
	b := s.Data[1:]
	for len(b) > 0 && b[0] >= 0x80 {
		b = b[1:]
	}
	if len(b) < 3 {
		return 0, 0, false
	}
	b = b[1:]
	topic := int(b[0])<<8 | int(b[1])
	qos = s.Data[0] >> 1 & 3
	if qos == 0 || len(b) < topic+4 {
		return 0, 0, false
	}
	return qos, uint16(b[topic+2])<<8 | uint16(b[topic+3]), true
}
