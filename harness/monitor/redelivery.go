package monitor

import (
	"cmp"
	"slices"
)

var redelivered = Monitor{
	Name: "redelivered", ID: "MQTT-4.4.0-1",
	Doc: "When a session goes on (clean session 0, session present 1), every message that was in flight, its PUBREL if it had come so " +
		"far, is sent again. A missing one is reported when a later message was sent again, since order leaves it no place any more. " +
		"No time is set for it, so that one that is only slow is left alone. Without session present either reading is fine.",
}

var redeliveryOrder = Monitor{
	Name: "redelivery-order", ID: "MQTT-4.6.0-1",
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
		k.reportStep(redeliveryOrder, s, "PUBLISH id=%d is sent again behind id=%d, which was first sent later (records %d and %d)",
			e.msg.PacketID, l.newest.msg.PacketID, e.at, l.newest.at)
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
	for _, e := range l.owed {
		if l.newest != nil && e.order > 0 && e.order < l.newest.order && !l.resent[e] && !e.receipt && e.inFlight(l) {
			k.report(redelivered, l.num, l.newestAt, "PUBLISH id=%d is sent again, and the earlier one with id=%d, in flight since record %d, is not",
				l.newest.msg.PacketID, e.msg.PacketID, e.at)
		}
	}
	l.owed = nil
}
