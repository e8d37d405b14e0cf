package mutant

// A UmqttFault is a fault of upstream umqtt, with the scenario and the mutant for it. The subject umqtt-as-it-is has
// all of them.
type UmqttFault struct {
	// Does describes what the client does.
	Does string
	// Scenario is the name of a scenario that fails for it.
	Scenario string
	// Mutant is the name of a mutant with this fault and no other of the list. It is "" if no built-in subject can
	// have it.
	Mutant string
}

// UmqttFaults returns the faults of upstream umqtt. The slice is the caller's.
func UmqttFaults() []UmqttFault {
	return []UmqttFault{
		{Does: "a call in a callback throws away the PUBACK of the publish around it", Scenario: "recursion/outer-acknowledged-first", Mutant: "outer-puback-thrown-away"},
		{Does: "a publish in a callback throws away the SUBACK of the subscribe around it", Scenario: "recursion/answer-before-suback", Mutant: "suback-lost-in-nesting"},
		{Does: "the message of an inner callback is acknowledged before that of the outer one", Scenario: "recursion/pubacks-in-arrival-order", Mutant: "puback-newest-first"},
		{Does: "callbacks nest until the interpreter gives up", Scenario: "recursion/burst", Mutant: "deep-messages-lost"},
		{Does: "a message that ends with the connection is delivered as far as it came", Scenario: "network/cut-within-a-message", Mutant: "truncated-message"},
		{Does: "a message whose PUBACK was cut off is not sent again on the next connection", Scenario: "qos1/puback-cut-within", Mutant: "no-resend"},
		{Does: "what was cut off while it was written is published anew, with a new id and without DUP", Scenario: "qos1/publish-cut-within", Mutant: "republished-in-a-kept-session"},
		{Does: "no PINGREQ is sent unless the program sends one", Scenario: "keepalive/ping-when-idle", Mutant: "no-pingreq"},
		{Does: "a half-open connection is not noticed", Scenario: "keepalive/half-open", Mutant: "pingresp-not-missed"},
		{Does: "most violations close nothing", Scenario: "malformed/publish-zero-id", Mutant: "malformed-tolerated"},
		{Does: "a user name without a password cannot be sent", Scenario: "connect/user-name-alone", Mutant: "user-name-needs-password"},
		{Does: "the clean session that was asked for is turned off at a reconnect", Scenario: "reconnect/clean-session-publishes-anew", Mutant: "session-kept-at-a-reconnect"},
		{Does: "a PUBACK that nobody waits for throws the stream out of step", Scenario: "qos1/stray-puback-in-step/publish", Mutant: "out-of-step-behind-a-stray-puback"},
		{Does: "lengths are counted in characters", Scenario: "publish/text-beyond-ascii/two-bytes", Mutant: "lengths-in-characters"},
		{Does: "a publish whose PUBACK never comes does not return", Scenario: "qos1/puback-never-comes", Mutant: "no-pingreq-while-waiting"},
		{Does: "a subscribe whose SUBACK never comes does not return", Scenario: "subscribe/suback-never-comes", Mutant: "suback-awaited-without-pingreq"},
		{Does: "a connect whose CONNACK never comes does not return", Scenario: "connect/connack-never-comes", Mutant: "connack-awaited-for-ever"},
		{Does: "the end of a new connection before its CONNACK ends the reconnecting", Scenario: "reconnect/end-before-connack/fin", Mutant: "end-before-connack-is-final"},
		{Does: "CONNACK code 3 at a reconnect ends the reconnecting", Scenario: "reconnect/unavailable-once", Mutant: "unavailable-is-final"},
		{Does: "a message at QoS 2 is delivered and not answered, and the connection stays open", Scenario: "qos1/message-at-qos-2", Mutant: "qos2-taken-for-qos0"},
		{Does: "a message larger than memory is read as packets", Scenario: "network/larger-than-memory/60000-bytes", Mutant: "out-of-step-behind-a-large-message"},
		{Does: "the packet id behind 65535 is 0, and its publish never returns", Scenario: "qos1/ids-wrap", Mutant: "packet-id-zero"},
		{Does: "half a packet keeps the program from everything else", Scenario: "network/half-a-packet/within-the-payload"},
		{Does: "a call before the first connect fails with an error that says nothing", Scenario: "connect/publish-before-connect", Mutant: "stumbles-before-connect"},
		{Does: "nothing is subscribed again after a reconnect", Scenario: "reconnect/resubscribes-the-one", Mutant: "resubscribes-nothing"},
		{Does: "the wait before each attempt to connect is the same, for ever", Scenario: "reconnect/backoff-behind-resets", Mutant: "constant-backoff"},
		{Does: "a SUBSCRIBE that the end of the connection interrupts is not completed", Scenario: "reconnect/subscribe-of-one-interrupted", Mutant: "interrupted-subscribe-dropped"},
	}
}
