package monitor

var disconnectLast = Monitor{
	Name: "disconnect-last", ID: "MQTT-3.14.4-2", Level: Must,
	Rests: "3.14.4: the client sends nothing on the connection behind its DISCONNECT.",
	Doc:   "Nothing follows a DISCONNECT on its connection, not even a part of a packet. A malformed DISCONNECT counts as none.",
}

var disconnectCloses = Monitor{
	Name: "disconnect-closes", ID: "MQTT-3.14.4-1", Level: Should, Timed: true,
	Rests: "3.14.4: the client closes the connection behind its DISCONNECT. No time is set.",
	Doc: "The client closes the connection behind its DISCONNECT. The standard says not when, so that only a connection is reported " +
		"that is still open when the capture ends more than Patience later; one that was reset from the other side is closed.",
}

// behindDisconnect looks for bytes behind a DISCONNECT.
func (k *checker) behindDisconnect(s *step) {
	if s.link.disconnected >= 0 {
		k.reportStep(disconnectLast, s, "the client sends on behind its DISCONNECT in %v", ref(s.link.disconnected))
	}
}

// stillOpen looks at the end of the capture for a connection that its client should have closed.
func (k *checker) stillOpen(l *link) {
	if l.disconnected >= 0 && !l.closed && k.clock.passed(l.disconnectedAt, k.clock.last, Patience) {
		k.report(disconnectCloses, l.num, l.disconnected, "the client has not closed the connection %s after its DISCONNECT; it is warned after %s", k.clock.last-l.disconnectedAt, Patience)
	}
}
