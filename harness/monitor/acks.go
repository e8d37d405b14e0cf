package monitor

var ackID = Monitor{
	Name: "ack-id", ID: "MQTT-2.3.1-6", Level: Must,
	Rests: "2.3.1: PUBACK, PUBREC and PUBREL of either side have the id of the PUBLISH that they are about.",
	Doc: "PUBACK and PUBREC have the id of a PUBLISH that was handed over and waits for an answer, PUBREL that of a message that a PUBREC " +
		"was handed over for. With clean session 0 it may have been handed over on an earlier connection, and been answered there: the standard does " +
		"not say that an answer dies with its connection, and the client cannot know whether it has arrived. " +
		"PUBREC and PUBREL may be repeated until the exchange goes on.",
}

var ackByQoS = Monitor{
	Name: "ack-by-qos", ID: "MQTT-3.3.4-1", Level: Must,
	Rests: "3.3.4: the receiver of a PUBLISH, here the client, answers as its QoS asks.",
	Doc: "No PUBACK answers a QoS 2 message, no PUBREC one of QoS 1, and neither comes where messages at QoS 0 were all there was. " +
		"A missing answer is left alone: no time is set for it, and the application may still be at work. One that is passed over " +
		"shows as a wrong order.",
}

var ackOnce = Monitor{
	Name: "puback-once", ID: "MQTT-4.3.2-2", Level: Must,
	Rests: "4.3.2: the receiver of a QoS 1 message, here the client, answers it with a PUBACK, and takes the id for a new message from then on.",
	Doc: "A QoS 1 message is acknowledged once for each time it is handed over: a second PUBACK could be taken for that of a new message. " +
		"What was handed over on an earlier connection of the session may be acknowledged once more.",
}

var compID = Monitor{
	Name: "exactly-once-receiver", ID: "MQTT-4.3.3-2", Level: Must,
	Rests: "4.3.3: the receiver of a QoS 2 message, here the client, answers a PUBREL with a PUBCOMP.",
	Doc:   "PUBCOMP answers a PUBREL that was handed over, once each time. One of an earlier connection may be answered, and once more, with clean session 0.",
}

var pubackOrder = Monitor{
	Name: "puback-order", ID: "MQTT-4.6.0-2", Level: Must,
	Rests: "4.6: the client sends PUBACKs in the order in which it received the PUBLISH packets.",
	Doc: "PUBACKs go out in the order in which the messages were handed over on that connection, nested callbacks or not. A repetition that " +
		"is handed over before the message was acknowledged may be answered or not. Messages of an earlier connection of the session " +
		"have an order of their own.",
}

var pubrecOrder = Monitor{
	Name: "pubrec-order", ID: "MQTT-4.6.0-3", Level: Must,
	Rests: "4.6: the client sends PUBRECs in the order in which it received the PUBLISH packets.",
	Doc:   "PUBRECs go out in the order in which the messages were handed over on that connection; repetitions may be answered or not.",
}

var pubrelOrder = Monitor{
	Name: "pubrel-order", ID: "MQTT-4.6.0-4", Level: Must,
	Rests: "4.6: the client sends PUBRELs in the order in which it received the PUBRECs.",
	Doc: "PUBRELs go out in the order in which the PUBRECs were handed over on that connection. PUBRELs that are sent again after a " +
		"reconnect, or that answer a PUBREC of an earlier connection, and PUBRECs that nothing in flight asked for, have no place in it.",
}

// acknowledges looks at a PUBACK.
func (k *checker) acknowledges(s *step, id uint16) {
	l := s.link
	if l.lost {
		return
	}
	ses := l.ses()
	x, skipped := l.once.next(id)
	switch {
	case skipped != nil && ses.came.once.mayPass(id, skipped.id, l):
	case x != nil:
		l.once.answer(x)
		k.inOrder(pubackOrder, s, x, skipped)
		s.proves(x, !ses.came.once.before(id, l))
	case ses.came.once.before(id, l):
	case l.once.before[id] && k.middle: // it may answer what is not known
	case l.once.before[id]:
		k.reportStep(ackOnce, s, "PUBACK id=%d comes once more than a PUBLISH with that id was handed over", id)
	case l.twice.open(id):
		k.reportStep(ackByQoS, s, "PUBACK id=%d answers a PUBLISH with QoS 2", id)
	default:
		k.unasked(s, id)
	}
}

// receipts looks at a PUBREC.
func (k *checker) receipts(s *step, id uint16) {
	l := s.link
	if l.lost {
		return
	}
	ses := l.ses()
	x, skipped := l.twice.next(id)
	switch {
	case skipped != nil && ses.came.twice.mayPass(id, skipped.id, l):
	case x != nil:
		l.twice.answer(x)
		k.inOrder(pubrecOrder, s, x, skipped)
		s.proves(x, !ses.received[id] && !ses.came.twice.before(id, l))
	case ses.received[id], ses.came.twice.before(id, l):
	case l.once.open(id):
		k.reportStep(ackByQoS, s, "PUBREC id=%d answers a PUBLISH with QoS 1", id)
	default:
		k.unasked(s, id)
	}
	ses.received[id] = true
}

// inOrder reports an answer to x that leaves out skipped, which was handed over before it.
func (k *checker) inOrder(m Monitor, s *step, x, skipped *arrival) {
	if skipped != nil && !k.middle {
		k.reportStep(m, s, "%s id=%d (for %v) comes before that of id=%d, which was handed over earlier (%v)",
			s.typ, x.id, ref(x.at), skipped.id, ref(skipped.at))
	}
}

// proves notes that the packet answers x, where it cannot be an answer to anything else.
func (s *step) proves(x *arrival, only bool) {
	if only {
		s.answers = x.at
	}
}

// unasked reports an acknowledgement that answers nothing.
func (k *checker) unasked(s *step, id uint16) {
	l := s.link
	if k.unseen(s) {
		return
	}
	k.reportStep(ackID, s, "%s id=%d, and no PUBLISH with that id was handed over", s.typ, id)
	if l.atMost && len(l.once.queue) == 0 && len(l.twice.queue) == 0 {
		k.reportStep(ackByQoS, s, "%s id=%d, and all messages that were handed over have QoS 0", s.typ, id)
	}
}

// unseen reports whether an acknowledgement that answers nothing may answer what the capture does not show:
// something on a connection of another protocol, or in bytes behind the end of MQTT. The latter proves that
// the client has read them.
func (k *checker) unseen(s *step) bool {
	if l := s.link; l.garbled >= 0 {
		s.answers = l.garbled
		return true
	}
	return k.hidden
}

// receipt notes a PUBREC that was handed over.
func (l *link) receipt(id uint16, at int) {
	ses := l.ses()
	e := ses.out[id]
	l.recs.add(id, at, e == nil || e.msg.QoS != 2 || e.released || e.acked || e.unclear || l.recs.open(id))
	ses.recs[id] = true
	switch {
	case e == nil || e.msg.QoS != 2:
		l.acked(id, at)
	case e.receipt == nil:
		e.receipt = l
	}
}

// releases looks at a PUBREL.
func (k *checker) releases(s *step, id uint16) {
	l := s.link
	if l.lost {
		return
	}
	ses := l.ses()
	e := ses.out[id]
	x, skipped := l.recs.next(id)
	// What was released, or received on an earlier connection, may be released at any time.
	free := e != nil && (e.released || e.receipt != nil && e.receipt != l && !l.resent[e])
	switch {
	case x != nil:
		l.recs.answer(x)
		if !free {
			k.inOrder(pubrelOrder, s, x, skipped)
		}
		s.proves(x, !free)
	case ses.recs[id], k.unseen(s): // sent again
	case e != nil && e.msg.QoS == 2:
		k.reportStep(exactlyOnce, s, "PUBREL id=%d is sent before the PUBREC of its PUBLISH (%v) has come", id, ref(e.at))
	default:
		k.reportStep(ackID, s, "PUBREL id=%d, and no PUBREC with that id was handed over", id)
	}
	if e != nil && e.msg.QoS == 2 {
		e.released = true
		e.carriedBy(l)
		if e.link != l {
			l.resent[e] = true
		}
	}
}

// completes looks at a PUBCOMP.
func (k *checker) completes(s *step, id uint16) {
	l := s.link
	if l.lost {
		return
	}
	ses := l.ses()
	x, _ := l.rels.next(id)
	switch {
	case x != nil:
		l.rels.answer(x)
		s.proves(x, !ses.came.rels.before(id, l))
	case ses.came.rels.before(id, l), k.unseen(s):
	default:
		k.reportStep(compID, s, "PUBCOMP id=%d, and no PUBREL with that id waits for it", id)
	}
	delete(ses.received, id)
}
