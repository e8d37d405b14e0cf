package monitor

import "umqtt/harness/wire"

// malformed notes a packet that the client was handed and should refuse. A careless client takes it for what
// it was meant to be: what it answers, and the ids that it takes for free, then show that it has gone on.
func (k *checker) malformed(s *step) {
	l, ses := s.link, s.link.ses()
	if l.handedRaw && l.garbled < 0 {
		l.garbled = s.at
	}
	if qos, id, ok := badPublish(s); ok {
		l.arrive(qos, id, s.at, true, true)
	}
	id, ok := badAck(s)
	switch s.typ {
	case wire.PUBACK, wire.PUBREC, wire.PUBCOMP:
		if e := ses.open[id]; ok && e.inFlight(l) {
			l.freed[id] = s.at
		}
		ses.doubt(nil) // it may count as the acknowledgement that it was meant to be
		if ok && s.typ == wire.PUBREC {
			l.recs.add(id, s.at, true)
		}
	case wire.PUBREL:
		if ok {
			l.release(id, s.at)
		}
	case wire.SUBACK, wire.UNSUBACK:
		if ok && l.requested[id] != "" {
			l.freed[id] = s.at
		}
		clear(l.requested)
	}
}

// badAck returns the packet id of an acknowledgement that was refused, as a careless client would read it.
func badAck(s *step) (id uint16, ok bool) {
	if len(s.Data) < 4 || s.Data[1] >= 0x80 {
		return 0, false
	}
	return uint16(s.Data[2])<<8 | uint16(s.Data[3]), true
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
