package monitor

import (
	"fmt"
	"time"

	"umqtt/harness/wire"
)

// reactions are the monitors of what the client does about a packet that no server may send: it has to
// close the connection. There is one for each rule that such a packet can break, since a client may mind
// some of them only, and one for all of them, MQTT-4.8.0-1.
//
// The evidence is that the client goes on: it answers the packet itself, or one that was handed over
// behind it, which proves that it has read it; or it sends anything but PINGREQ and DISCONNECT more than
// Patience later. A PINGREQ may come from another thread, while the one that reads is busy in a callback; what
// is sent before may have been under way. That nothing at all is sent is left alone: who does not read cannot
// know.
var reactions = derived("closes", "Handed a packet that breaks this, the client closes the connection: it does not answer it, or "+
	"anything handed over behind it, and sends nothing but PINGREQ and DISCONNECT once Patience has passed.",
	violation,
	"2.2.1-must-1", "2.2.1-must-2", "2.2.3-must-1", "2.2.3-must-2", "3.2.2.1-must-1", "3.2.2.3-must-1",
	"MQTT-1.5.3-1", "MQTT-1.5.3-2", "MQTT-2.2.2-1", wrongFlags, "MQTT-2.3.1-1",
	connackFirst, "MQTT-3.2.2-4", "MQTT-3.3.1-2", "MQTT-3.3.1-4", "MQTT-3.3.2-1", "MQTT-3.3.2-2", "MQTT-3.6.1-1",
	"MQTT-3.8.4-5", "MQTT-3.9.3-2", "MQTT-4.3.1-1", "MQTT-4.7.1-1", "MQTT-4.7.3-1", "MQTT-4.7.3-2",
)

const (
	violation    = "MQTT-4.8.0-1" // of every kind
	wrongFlags   = "MQTT-2.2.2-2" // what the receiver does about MQTT-2.2.2-1
	connackFirst = "MQTT-3.2.0-1"
)

// A stop is something that the client was handed and has to close the connection for.
type stop struct {
	at    int // its record
	time  time.Duration
	rules []string
	why   string
}

// mustEnd notes when the client is handed something that it has to close the connection for.
func (k *checker) mustEnd(s *step) {
	l := s.link
	first := !l.greeted && (s.packet != nil || s.bad != nil)
	l.greeted = true
	st := stop{at: s.at, time: s.Time}
	if s.bad != nil {
		st.why = s.bad.Error()
		st.rules = append(st.rules, s.bad.ID)
		st.rules = append(st.rules, s.bad.Also...)
		if s.bad.Names("MQTT-2.2.2-1") {
			st.rules = append(st.rules, wrongFlags)
		}
	}
	if first && s.typ != wire.CONNACK {
		st.rules = append(st.rules, connackFirst)
		if st.why == "" {
			st.why = fmt.Sprintf("%s before the CONNACK", s.typ)
		}
	}
	if len(st.rules) > 0 {
		st.rules = append(st.rules, violation)
	}
	if len(st.rules) > 0 {
		l.stops = append(l.stops, st)
	}
}

// goesOn looks whether a packet shows that the client passed over what it has to close for. The stops
// stand in the order of handing over, so that the evidence is about the first ones.
func (k *checker) goesOn(s *step) {
	l := s.link
	for len(l.stops) > l.passed {
		st := l.stops[l.passed]
		proof := s.answers >= st.at
		late := !l.over && s.typ != wire.DISCONNECT && s.typ != wire.PINGREQ && k.clock.passed(st.time, s.Time, Patience)
		if !proof && !late {
			return
		}
		l.passed++
		for _, m := range reactions {
			for _, id := range st.rules {
				if id == m.ID {
					k.reportStep(m, s, "the client goes on although it was handed %s (record %d)", st.why, st.at)
				}
			}
		}
	}
}
