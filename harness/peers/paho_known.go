package peers

// PahoKnown lists what [Paho] is known to fail: all that [PahoManual] does, and more.
func PahoKnown() []Known {
	return append(PahoManualKnown(), []Known{
		{"reconnect/clean-session-publishes-anew", "MQTT-3.1.2-6", oldSession},
		{"reconnect/poison", "MQTT-3.1.2-6", oldSession},
		{"session/reconnect-clean-again", "MQTT-3.1.2-6", oldSession},
	}...)
}

// PahoManualKnown lists what [PahoManual] is known to fail.
func PahoManualKnown() []Known {
	return []Known{
		{"connect/empty-client-id-without-clean-session", "MQTT-3.1.3-7", emptyID},
		{"keepalive/large-kept-message", "MQTT-3.1.2-23", "sends nothing for 8 s at a keep alive of 2 s: no second PINGREQ while a PINGRESP is outstanding, for up to its ping timeout of 10 s"},
		{"keepalive/not-late-after-traffic", "MQTT-3.1.2-23", "sends PINGREQ 2.2 s after a PUBLISH at a keep alive of 2 s: it looks at its clock each quarter of the keep alive"},
		{"malformed/client-only-packet", "MQTT-4.8.0-1", "ignores packets that only a client may send"},
		{"malformed/connack-flags", "MQTT-2.2.2-2", laterFlags},
		{"malformed/connack-reserved-bits", "MQTT-4.8.0-1", reserved},
		{"malformed/connack-too-long", "MQTT-4.8.0-1", tooLong},
		{"malformed/pingresp-flags", "MQTT-2.2.2-2", laterFlags},
		{"malformed/puback-flags", "MQTT-2.2.2-2", laterFlags},
		{"malformed/publish-dup-at-qos-0", "MQTT-4.8.0-1", delivered},
		{"malformed/publish-empty-topic", "MQTT-4.8.0-1", uncheckedText},
		{"malformed/publish-qos-3", "MQTT-3.3.1-4", "delivers the message as QoS 3, and never acknowledges it"},
		{"malformed/publish-topic-not-utf8", "MQTT-1.5.3-1", uncheckedText},
		{"malformed/publish-topic-nul", "MQTT-1.5.3-2", uncheckedText},
		{"malformed/publish-topic-overlong", "MQTT-1.5.3-1", uncheckedText},
		{"malformed/publish-topic-surrogate", "MQTT-1.5.3-1", uncheckedText},
		{"malformed/publish-wildcard-topic", "MQTT-4.8.0-1", uncheckedText},
		{"malformed/publish-zero-id", "MQTT-4.8.0-1", zeroID},
		{"malformed/pubrel-flags", "MQTT-2.2.2-2", laterFlags},
		{"malformed/qos-2-flags", "MQTT-2.2.2-2", laterFlags},
		{"malformed/remaining-length-of-five-bytes", "MQTT-4.8.0-1", fiveBytes},
		{"malformed/suback-code-3", "MQTT-4.8.0-1", unknownCode},
		{"malformed/suback-flags", "MQTT-2.2.2-2", laterFlags},
		{"malformed/suback-too-few-codes", "MQTT-4.8.0-1", fewerCodes},
		{"malformed/suback-too-short/half-an-identifier", "MQTT-4.8.0-1", tooShort},
		{"malformed/suback-without-codes", "MQTT-4.8.0-1", fewerCodes},
		{"malformed/unsuback-flags", "MQTT-2.2.2-2", laterFlags},
		{"malformed/unsuback-too-long", "MQTT-4.8.0-1", tooLong},
		{"malformed/wrong-length/pingresp-of-one", "MQTT-4.8.0-1", tooLong},
		{"malformed/wrong-length/puback-of-one", "MQTT-4.8.0-1", tooShort},
		{"malformed/wrong-length/puback-of-three", "MQTT-4.8.0-1", tooLong},
		{"malformed/wrong-length/unsuback-of-one", "MQTT-4.8.0-1", tooShort},
		{"publish/topic-names-refused", "MQTT-3.3.2-2", anyTopic},
		{"qos2/pubrel-again", "MQTT-4.3.3-1", "after a reconnect sends the PUBLISH again, behind its PUBREL, and no PUBREL: its store keeps the PUBLISH until PUBCOMP"},
		{"qos2/receive", "MQTT-4.3.3-2", "delivers a QoS 2 message twice: it keeps no identifiers, and calls the callback at each PUBLISH"},
		{"subscribe/filters-refused", "MQTT-4.7.1-2", "Subscribe accepts the filter \"a#\", and sends it"},
	}
}

// PahoCrashes lists scenarios at which [Paho] and [PahoManual] panic in a goroutine of its own, where nobody can recover:
// they end the process and cannot be played beside others.
func PahoCrashes() []Known {
	return []Known{
		{"malformed/suback-too-many-codes", "MQTT-4.8.0-1", "panics in a goroutine of its own, which ends the process: each return code indexes the list of filters, whose length is not looked at"},
	}
}

// PahoOverTCP lists what [Paho] fails now and then over TCP, as Go's scheduler has it.
func PahoOverTCP() []Known {
	return []Known{
		{"network/half-closed-by-the-way", "MQTT-3.3.1-1", "sends a message with DUP 1 that it has never sent: what is published while it takes up a new connection waits in its store, and all of the store goes out with DUP 1"},
	}
}
