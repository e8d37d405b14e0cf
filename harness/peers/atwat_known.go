package peers

// AtWatKnown lists what [AtWat] is known to fail.
func AtWatKnown() []Known {
	return []Known{
		{"connect/empty-client-id-without-clean-session", "MQTT-3.1.3-7", emptyID},
		{"connect/password-alone", "MQTT-3.1.2-22", "sends the CONNECT that it is asked for: a password without a user name"},
		{"connect/texts-of-wrong-bytes/[cos]*", "MQTT-1.5.3-1", wrongClientID},
		{"connect/texts-of-wrong-bytes/u-0000*", "MQTT-1.5.3-2", nulClientID},
		{"malformed/before-connack/pub*", "MQTT-4.8.0-1", "ignores what comes before the CONNACK, or answers it"},
		{"malformed/before-connack/unsuback", "MQTT-4.8.0-1", "ignores what comes before the CONNACK"},
		{"malformed/connack-length-in-five-bytes/six-bytes", "MQTT-4.8.0-1", fiveBytes},
		{"malformed/connack-length-in-five-bytes/two", "MQTT-4.8.0-1", fiveBytes},
		{"malformed/connack-reserved-bits", "MQTT-4.8.0-1", reserved},
		{"malformed/connack-reserved-bits-each", "MQTT-4.8.0-1", reserved},
		{"malformed/length-in-five-bytes/*[cklp]-two", "MQTT-4.8.0-1", fiveBytes},
		{"malformed/length-in-five-bytes/pingresp-zero", "MQTT-4.8.0-1", fiveBytes},
		{"malformed/length-of-another/*-[234]", "MQTT-4.8.0-1", tooLong},
		{"malformed/length-of-another/*-130", "MQTT-4.8.0-1", tooLong},
		{"malformed/length-of-the-awaited-pub*", "MQTT-4.8.0-1", wrongLength},
		{"malformed/length-of-the-awaited-unsuback", "MQTT-4.8.0-1", wrongLength},
		{"malformed/not-connack-first", "MQTT-4.8.0-1", "ignores what comes before the CONNACK"},
		{"malformed/publish-before-connack", "MQTT-4.8.0-1", delivered},
		{"malformed/publish-dup-at-qos-0", "MQTT-4.8.0-1", delivered},
		{"malformed/publish-dup-retain-at-qos-0", "MQTT-4.8.0-1", delivered},
		{"malformed/publish-empty-topic", "MQTT-4.8.0-1", delivered},
		{"malformed/publish-topic-not-utf8", "MQTT-1.5.3-1", replacedText},
		{"malformed/publish-topic-overlong", "MQTT-1.5.3-1", replacedText},
		{"malformed/publish-topic-surrogate", "MQTT-1.5.3-1", replacedText},
		{"malformed/publish-wildcard-topic", "MQTT-4.8.0-1", delivered},
		{"malformed/publish-zero-id", "MQTT-4.8.0-1", zeroID},
		{"malformed/publish-zero-id-flags", "MQTT-4.8.0-1", zeroID},
		{"malformed/remaining-length-of-five-bytes", "MQTT-4.8.0-1", fiveBytes},
		{"malformed/suback-code-3", "MQTT-4.8.0-1", unknownCode},
		{"malformed/suback-reserved-*", "MQTT-4.8.0-1", "reports a return code that does not exist as granted"},
		{"malformed/topic-empty-flags", "MQTT-4.8.0-1", delivered},
		{"malformed/topic-utf8-*", "MQTT-1.5.3-1", replacedText},
		{"malformed/topic-wildcard-*", "MQTT-4.8.0-1", delivered},
		{"malformed/unsuback-too-long", "MQTT-4.8.0-1", tooLong},
		{"malformed/wrong-length/pingresp-of-one", "MQTT-4.8.0-1", tooLong},
		{"malformed/wrong-length/puback-of-three", "MQTT-4.8.0-1", tooLong},
		{"network/cut-off-pubrel", "MQTT-4.3.3-2", noPubcomp},
		{"qos2/pubcomp-lost-on-the-way-out", "MQTT-4.3.3-2", noPubcomp},
		{"qos2/pubrec-again", "MQTT-4.3.3-1", "does not answer a PUBREC that comes again"},
		{"qos2/pubrel-comes-again", "MQTT-4.3.3-2", noPubcomp},
		{"qos2/pubrel-for-nothing", "MQTT-4.3.3-2", noPubcomp},
		{"qos2/pubrel-lost-on-the-way-in", "MQTT-4.3.3-2", noPubcomp},
		{"publish/topic-names-refused", "MQTT-3.3.2-2", anyTopic},
		{"connect/user-name-of-wrong-bytes/[^u]*", "MQTT-1.5.3-1", wrongText},
		{"connect/user-name-of-wrong-bytes/u-0000*", "MQTT-1.5.3-2", wrongText},
		{"will/topic-of-wrong-bytes/[^u]*", "MQTT-1.5.3-1", wrongText},
		{"will/topic-of-wrong-bytes/u-0000", "MQTT-1.5.3-2", wrongText},
		{"will/topic-refused/[hp]*", "MQTT-4.7.1-1", wrongText},
		{"will/topic-refused/empty", "MQTT-4.7.3-1", wrongText},
		{"subscribe/filters-ill-formed", "MQTT-1.5.3-1", "Subscribe sends a filter that is no UTF-8"},
		{"subscribe/unsubscribe-ill-formed", "MQTT-1.5.3-1", "Unsubscribe sends a filter that is no UTF-8"},
		{"subscribe/unsubscribe-from-nothing", "MQTT-3.10.3-2", "Unsubscribe sends a packet without a filter"},
		{"subscribe/nothing", "MQTT-3.8.3-3", "Subscribe sends a packet without a filter"},
		{"subscribe/filters-of-wrong-bytes", "MQTT-1.5.3-1", "Subscribe sends a filter that is no UTF-8"},
		{"subscribe/unsubscribe-of-wrong-bytes", "MQTT-1.5.3-1", "Unsubscribe sends a filter that is no UTF-8"},
		{"subscribe/filters-refused", "MQTT-4.7.1-2", "Subscribe checks no filter, and sends \"a#\""},
	}
}

// AtWatSometimes lists what [AtWat] fails as Go's scheduler has it, mostly but not each time.
func AtWatSometimes() []Known {
	return []Known{
		{"qos2/pubrels-in-order", "MQTT-4.6.0-4", "sends the PUBREL of the second PUBREC first: each Publish sends its own, from the goroutine that waits in it"},
	}
}

// AtWatHungry lists scenarios at which [AtWat] reserves gigabytes, which the bound on a process's memory ends, or panics in
// the call, which ends a program that does not recover.
func AtWatHungry() []Known {
	return append(hungry(), []Known{
		{"connect/texts-too-long", "api-outcome-2", "Connect panics: a text of more than 65,535 bytes is no error"},
		{"subscribe/qos-3", "api-outcome-2", "Subscribe panics: QoS 3 is no error"},
	}...)
}

// AtWatStuck lists scenarios at which [AtWat] stops in virtual time: a mutex is held where it waits. BaseClient writes with
// a mutex locked, and its Ping waits for that mutex whatever its context says.
func AtWatStuck() []Known {
	return []Known{
		{"network/unread-acknowledgement", "api-outcome-2", "a write that the peer does not read holds a mutex, and a second call waits for it without end"},
	}
}

// AtWatCrashes lists scenarios at which [AtWat] panics in a goroutine of its own.
func AtWatCrashes() []Known {
	return []Known{
		{"malformed/length-in-five-bytes/suback-zero", "MQTT-4.8.0-1", shortSuback},
		{"malformed/length-of-another/suback-of-1", "MQTT-4.8.0-1", shortSuback},
		{"publish/topic-names-of-wrong-bytes", "MQTT-1.5.3-1", "Publish panics, which ends the process: a topic name of more than 65,535 bytes is no error"},
		{"malformed/suback-too-short", "MQTT-4.8.0-1", shortSuback},
	}
}
