package monitor

import (
	"bytes"
	"slices"

	"umqtt/harness/wire"
)

// A client is what one client id does, over all its sessions.
type client struct {
	current  *session
	sessions int
	seen     map[string]int // the last session in which a message was sent, by its content
}

// A session is the client's side of a session: what it may have in flight.
type session struct {
	number   int // counted from 1; 0 when nothing is known of it
	clean    bool
	accepted bool
	resumed  bool // the client may hold messages that the capture does not show
	link     *link
	first    *link
	order    int
	out      map[uint16]*exchange // the last one under each id
	open     map[uint16]*exchange // those for which no acknowledgement was handed over
	content  map[string]*exchange // the last one of each content
	received map[uint16]bool      // QoS 2 messages answered by PUBREC, and not yet by PUBCOMP
	recs     map[uint16]bool      // ids that a PUBREC was handed over for
	came     arrivedIDs
	before   *session // the client's session before
}

// An exchange is a QoS 1 or 2 message of the client on its way to the server.
type exchange struct {
	msg      *wire.Publish
	at       int   // the record of its first sending
	order    int   // its place among the first sendings of the session, 0 when that is not known
	link     *link // that carried it first
	carrier  *link // that carried it last
	acked    bool  // an acknowledgement was handed over: it may be done, or not
	unclear  bool  // the client may have dropped it
	receipt  *link // QoS 2: the connection on which a PUBREC was handed over first
	released bool  // QoS 2: a PUBREL was sent
}

func newSession(number int) *session {
	return &session{
		number: number,
		out:    make(map[uint16]*exchange), open: make(map[uint16]*exchange), content: make(map[string]*exchange),
		received: make(map[uint16]bool), recs: make(map[uint16]bool), came: newArrivedIDs(),
	}
}

// inFlight reports whether the exchange is unacknowledged for sure, as seen on link l. What only went out
// on connections that no server accepted may be a message that was never sent, to the client's mind.
func (e *exchange) inFlight(l *link) bool {
	return e != nil && !e.acked && !e.unclear && (e.link.accepted || e.carrier.accepted || e.carrier == l)
}

// carries reports whether p has the message of e, whatever its DUP.
func (e *exchange) carries(p *wire.Publish) bool {
	return e != nil && e.msg.QoS == p.QoS && e.msg.Retain == p.Retain && e.msg.Topic == p.Topic && bytes.Equal(e.msg.Payload, p.Payload)
}

// contentOf returns a key that two messages share when and only when they are equal.
func contentOf(p *wire.Publish) string { return p.Topic + "\x00" + string(p.Payload) }

// doubt marks everything in flight as perhaps dropped, except what was first sent on link l.
func (s *session) doubt(l *link) {
	for _, e := range s.open {
		if e.link != l {
			e.unclear = true
		}
	}
}

// join gives a connection the session that its CONNECT asks for.
func (k *checker) join(s *step, p *wire.Connect) {
	l := s.link
	if l.connects > 1 {
		return
	}
	c, ok := k.clients[p.ClientID]
	if !ok {
		c = &client{seen: make(map[string]int)}
		k.clients[p.ClientID] = c
	}
	l.session = k.sessionFor(c, p.CleanSession)
	l.client = c
	l.keepAlive = seconds(p.KeepAlive)
	ses := l.session
	c.current = ses
	if before := ses.link; before != nil {
		ses.resumed = true
		k.settle(before)
	} else {
		ses.first = l
	}
	ses.resumed = ses.resumed || k.hidden || k.untold(l)
	ses.link = l
}

// untold reports whether there was a connection before l of which the capture shows no CONNECT: what the
// client tried to send there is not known.
func (k *checker) untold(l *link) bool {
	return slices.ContainsFunc(k.order, func(o *link) bool { return o != l && o.connects == 0 })
}

// sessionFor returns the session that the client's next connection belongs to. State of a clean session
// ends with its connection. Behind a clean session that no server accepted, what was before it may go on.
func (k *checker) sessionFor(c *client, clean bool) *session {
	last := c.current
	if !clean && last != nil && !last.clean {
		return last
	}
	c.sessions++
	next := newSession(c.sessions)
	next.clean = clean
	next.before = last
	if last != nil && last.clean && !last.accepted {
		next.resumed = true
		for last != nil && last.clean && !last.accepted {
			last = last.before
		}
		if last != nil && !last.clean {
			next.came, next.recs, next.received = last.came, last.recs, last.received
		}
	}
	return next
}

// connack looks at the answer to a CONNECT.
func (k *checker) connack(s *step, p *wire.Connack) {
	l := s.link
	if l.answered {
		return
	}
	l.answered = true
	if p.Code != 0 {
		return
	}
	l.accepted, l.acceptedAt, l.acceptedRecord = true, s.Time, s.at
	ses := l.ses()
	ses.accepted = true
	switch {
	case ses.link != l: // the client has given this connection up
	case p.SessionPresent:
		k.owes(l)
	default:
		ses.doubt(l)
	}
}
