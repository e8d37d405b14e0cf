package monitor

import (
	"time"
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
	acceptedRecord     int
	answered           bool // a CONNACK was handed over
	over               bool // one side has ended it
	closed             bool // the client has ended its side, or cannot any more
	lost               bool // the client sent a packet that was refused: its exchanges are not judged
	forgotten          bool // a Live has forgotten what has passed on it
	other              bool // it carries another protocol: nothing is judged

	disconnected   int // the record of its DISCONNECT, -1 if there is none
	disconnectedAt time.Duration
	left           bool // by its DISCONNECT, the connection whole and nothing waiting for an acknowledgement

	keepAlive  time.Duration
	lastSent   time.Duration
	lastRecord int  // the record that lastSent is the time of
	pinged     bool // a PINGREQ waits for its PINGRESP
	silence    *silence

	stops   []stop // what the client was handed and has to close for
	passed  int    // how many of them it has passed over
	garbled int    // the record behind which what it was handed is no longer MQTT, -1 if there is none

	// What the client has to answer, in the order in which it was handed over.
	once   arrivals // QoS 1 PUBLISH: PUBACK
	twice  arrivals // QoS 2 PUBLISH: PUBREC
	recs   arrivals // PUBREC: PUBREL
	rels   arrivals // PUBREL: PUBCOMP
	atMost bool     // a QoS 0 PUBLISH was handed over

	requested map[uint16]string // SUBSCRIBE and UNSUBSCRIBE that wait for their answer: their bytes
	stray     map[uint16]bool   // ids of acknowledgements handed over that nothing was waiting for
	freed     map[uint16]int    // ids in use until an acknowledgement was handed over, and its record

	owed     []*exchange        // what the session has to send again on this connection
	resent   map[*exchange]bool // what it has sent again
	newest   *exchange          // the one of them that was first sent last
	newestAt int                // its record
	waiting  int                // exchanges last sent here that wait for an acknowledgement
}

func newLink(num int) *link {
	return &link{
		num: num, disconnected: -1, garbled: -1,
		resent: make(map[*exchange]bool), requested: make(map[uint16]string), stray: make(map[uint16]bool),
		freed: make(map[uint16]int),
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
func (l *link) acked(id uint16, at int) {
	e := l.ses().open[id]
	if e == nil {
		l.stray[id] = true
		return
	}
	if e.inFlight(l) {
		l.freed[id] = at
	}
	e.acked = true
	e.carrier.waiting--
	delete(l.ses().open, id)
}

// granted notes that the answer to a SUBSCRIBE or UNSUBSCRIBE was handed over.
func (l *link) granted(id uint16, at int) {
	if _, ok := l.requested[id]; ok {
		l.freed[id] = at
	} else {
		l.stray[id] = true
	}
	delete(l.requested, id)
}

// arrive notes a PUBLISH that was handed over; bad tells that the client must not answer it.
func (l *link) arrive(qos byte, id uint16, at int, dup, bad bool) {
	switch qos {
	case 0:
		l.atMost = true
	case 2:
		l.twice.add(id, at, bad || l.ses().received[id] || l.twice.open(id))
		l.ses().came.twice.add(id, at, l, !dup)
	default:
		l.once.add(id, at, bad || l.once.open(id))
		l.ses().came.once.add(id, at, l, !dup)
	}
}

// release notes a PUBREL that was handed over.
func (l *link) release(id uint16, at int) {
	l.rels.add(id, at, true)
	l.ses().came.rels.add(id, at, l, false)
}
