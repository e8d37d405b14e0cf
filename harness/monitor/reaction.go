package monitor

import (
	"fmt"

	"umqtt/harness/wire"
)

const violation = "MQTT-4.8.0-1" // of every kind

// reactions are the monitors of what the client does about a packet that no server may send: it has to
// close the connection. The rule that such a packet breaks binds who sends it; the one that the client breaks
// is MQTT-4.8.0-1, and with it each of the few that tell the receiver itself to close.
//
// The proof is that the client goes on: it answers the packet, or one that was handed over behind it; or it
// uses an id again that only such a packet has freed. A client that sends something else may be about to
// close: what it sends may have been under way, or come from another thread while the one that reads is
// busy in a callback.
var reactions = derived("closes", "Handed a packet that no server may send, the client closes the connection: it does not answer it, or "+
	"anything handed over behind it, and uses no id again that such a packet has freed. No time is set for the closing: a client that "+
	"only sends, whatever it sends, may not have read the packet, and is left alone. DISCONNECT before the closing is fine.",
	violation, "MQTT-1.5.3-1", "MQTT-1.5.3-2", wrongFlags, "MQTT-3.3.1-4",
)

const wrongFlags = "MQTT-2.2.2-2" // what the receiver does about MQTT-2.2.2-1

// A stop is something that the client was handed and has to close the connection for.
type stop struct {
	at  int             // its record
	bad *wire.Violation // what is wrong with it, nil if it is only in the wrong place
	why string
}

// mustEnd notes when the client is handed something that it has to close the connection for.
func (k *checker) mustEnd(s *step) {
	l := s.link
	first := !l.greeted && (s.packet != nil || s.bad != nil)
	l.greeted = true
	switch {
	case s.bad != nil:
		l.stops = append(l.stops, stop{s.at, s.bad, s.bad.Error()})
	case first && s.typ != wire.CONNACK:
		l.stops = append(l.stops, stop{s.at, nil, fmt.Sprintf("%s before the CONNACK", s.typ)})
	}
}

// breaks reports whether passing over the stop breaks a rule.
func (st stop) breaks(id string) bool {
	switch {
	case id == violation:
		return true
	case st.bad == nil:
		return false
	case id == wrongFlags:
		return st.bad.Names("MQTT-2.2.2-1")
	}
	return st.bad.Names(id)
}

// goesOn looks whether a packet shows that the client passed over what it has to close for. The stops
// stand in the order of handing over, so that the evidence is about the first ones.
func (k *checker) goesOn(s *step) {
	l := s.link
	if k.middle {
		return // it may answer what is not known
	}
	for len(l.stops) > l.passed {
		st := l.stops[l.passed]
		if s.answers < st.at {
			return
		}
		l.passed++
		for _, m := range reactions {
			if st.breaks(m.ID) {
				k.reportStep(m, s, "the client was handed %s (%v), and goes on: its %s shows that it has read %v",
					st.why, ref(st.at), s.typ, ref(s.answers))
			}
		}
	}
}
