package monitor

import (
	"time"

	"umqtt/harness/wire"
)

var idUnused = Monitor{
	Name: "id-unused", ID: "MQTT-2.3.1-2", Level: Must,
	Rests: "2.3.1: the client gives each new SUBSCRIBE, UNSUBSCRIBE and PUBLISH above QoS 0 an id that is not in use.",
	Doc: "A new PUBLISH above QoS 0, SUBSCRIBE or UNSUBSCRIBE has an id that nothing in flight uses; the three share one space. " +
		"An id is free again as soon as the acknowledgement was handed over, handled or not, and an acknowledgement in surplus may be " +
		"taken for that of what comes next under its id. " +
		"Those of requests are free on the next connection too, those of messages only if the session does not go on.",
}

var resendSame = Monitor{
	Name: "resend-same", ID: "MQTT-2.3.1-3", Level: Must,
	Rests: "2.3.1: the client that sends a packet again uses its id again.",
	Doc: "A PUBLISH with DUP 1 repeats a message under the id that it had: not another message under an id in flight, and not a message " +
		"in flight under another id. A message that the application publishes anew has DUP 0 and is not looked at.",
}

var resendDup = Monitor{
	Name: "resend-dup", ID: "MQTT-3.3.1-1", Level: Must,
	Rests: "3.3.1.1: the client sets DUP when it attempts to deliver a PUBLISH again.",
	Doc: "A message in flight that is sent again under its id has DUP 1, on the same connection or a later one. One that went out only on " +
		"connections that were never accepted may count as not sent.",
}

var firstSending = Monitor{
	Name: "first-sending", ID: "MQTT-4.3.2-1", Level: Must,
	Rests: "4.3.2: the sender, here the client, sends a QoS 1 message first with DUP 0.",
	Doc: "The first sending of a QoS 1 message has DUP 0. Decided on the first connection of a session; on a later one the first sending " +
		"may have been lost with a connection that was breaking, and not be in the capture.",
}

var sessionDropped = Monitor{
	Name: "session-dropped", ID: "MQTT-3.1.2-6", Level: Must,
	Rests: "3.1.2.4: with clean session 1 the client discards the session before, and uses none of its state again.",
	Doc: "Behind a CONNECT with clean session 1, and on the first connection behind such a session, no message is sent with DUP 1 that " +
		"was first sent before. The application may publish it anew, with DUP 0. Whether a clean session was dropped that no server " +
		"accepted is left alone.",
}

var exactlyOnce = Monitor{
	Name: "exactly-once-sender", ID: "MQTT-4.3.3-1", Level: Must,
	Rests: "4.3.3: the sender, here the client, sends a QoS 2 message first with DUP 0, PUBREL in answer to PUBREC, and no PUBLISH behind its PUBREL.",
	Doc: "The first sending of a QoS 2 message has DUP 0 (decided as for QoS 1), its PUBREL comes behind a PUBREC, and no PUBLISH of it " +
		"comes behind its PUBREL.",
}

func seconds(n uint16) time.Duration { return time.Duration(n) * time.Second }

// publishes looks at a PUBLISH of the client.
func (k *checker) publishes(s *step, p *wire.Publish) {
	l := s.link
	if p.QoS == 0 || l.lost {
		return
	}
	ses := l.ses()
	e := ses.out[p.PacketID]
	switch {
	case p.Dup && e.carries(p):
		if e.released {
			k.reportStep(exactlyOnce, s, "PUBLISH id=%d, sent in %v, is sent again behind its PUBREL", p.PacketID, ref(e.at))
		}
		k.resends(s, e)
	case p.Dup:
		k.unknownResend(s, p, e)
		k.begins(s, p)
	case e.inFlight(l) && e.carries(p) && !e.released:
		k.reportStep(resendDup, s, "PUBLISH id=%d, sent in %v, is sent again with DUP 0", p.PacketID, ref(e.at))
		k.resends(s, e)
	default:
		k.takesID(s, p.PacketID)
		k.begins(s, p)
	}
}

// unknownResend judges a PUBLISH with DUP 1 that repeats nothing that was sent under its id last.
func (k *checker) unknownResend(s *step, p *wire.Publish, e *exchange) {
	l, ses := s.link, s.link.ses()
	other := ses.content[contentOf(p)]
	switch {
	case e.inFlight(l):
		k.reportStep(resendSame, s, "PUBLISH id=%d with DUP 1 is not the message that was sent under that id in %v", p.PacketID, ref(e.at))
	case !ses.resumed && l.client != nil && l.client.seen[contentOf(p)] > 0 && l.client.seen[contentOf(p)] < ses.number:
		k.reportStep(sessionDropped, s, "PUBLISH id=%d with DUP 1 is a message of an earlier session, which ended with its connection", p.PacketID)
	case other.inFlight(l) && other.carries(p) && !l.resent[other] && other.link == ses.first && (other.link != l || !ses.resumed):
		// Whatever was lost on the way was first sent behind the other one, and comes behind it again.
		k.reportStep(resendSame, s, "PUBLISH id=%d with DUP 1 is the message that was sent under id %d in %v", p.PacketID, other.msg.PacketID, ref(other.at))
	case !ses.resumed && p.QoS == 1:
		k.reportStep(firstSending, s, "PUBLISH id=%d has DUP 1 the first time it is sent", p.PacketID)
	case !ses.resumed:
		k.reportStep(exactlyOnce, s, "PUBLISH id=%d has DUP 1 the first time it is sent", p.PacketID)
	}
}

// begins notes a message that was not sent before, as far as the capture shows.
func (k *checker) begins(s *step, p *wire.Publish) {
	l, ses := s.link, s.link.ses()
	if old := ses.open[p.PacketID]; old != nil {
		old.carrier.waiting--
	}
	e := &exchange{msg: p, at: s.at, link: l, carrier: l, acked: l.stray[p.PacketID]}
	if !p.Dup {
		ses.order++
		e.order = ses.order
	}
	key := contentOf(p)
	ses.out[p.PacketID], ses.content[key] = e, e
	if l.client != nil {
		l.client.seen[key] = ses.number
	}
	if e.acked { // by an acknowledgement that was in surplus, and may not have been read before
		return
	}
	ses.open[p.PacketID] = e
	l.waiting++
}

// requests looks at a SUBSCRIBE or UNSUBSCRIBE. The same bytes again are a resend.
func (k *checker) requests(s *step, id uint16) {
	l := s.link
	if l.lost || l.requested[id] == string(s.Data) {
		return
	}
	k.takesID(s, id)
	if !l.stray[id] {
		l.requested[id] = string(s.Data)
	}
}

// takesID reports an id that is in use.
func (k *checker) takesID(s *step, id uint16) {
	l := s.link
	if e := l.ses().out[id]; e.inFlight(l) {
		k.reportStep(idUnused, s, "%s has id=%d, which the PUBLISH of %v still uses: no acknowledgement of it has come", s.typ, id, ref(e.at))
	}
	if request := l.requested[id]; request != "" {
		k.reportStep(idUnused, s, "%s has id=%d, which a %s without answer still uses", s.typ, id, wire.TypeOf([]byte(request)))
	}
	if at, ok := l.freed[id]; ok {
		s.answers = max(s.answers, at) // it has read that acknowledgement, or it breaks the rule above
		delete(l.freed, id)
	}
}
