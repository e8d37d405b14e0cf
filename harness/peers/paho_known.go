package peers

// PahoKnown lists what [Paho] is known to fail.
func PahoKnown() []Known {
	return append(pahoKnown(), []Known{
		{"reconnect/clean-session-publishes-anew", "MQTT-3.1.2-6", oldSession},
		{"reconnect/poison", "MQTT-3.1.2-6", oldSession},
		{"session/reconnect-clean-again", "MQTT-3.1.2-6", oldSession},
		{"qos2/clean-session-forgets", "MQTT-3.1.2-6", oldSession},
	}...)
}

// PahoManualKnown lists what [PahoManual] is known to fail.
func PahoManualKnown() []Known {
	return append(pahoKnown(), Known{"qos2/disconnect-keeps", "MQTT-4.4.0-1", publishAgain})
}

// pahoKnown lists what both setups are known to fail.
func pahoKnown() []Known {
	return []Known{
		{"connect/empty-client-id-without-clean-session", "MQTT-3.1.3-7", emptyID},
		{"connect/texts-of-wrong-bytes/[cos]*", "MQTT-1.5.3-1", wrongClientID},
		{"connect/texts-of-wrong-bytes/u-0000*", "MQTT-1.5.3-2", nulClientID},
		{"keepalive/large-kept-message", "MQTT-3.1.2-23", "sends nothing for 8 s at a keep alive of 2 s: no second PINGREQ while a PINGRESP is outstanding, for up to its ping timeout of 10 s"},
		{"keepalive/not-late-after-traffic", "MQTT-3.1.2-23", "sends PINGREQ 2.2 s after a PUBLISH at a keep alive of 2 s: it looks at its clock each quarter of the keep alive"},
		{"malformed/client-only-packet", "MQTT-4.8.0-1", "ignores packets that only a client may send"},
		{"malformed/client-only-packet-in-flight", "MQTT-4.8.0-1", "ignores packets that only a client may send"},
		{"malformed/connack-flags", "MQTT-2.2.2-2", laterFlags},
		{"malformed/connack-of-another-length/of-130", "MQTT-4.8.0-1", tooLong},
		{"malformed/connack-of-another-length/of-4", "MQTT-4.8.0-1", tooLong},
		{"malformed/connack-length-in-five-bytes/two", "MQTT-4.8.0-1", fiveBytes},
		{"malformed/connack-reserved-bits-each", "MQTT-4.8.0-1", reserved},
		{"malformed/connack-reserved-bits", "MQTT-4.8.0-1", reserved},
		{"malformed/connack-too-long", "MQTT-4.8.0-1", tooLong},
		{"malformed/flags-of-*", "MQTT-2.2.2-2", laterFlags},
		{"malformed/length-in-five-bytes/*[cklp]-two", "MQTT-4.8.0-1", fiveBytes},
		{"malformed/length-in-five-bytes/pingresp-zero", "MQTT-4.8.0-1", fiveBytes},
		{"malformed/length-of-another/*-1", "MQTT-4.8.0-1", tooShort},
		{"malformed/length-of-another/*-130", "MQTT-4.8.0-1", tooLong},
		{"malformed/length-of-another/*-[234]", "MQTT-4.8.0-1", wrongLength},
		{"malformed/length-of-the-awaited-pub*", "MQTT-4.8.0-1", wrongLength},
		{"malformed/length-of-the-awaited-unsuback", "MQTT-4.8.0-1", wrongLength},
		{"malformed/pingresp-flags", "MQTT-2.2.2-2", laterFlags},
		{"malformed/puback-flags", "MQTT-2.2.2-2", laterFlags},
		{"malformed/publish-dup-at-qos-0", "MQTT-4.8.0-1", delivered},
		{"malformed/publish-dup-retain-at-qos-0", "MQTT-4.8.0-1", delivered},
		{"malformed/publish-empty-topic", "MQTT-4.8.0-1", uncheckedText},
		{"malformed/publish-qos-3", "MQTT-3.3.1-4", "delivers the message as QoS 3, and never acknowledges it"},
		{"malformed/publish-qos-3-flags/[dpr]*", "MQTT-3.3.1-4", "delivers the message as QoS 3, and never acknowledges it"},
		{"malformed/publish-topic-not-utf8", "MQTT-1.5.3-1", uncheckedText},
		{"malformed/publish-topic-nul", "MQTT-1.5.3-2", uncheckedText},
		{"malformed/publish-topic-overlong", "MQTT-1.5.3-1", uncheckedText},
		{"malformed/publish-topic-surrogate", "MQTT-1.5.3-1", uncheckedText},
		{"malformed/publish-wildcard-topic", "MQTT-4.8.0-1", uncheckedText},
		{"malformed/publish-zero-id", "MQTT-4.8.0-1", zeroID},
		{"malformed/publish-zero-id-flags", "MQTT-4.8.0-1", zeroID},
		{"malformed/pubrel-flags", "MQTT-2.2.2-2", laterFlags},
		{"malformed/qos-2-flags", "MQTT-2.2.2-2", laterFlags},
		{"malformed/remaining-length-of-five-bytes", "MQTT-4.8.0-1", fiveBytes},
		{"malformed/suback-code-3", "MQTT-4.8.0-1", unknownCode},
		{"malformed/suback-flags", "MQTT-2.2.2-2", laterFlags},
		{"malformed/suback-number-of-codes/one-of-three", "MQTT-4.8.0-1", fewerCodes},
		{"malformed/suback-number-of-codes/two-of-three", "MQTT-4.8.0-1", fewerCodes},
		{"malformed/suback-reserved-*", "MQTT-4.8.0-1", "reports a return code that does not exist as granted"},
		{"malformed/suback-too-few-codes", "MQTT-4.8.0-1", fewerCodes},
		{"malformed/suback-too-short/half-an-identifier", "MQTT-4.8.0-1", tooShort},
		{"malformed/suback-without-codes", "MQTT-4.8.0-1", fewerCodes},
		{"malformed/topic-empty-flags", "MQTT-4.8.0-1", uncheckedText},
		{"malformed/topic-nul-places", "MQTT-1.5.3-2", uncheckedText},
		{"malformed/topic-utf8-*", "MQTT-1.5.3-1", uncheckedText},
		{"malformed/topic-wildcard-*", "MQTT-4.8.0-1", uncheckedText},
		{"malformed/unsuback-flags", "MQTT-2.2.2-2", laterFlags},
		{"malformed/unsuback-too-long", "MQTT-4.8.0-1", tooLong},
		{"malformed/wrong-length/pingresp-of-one", "MQTT-4.8.0-1", tooLong},
		{"malformed/wrong-length/puback-of-one", "MQTT-4.8.0-1", tooShort},
		{"malformed/wrong-length/puback-of-three", "MQTT-4.8.0-1", tooLong},
		{"malformed/wrong-length/unsuback-of-one", "MQTT-4.8.0-1", tooShort},
		{"publish/topic-names-refused", "MQTT-3.3.2-2", anyTopic},
		{"publish/topic-names-of-wrong-bytes", "MQTT-1.5.3-1", "Publish sends a topic name that is no UTF-8"},
		{"network/cut-off-pubcomp", "MQTT-4.3.3-1", publishAgain},
		{"qos2/every-packet-lost", "MQTT-4.3.3-1", publishAgain},
		{"qos2/id-kept-over-a-reconnect", "MQTT-4.3.3-1", publishAgain},
		{"qos2/one-released-one-not", "MQTT-4.3.3-1", publishAgain},
		{"qos2/pubcomp-lost", "MQTT-4.3.3-1", publishAgain},
		{"qos2/pubrec-at-the-end", "MQTT-4.3.3-1", publishAgain},
		{"qos2/pubrel-again", "MQTT-4.3.3-1", publishAgain + ", and no PUBREL: its store keeps the PUBLISH until PUBCOMP"},
		{"qos2/pubrel-lost", "MQTT-4.3.3-1", publishAgain},
		{"qos2/pubrels-again-in-order", "MQTT-4.3.3-1", publishAgain},
		{"qos2/session-gone", "MQTT-4.3.3-1", publishAgain},
		{"qos2/publish-at-the-end", "MQTT-4.3.3-2", twice},
		{"qos2/publish-twice-on-one-connection", "MQTT-4.3.3-2", twice},
		{"qos2/pubrec-lost-on-the-way-out", "MQTT-4.3.3-2", twice},
		{"qos2/receive", "MQTT-4.3.3-2", twice},
		{"connect/user-name-of-wrong-bytes/[^u]*", "MQTT-1.5.3-1", wrongText},
		{"connect/user-name-of-wrong-bytes/u-0000*", "MQTT-1.5.3-2", wrongText},
		{"will/topic-of-wrong-bytes/[^u]*", "MQTT-1.5.3-1", wrongText},
		{"will/topic-of-wrong-bytes/u-0000", "MQTT-1.5.3-2", wrongText},
		{"will/topic-refused/[hp]*", "MQTT-4.7.1-1", wrongText},
		{"will/topic-refused/empty", "MQTT-4.7.3-1", wrongText},
		{"subscribe/filters-ill-formed", "MQTT-1.5.3-1", "Subscribe sends a filter that is no UTF-8"},
		{"subscribe/unsubscribe-ill-formed", "MQTT-1.5.3-1", "Unsubscribe sends a filter that is no UTF-8"},
		{"subscribe/unsubscribe-from-nothing", "MQTT-3.10.3-2", "Unsubscribe sends a packet without a filter"},
		{"publish/qos-3", "MQTT-3.3.1-4", "Publish sends QoS 3"},
		{"will/qos-3", "MQTT-3.1.2-14", "sends the CONNECT that it is asked for: will QoS 3"},
		{"subscribe/filters-of-wrong-bytes", "MQTT-1.5.3-1", "Subscribe sends a filter that is no UTF-8"},
		{"subscribe/unsubscribe-of-wrong-bytes", "MQTT-1.5.3-1", "Unsubscribe sends a filter that is no UTF-8"},
		{"subscribe/filters-refused", "MQTT-4.7.1-2", "Subscribe accepts the filter \"a#\", and sends it"},
	}
}

// PahoHungry lists scenarios at which [Paho] and [PahoManual] reserve gigabytes, which the bound on a process's memory
// may end.
func PahoHungry() []Known { return hungry() }

// PahoCrashes lists scenarios at which [Paho] and [PahoManual] panic in a goroutine of its own, where nobody can recover:
// they end the process and cannot be played beside others.
func PahoCrashes() []Known {
	return []Known{
		{"malformed/length-of-the-awaited-suback", "MQTT-4.8.0-1", manyCodes},
		{"malformed/suback-number-of-codes/eight-of-three", "MQTT-4.8.0-1", manyCodes},
		{"malformed/suback-number-of-codes/four-of-three", "MQTT-4.8.0-1", manyCodes},
		{"malformed/suback-too-many-codes", "MQTT-4.8.0-1", manyCodes},
	}
}

// PahoOverTCP lists what [Paho] fails now and then over TCP, as Go's scheduler has it.
func PahoOverTCP() []Known {
	return []Known{
		{"keepalive/message-longer-than-the-keep-alive", "MQTT-3.1.2-23", "sends no second PINGREQ while a PINGRESP is outstanding behind a large message"},
		{"network/half-closed-by-the-way", "MQTT-3.3.1-1", "sends a message with DUP 1 that it has never sent: what is published while it takes up a new connection waits in its store, and all of the store goes out with DUP 1"},
	}
}
