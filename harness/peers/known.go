package peers

// Fault says whose doing it is that a peer fails a scenario.
type Fault string

// The faults.
const (
	OfPeer    Fault = "the peer"                   // it breaks a statement, or its own promise
	Free      Fault = "the standard's free choice" // the scenario asks for more than the standard does
	OfHarness Fault = "the harness"                // what the client's API offers cannot be expressed or seen
)

// Known is a scenario that a peer is known to fail.
type Known struct {
	Scenario string
	Fault    Fault
	Why      string
}

// Names returns the scenarios of a list, as the field KnownFailing of harness.Params takes them.
func Names(list []Known) []string {
	names := make([]string, len(list))
	for i, k := range list {
		names[i] = k.Scenario
	}
	return names
}

// What several entries have in common.
const (
	onlyClose = ", and only the rule to close at any violation (MQTT-4.8.0-1) says what the receiver does"
	tokenSoon = "on reconnecting, resume puts a new token in place of the message's and completes the old one as if the PUBACK had come; " +
		"its documentation promises the broker's confirmation, the standard rules no API, and the bytes on the wire are right"
)

// PahoKnown lists what [Paho] is known to fail.
func PahoKnown() []Known {
	return []Known{
		{"connect/empty-client-id-without-clean-session", OfPeer, "the CONNECT is sent as it is asked for, malformed"},
		{"keepalive/deaf", OfPeer, tokenSoon},
		{"keepalive/half-open", OfPeer, tokenSoon},
		{"keepalive/not-late-after-traffic", OfPeer, "it looks at its clock every quarter of the keep alive, and then finds itself too late"},
		{"malformed/client-only-packet", OfPeer, "a PINGREQ from the server is passed over" + onlyClose},
		{"malformed/connack-closes/first-reserved-code", OfPeer, "Connect reports success for return code 6: its table of errors ends at 5"},
		{"malformed/connack-flags", OfPeer, "the flags of the fixed header are looked at in PUBLISH only"},
		{"malformed/connack-reserved-bits", OfPeer, "they are not looked at" + onlyClose},
		{"malformed/connack-too-long", OfPeer, "bytes behind the last field are passed over" + onlyClose},
		{"malformed/pingresp-flags", OfPeer, "the flags of the fixed header are looked at in PUBLISH only"},
		{"malformed/puback-flags", OfPeer, "the flags of the fixed header are looked at in PUBLISH only"},
		{"malformed/publish-dup-at-qos-0", OfPeer, "it is delivered" + onlyClose},
		{"malformed/publish-empty-topic", OfPeer, "it is delivered" + onlyClose},
		{"malformed/publish-qos-3", OfPeer, "it is delivered as QoS 3, and never acknowledged"},
		{"malformed/publish-topic-not-utf8", OfPeer, "no topic name is checked"},
		{"malformed/publish-topic-nul", OfPeer, "no topic name is checked"},
		{"malformed/publish-topic-overlong/beyond-the-last", OfPeer, "no topic name is checked"},
		{"malformed/publish-topic-overlong/nul-in-two", OfPeer, "no topic name is checked"},
		{"malformed/publish-topic-overlong/slash-in-three", OfPeer, "no topic name is checked"},
		{"malformed/publish-topic-surrogate", OfPeer, "no topic name is checked"},
		{"malformed/publish-wildcard-topic", OfPeer, "no topic name is checked" + onlyClose},
		{"malformed/publish-zero-id", OfPeer, "it is delivered, and acknowledged with packet identifier 0" + onlyClose},
		{"malformed/pubrel-flags", OfPeer, "the flags of the fixed header are looked at in PUBLISH only"},
		{"malformed/qos-2-flags/pubcomp", OfPeer, "the flags of the fixed header are looked at in PUBLISH only"},
		{"malformed/qos-2-flags/pubrec", OfPeer, "the flags of the fixed header are looked at in PUBLISH only"},
		{"malformed/remaining-length-of-five-bytes", OfPeer, "it goes on reading the length" + onlyClose},
		{"malformed/suback-code-3", OfPeer, "it is reported as granted" + onlyClose},
		{"malformed/suback-flags", OfPeer, "the flags of the fixed header are looked at in PUBLISH only"},
		{"malformed/suback-too-few-codes", OfPeer, "the filters without a code are reported as granted at QoS 0" + onlyClose},
		{"malformed/suback-too-short/half-an-identifier", OfPeer, "the end of the packet within a field is passed over" + onlyClose},
		{"malformed/suback-without-codes", OfPeer, "the filters without a code are reported as granted at QoS 0" + onlyClose},
		{"malformed/unsuback-flags", OfPeer, "the flags of the fixed header are looked at in PUBLISH only"},
		{"malformed/unsuback-too-long", OfPeer, "bytes behind the last field are passed over" + onlyClose},
		{"malformed/wrong-length/pingresp-of-one", OfPeer, "bytes behind the last field are passed over" + onlyClose},
		{"malformed/wrong-length/puback-of-one", OfPeer, "the end of the packet within a field is passed over" + onlyClose},
		{"malformed/wrong-length/puback-of-three", OfPeer, "bytes behind the last field are passed over" + onlyClose},
		{"malformed/wrong-length/unsuback-of-one", OfPeer, "the end of the packet within a field is passed over" + onlyClose},
		{"network/large-publish-cut", OfPeer, tokenSoon},
		{"network/latency-over-a-reconnect", OfPeer, tokenSoon},
		{"network/reconnect-in-single-bytes", OfPeer, tokenSoon},
		{"network/stalled-then-reset", OfPeer, tokenSoon},
		{"publish/topic-names-refused", OfPeer, "Publish checks no topic name, and sends a wildcard"},
		{"qos1/puback-cut-before", OfPeer, tokenSoon},
		{"qos1/puback-cut-within", OfPeer, tokenSoon},
		{"qos1/puback-lost", OfPeer, tokenSoon},
		{"qos1/publish-cut-before", OfPeer, tokenSoon},
		{"qos1/publish-cut-within", OfPeer, tokenSoon},
		{"qos1/resend-order-pipelined", OfPeer, tokenSoon},
		{"qos1/resend-until-acknowledged", OfPeer, tokenSoon},
		{"reconnect/broker-gone-and-back", OfPeer, tokenSoon},
		{"reconnect/clean-session-publishes-anew", OfPeer, tokenSoon + "; not here: what belongs to the clean session before goes out again"},
		{"reconnect/hours-without-the-broker", OfPeer, tokenSoon},
		{"reconnect/poison", OfPeer, tokenSoon},
		{"reconnect/redelivery-before-new", OfPeer, tokenSoon},
		{"session/lost-by-the-server", OfPeer, tokenSoon},
		{"session/reconnect-clean-again", OfPeer, tokenSoon},
		{"session/reconnect-queued-in-order", OfPeer, tokenSoon},
		{"subscribe/filters-refused", OfPeer, "Subscribe takes a# for a filter, and sends it"},
	}
}

// PahoCrashes lists scenarios at which [Paho] panics in a goroutine of its own, where nobody can recover:
// they end the process and cannot be played beside others.
func PahoCrashes() []Known {
	return []Known{
		{"malformed/suback-too-many-codes", OfPeer, "the codes index the list of filters without a look at its length: a server can end the program"},
	}
}

// AtWatCrashes lists scenarios at which [AtWat] panics in the same way.
func AtWatCrashes() []Known {
	return []Known{
		{"malformed/suback-too-short", OfPeer, "the packet identifier is read without a look at the length: a server can end the program"},
	}
}

// AtWatKnown lists what [AtWat] is known to fail.
func AtWatKnown() []Known {
	return []Known{
		{"connect/empty-client-id-without-clean-session", OfPeer, "the CONNECT is sent as it is asked for, malformed"},
		{"malformed/connack-reserved-bits", OfPeer, "they are not looked at" + onlyClose},
		{"malformed/not-connack-first/pingresp", OfPeer, "it is passed over" + onlyClose},
		{"malformed/not-connack-first/puback", OfPeer, "it is passed over" + onlyClose},
		{"malformed/not-connack-first/suback", OfPeer, "it is passed over" + onlyClose},
		{"malformed/publish-before-connack", OfPeer, "it is delivered" + onlyClose},
		{"malformed/publish-dup-at-qos-0", OfPeer, "it is delivered" + onlyClose},
		{"malformed/publish-empty-topic", OfPeer, "it is delivered" + onlyClose},
		{"malformed/publish-topic-not-utf8", OfPeer, "bytes that are not UTF-8 become U+FFFD before they are checked"},
		{"malformed/publish-topic-overlong/beyond-the-last", OfPeer, "bytes that are not UTF-8 become U+FFFD before they are checked"},
		{"malformed/publish-topic-overlong/nul-in-two", OfPeer, "bytes that are not UTF-8 become U+FFFD before they are checked"},
		{"malformed/publish-topic-overlong/slash-in-three", OfPeer, "bytes that are not UTF-8 become U+FFFD before they are checked"},
		{"malformed/publish-topic-surrogate", OfPeer, "bytes that are not UTF-8 become U+FFFD before they are checked"},
		{"malformed/publish-wildcard-topic", OfPeer, "it is delivered" + onlyClose},
		{"malformed/publish-zero-id", OfPeer, "it is delivered, and acknowledged with packet identifier 0" + onlyClose},
		{"malformed/remaining-length-of-five-bytes", OfPeer, "it goes on reading the length" + onlyClose},
		{"malformed/suback-code-3", OfPeer, "it is reported as granted" + onlyClose},
		{"malformed/unsuback-too-long", OfPeer, "bytes behind the last field are passed over" + onlyClose},
		{"malformed/wrong-length/pingresp-of-one", OfPeer, "bytes behind the last field are passed over" + onlyClose},
		{"malformed/wrong-length/puback-of-three", OfPeer, "bytes behind the last field are passed over" + onlyClose},
		{"publish/topic-names-refused", OfPeer, "Publish checks no topic name, and sends a wildcard"},
		{"subscribe/filters-refused", OfPeer, "Subscribe checks no filter, and sends a#"},
	}
}
