package monitor

import "umqtt/harness/wire"

var connectFirst = Monitor{
	Name: "connect-first", ID: "MQTT-3.1.0-1", Level: Must,
	Rests: "3.1: the first packet that the client sends on a connection is a CONNECT.",
	Doc: "The first packet on every connection is a CONNECT, a malformed one included, which the codec's monitors judge. " +
		"A connection on which nothing was sent is left alone: it may have broken before.",
}

var connectOnce = Monitor{
	Name: "connect-once", ID: "MQTT-3.1.0-2", Level: Must,
	Rests: "3.1: the client can send CONNECT only once on a connection. The numbered sentence behind it tells the server to disconnect who does otherwise.",
	Doc:   "No connection carries a second CONNECT. A malformed one counts.",
}

// opening looks at a connection's CONNECT.
func (k *checker) opening(s *step) {
	l := s.link
	if s.typ == 0 && s.bad == nil {
		return // bytes behind the end of MQTT
	}
	if !l.begun && s.typ != wire.CONNECT {
		k.reportStep(connectFirst, s, "the first packet of the connection is %s, not CONNECT", s.typ)
	}
	l.begun = true
	if s.typ == wire.CONNECT && (s.packet != nil || s.bad != nil) {
		if l.connects++; l.connects > 1 {
			k.reportStep(connectOnce, s, "a connection carries one CONNECT, and this is number %d", l.connects)
		}
	}
}
