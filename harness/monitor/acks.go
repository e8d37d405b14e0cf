package monitor

var ackID = Monitor{
	Name: "ack-id", ID: "MQTT-2.3.1-6",
	Doc: "PUBACK and PUBREC have the id of a PUBLISH that was handed over and waits for an answer, PUBREL that of a message that a PUBREC " +
		"was handed over for. With clean session 0 it may have been handed over on an earlier connection: the standard does not say that " +
		"an answer dies with its connection. PUBREC and PUBREL may be repeated until the exchange goes on.",
}

var ackByQoS = Monitor{
	Name: "ack-by-qos", ID: "MQTT-3.3.4-1",
	Doc: "No PUBACK answers a QoS 2 message, no PUBREC one of QoS 1, and neither comes where messages at QoS 0 were all there was. " +
		"A missing answer is left alone: no time is set for it, and the application may still be at work. One that is passed over " +
		"shows as a wrong order.",
}

var ackOnce = Monitor{
	Name: "puback-once", ID: "MQTT-4.3.2-2",
	Doc: "A QoS 1 message is acknowledged once for each time it is handed over: a second PUBACK could be taken for that of a new message.",
}

var compID = Monitor{
	Name: "exactly-once-receiver", ID: "MQTT-4.3.3-2",
	Doc: "PUBCOMP answers a PUBREL that was handed over, once each time. One of an earlier connection counts with clean session 0.",
}

var pubackOrder = Monitor{
	Name: "puback-order", ID: "MQTT-4.6.0-2",
	Doc: "PUBACKs go out in the order in which the messages were handed over on that connection, nested callbacks or not. A repetition that " +
		"is handed over before the message was acknowledged may be answered or not.",
}

var pubrecOrder = Monitor{
	Name: "pubrec-order", ID: "MQTT-4.6.0-3",
	Doc: "PUBRECs go out in the order in which the messages were handed over on that connection; repetitions may be answered or not.",
}

var pubrelOrder = Monitor{
	Name: "pubrel-order", ID: "MQTT-4.6.0-4",
	Doc: "PUBRELs go out in the order in which the PUBRECs were handed over on that connection. PUBRELs that are sent again after a " +
		"reconnect, and PUBRECs that nothing in flight asked for, have no place in it.",
}

// acknowledges looks at a PUBACK.
func (k *checker) acknowledges(s *step, id uint16) {
	l := s.link
	if l.lost {
		return
	}
	x, skipped := l.once.answer(id)
	switch {
	case x != nil:
		s.answers = x.at
		if skipped != nil {
			k.reportStep(pubackOrder, s, "PUBACK id=%d before that of id=%d, which was handed over earlier (records %d and %d)", id, skipped.id, x.at, skipped.at)
		}
	case take(l.ses().late.once, id):
	case l.once.before[id] && l.resumes():
	case l.once.before[id]:
		k.reportStep(ackOnce, s, "PUBACK id=%d once more, and no PUBLISH was handed over for it", id)
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
	x, skipped := l.twice.answer(id)
	switch {
	case x != nil:
		s.answers = x.at
		if skipped != nil {
			k.reportStep(pubrecOrder, s, "PUBREC id=%d before that of id=%d, which was handed over earlier (records %d and %d)", id, skipped.id, x.at, skipped.at)
		}
	case ses.received[id], take(ses.late.twice, id):
	case l.once.open(id):
		k.reportStep(ackByQoS, s, "PUBREC id=%d answers a PUBLISH with QoS 1", id)
	default:
		k.unasked(s, id)
	}
	ses.received[id] = true
}

// resumes reports whether the connection goes on with a session: what came on an earlier connection may be
// acknowledged once more, for the client cannot know whether its answer has arrived.
func (l *link) resumes() bool {
	ses := l.ses()
	return !ses.clean && ses.first != nil && ses.first != l
}

// unasked reports an acknowledgement that answers nothing.
func (k *checker) unasked(s *step, id uint16) {
	if s.link.resumes() {
		return
	}
	k.reportStep(ackID, s, "%s id=%d, and no PUBLISH with that id waits for it", s.typ, id)
	if l := s.link; l.atMost && len(l.once.queue) == 0 && len(l.twice.queue) == 0 {
		k.reportStep(ackByQoS, s, "%s id=%d, and all messages that were handed over have QoS 0", s.typ, id)
	}
}

// receipt notes a PUBREC that was handed over.
func (l *link) receipt(id uint16, at int) {
	ses := l.ses()
	e := ses.out[id]
	l.recs.add(id, at, e == nil || e.msg.QoS != 2 || e.released || e.acked || e.unclear || l.recs.open(id))
	ses.recs[id] = true
	if e != nil && e.msg.QoS == 2 {
		e.receipt = true
	} else {
		l.acked(id)
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
	x, skipped := l.recs.answer(id)
	switch {
	case x != nil:
		s.answers = x.at
		if skipped != nil {
			k.reportStep(pubrelOrder, s, "PUBREL id=%d before that of id=%d, whose PUBREC was handed over earlier (records %d and %d)", id, skipped.id, x.at, skipped.at)
		}
	case ses.recs[id]: // sent again
	case e != nil && e.msg.QoS == 2:
		k.reportStep(exactlyOnce, s, "PUBREL id=%d before its PUBREC", id)
	default:
		k.reportStep(ackID, s, "PUBREL id=%d, and no PUBREC was handed over for that id", id)
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
	x, _ := l.rels.answer(id)
	switch {
	case x != nil:
		s.answers = x.at
	case take(ses.late.rels, id):
	default:
		k.reportStep(compID, s, "PUBCOMP id=%d, and no PUBREL with that id waits for it", id)
	}
	delete(ses.received, id)
}
