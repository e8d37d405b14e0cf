package peers

// AtWatKnown lists what [AtWat] is known to fail.
func AtWatKnown() []Known {
	return []Known{
		{"connect/empty-client-id-without-clean-session", "MQTT-3.1.3-7", emptyID},
		{"malformed/connack-reserved-bits", "MQTT-4.8.0-1", reserved},
		{"malformed/not-connack-first", "MQTT-4.8.0-1", "ignores what comes before the CONNACK"},
		{"malformed/publish-before-connack", "MQTT-4.8.0-1", delivered},
		{"malformed/publish-dup-at-qos-0", "MQTT-4.8.0-1", delivered},
		{"malformed/publish-empty-topic", "MQTT-4.8.0-1", delivered},
		{"malformed/publish-topic-not-utf8", "MQTT-1.5.3-1", replacedText},
		{"malformed/publish-topic-overlong", "MQTT-1.5.3-1", replacedText},
		{"malformed/publish-topic-surrogate", "MQTT-1.5.3-1", replacedText},
		{"malformed/publish-wildcard-topic", "MQTT-4.8.0-1", delivered},
		{"malformed/publish-zero-id", "MQTT-4.8.0-1", zeroID},
		{"malformed/remaining-length-of-five-bytes", "MQTT-4.8.0-1", fiveBytes},
		{"malformed/suback-code-3", "MQTT-4.8.0-1", unknownCode},
		{"malformed/unsuback-too-long", "MQTT-4.8.0-1", tooLong},
		{"malformed/wrong-length/pingresp-of-one", "MQTT-4.8.0-1", tooLong},
		{"malformed/wrong-length/puback-of-three", "MQTT-4.8.0-1", tooLong},
		{"publish/topic-names-refused", "MQTT-3.3.2-2", anyTopic},
		{"subscribe/filters-refused", "MQTT-4.7.1-2", "Subscribe checks no filter, and sends \"a#\""},
	}
}

// AtWatSometimes lists what [AtWat] fails as Go's scheduler has it, mostly but not each time.
func AtWatSometimes() []Known {
	return []Known{
		{"qos2/pubrels-in-order", "MQTT-4.6.0-4", "sends the PUBREL of the second PUBREC first: each Publish sends its own, from the goroutine that waits in it"},
	}
}

// AtWatCrashes lists scenarios at which [AtWat] panics in a goroutine of its own.
func AtWatCrashes() []Known {
	return []Known{
		{"malformed/suback-too-short", "MQTT-4.8.0-1", "panics in a goroutine of its own, which ends the process: the packet identifier is read without a look at the length"},
	}
}
