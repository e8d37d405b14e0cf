package monitor

import (
	"cmp"
	"slices"
)

var redelivered = Monitor{
	Name: "redelivered", ID: "MQTT-4.4.0-1", Level: Must,
	Rests: "4.4: the client that reconnects with clean session 0 sends again what is unacknowledged; 4.6: in the order of the first sendings.",
	Doc: "When a session goes on (clean session 0, session present 1), every message that was in flight is sent again. A missing one is " +
		"reported when a later message was sent again, since order leaves it no place any more. " +
		"No time is set for it, so that one that is only slow is left alone. Without session present either reading is fine.",
}

var leftOut = Monitor{
	Name: "redelivery-left-out", ID: "MQTT-4.4.0-1", Level: Should, Timed: true,
	Rests: "4.4: the client that reconnects with clean session 0 sends again what is unacknowledged. No time is set.",
	Doc: "A client that ends a connection on which its session went on, by DISCONNECT and more than Patience after the CONNACK, has sent " +
		"again by then every message that was in flight, or its PUBREL. One that waits for another acknowledgement when it leaves is left " +
		"alone: it may send one message at a time.",
}

var redeliveryOrder = Monitor{
	Name: "redelivery-order", ID: "MQTT-4.6.0-1", Level: Must,
	Rests: "4.6: the client sends PUBLISH packets again in the order in which it sent them first.",
	Doc: "What is sent again on a later connection goes out in the order of the first sendings: the first repetition of each message " +
		"on that connection counts. Repetitions on the connection of the first sending are left alone, since timers of their own may drive them, " +
		"and so are messages whose first sending the capture does not show.",
}

// owes notes what has to be sent again on a connection that goes on with its session.
func (k *checker) owes(l *link) {
	for _, e := range l.session.open {
		if e.inFlight(l) {
			l.owed = append(l.owed, e)
		}
	}
	slices.SortFunc(l.owed, func(a, b *exchange) int { return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.at, b.at)) })
}

// resends notes that a message is sent again.
func (k *checker) resends(s *step, e *exchange) {
	l := s.link
	e.unclear = false
	e.carriedBy(l)
	if e.link == l || l.resent[e] {
		return
	}
	l.resent[e] = true
	switch {
	case e.order == 0:
	case l.newest == nil || e.order > l.newest.order:
		l.newest, l.newestAt = e, s.at
	default:
		k.reportStep(redeliveryOrder, s, "PUBLISH id=%d, first sent in %v, is sent again behind id=%d, which was first sent later, in %v",
			e.msg.PacketID, ref(e.at), l.newest.msg.PacketID, ref(l.newest.at))
	}
}

// carriedBy makes l the connection that carried the exchange last.
func (e *exchange) carriedBy(l *link) {
	if e.carrier != l && !e.acked {
		e.carrier.waiting--
		l.waiting++
	}
	e.carrier = l
}

// settle judges a connection on which nothing will be sent any more: what was passed over.
func (k *checker) settle(l *link) {
	lived := l.disconnectedAt - l.acceptedAt
	chance := l.left && k.clock.passed(l.acceptedAt, l.disconnectedAt, Patience)
	for _, e := range l.owed {
		switch {
		case l.resent[e] || !e.inFlight(l):
		case l.newest != nil && e.order > 0 && e.order < l.newest.order && e.receipt == nil:
			k.report(redelivered, l.num, l.newestAt, "PUBLISH id=%d is sent again, and the earlier one with id=%d, in flight since %v, is not",
				l.newest.msg.PacketID, e.msg.PacketID, ref(e.at))
		case chance:
			k.report(leftOut, l.num, l.disconnected, "the client disconnects %s after the CONNACK, and has not sent again the PUBLISH id=%d, in flight since %v; it is warned after %s",
				lived, e.msg.PacketID, ref(e.at), Patience)
		}
	}
	l.owed = nil
}
