package monitor

var disconnectLast = Monitor{
	Name: "disconnect-last", ID: "MQTT-3.14.4-2",
	Doc: "Nothing follows a DISCONNECT on its connection, not even a part of a packet. A malformed DISCONNECT counts as none.",
}

var disconnectCloses = Monitor{
	Name: "disconnect-closes", ID: "MQTT-3.14.4-1",
	Doc: "The client closes the connection behind its DISCONNECT. The standard says not when, so that only a connection is reported " +
		"that is still open when the capture ends more than Patience later; one that was reset from the other side is closed.",
}

// behindDisconnect looks for bytes behind a DISCONNECT.
func (k *checker) behindDisconnect(s *step) {
	if s.link.disconnected >= 0 {
		k.reportStep(disconnectLast, s, "bytes behind the DISCONNECT of record %d", s.link.disconnected)
	}
}

// stillOpen looks at the end of the capture for a connection that its client should have closed.
func (k *checker) stillOpen(l *link) {
	if l.disconnected >= 0 && !l.closed && k.clock.passed(l.disconnectedAt, k.clock.last, Patience) {
		k.report(disconnectCloses, l.num, l.disconnected, "the connection is still open %s after its DISCONNECT", k.clock.last-l.disconnectedAt)
	}
}
