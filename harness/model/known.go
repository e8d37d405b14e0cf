package model

// A Fault is something that the embedded broker is known to get wrong. A run that shows it is no finding.
type Fault struct {
	Name string
	// Rule is the rule that the fault makes a run break.
	Rule string
	// Reason says what the broker does.
	Reason string

	match func(*judgement, Message) bool // nil: each finding of the rule
}

// Known lists the faults of the embedded broker.
var Known = []Fault{
	{
		Name: "puback-kept", Rule: "published-arrives",
		Reason: "A QoS 1 PUBLISH behind which the connection is reset can be lost: its PUBACK could not be written, and is sent on the next connection, but the message was never passed on.",
		match:  func(j *judgement, m Message) bool { return j.connections(m) > 1 },
	},
}

// connections is on how many connections a message was sent.
func (j *judgement) connections(m Message) int {
	conns := map[int]bool{}
	for _, i := range j.sent[m.key()] {
		conns[j.Records[i].Conn] = true
	}
	return len(conns)
}
