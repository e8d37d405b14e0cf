package mutant

// A ClientReport is a kind of fault that users of MQTT clients have reported in public, or that this module's own
// client had, with the scenario and the mutant for it.
type ClientReport struct {
	// Does describes the fault.
	Does string
	// Where names reports of the fault, by repository and number, or says how it was found.
	Where string
	// Scenario is the name of a scenario that fails for a client with the fault.
	Scenario string
	// Mutant is the name of a mutant with the fault.
	Mutant string
	// Unnamed says why no scenario fails for the fault, or is "".
	Unnamed string
}

// ClientReports returns the kinds of reports. The slice is the caller's.
func ClientReports() []ClientReport {
	const several = "several clients"
	return []ClientReport{
		// Keep alive and slow lines.
		{Does: "gives a connection up while a large message of its session comes in slowly, and never gets it", Where: "eclipse-paho/paho.mqtt.python#914",
			Scenario: "keepalive/large-kept-message", Mutant: "bytes-are-no-sign"},
		{Does: "takes a PINGRESP that stands behind a long message for one that does not come", Where: "eclipse-paho/paho.mqtt.java#135, paho.mqtt.c#1384",
			Scenario: "keepalive/message-longer-than-the-keep-alive", Mutant: "bytes-are-no-sign"},
		{Does: "begins to wait for PINGRESP anew with each PINGREQ, and never gives up", Where: several,
			Scenario: "keepalive/silent-peer", Mutant: "pingresp-not-missed"},
		{Does: "takes a server that floods it and answers no PINGREQ for alive", Where: "found in this module's client",
			Scenario: "keepalive/flood-without-pingresp", Mutant: "flood-trusted"},
		{Does: "sends no PINGREQ while it is busy sending, and does not notice that nobody reads", Where: several,
			Scenario: "keepalive/busy-sender", Mutant: "busy-sender-trusting"},
		{Does: "puts PINGREQ off for what it receives", Where: several, Scenario: "keepalive/only-receives", Mutant: "pingreq-put-off"},
		{Does: "sends no PINGREQ while a call waits", Where: several, Scenario: "keepalive/publish-waits", Mutant: "no-pingreq-while-waiting"},
		{Does: "counts its keep alive by a wall clock, and stops or storms when that is set", Where: several,
			Scenario: "keepalive/clock-jumps", Mutant: "keep-alive-by-wall-clock"},

		// Lengths and pieces.
		{Does: "reads a remaining length wrong where it grows by a byte", Where: "MaJerle/lwesp#47, contiki-ng/contiki-ng#3163",
			Scenario: "network/inbound-lengths-at-the-borders/three-bytes", Mutant: "inbound-length-of-two-bytes"},
		{Does: "loses the high byte of a topic's length where a read ends behind it", Where: "contiki-ng/contiki-ng#3163",
			Scenario: "network/long-topic-in-single-bytes", Mutant: "topic-length-of-one-byte"},
		{Does: "writes a remaining length in fewer bytes than it takes", Where: "espressif/esp-mqtt#96",
			Scenario: "publish/lengths-at-the-borders", Mutant: "length-of-one-byte-too-long"},
		{Does: "takes one read for one packet", Where: several, Scenario: "network/inbound-in-single-bytes", Mutant: "pieces-lost"},
		{Does: "cuts a long message off at the size of its buffer", Where: several, Scenario: "network/large-message-comes-slowly", Mutant: "long-message-cut"},
		{Does: "reads what is left of a message that is too large for it as packets", Where: several,
			Scenario: "network/larger-than-memory/60000-bytes", Mutant: "out-of-step-behind-a-large-message"},
		{Does: "counts the characters of a text, not its bytes", Where: several, Scenario: "publish/text-beyond-ascii/two-bytes", Mutant: "lengths-in-characters"},
		{Does: "takes off the byte order mark of a text", Where: several, Scenario: "subscribe/bom-kept", Mutant: "byte-order-mark-stripped"},
		{Does: "delivers as much as there is of a message that the end of the connection cuts", Where: several,
			Scenario: "network/cut-within-a-message", Mutant: "truncated-message"},

		// QoS 2.
		{Does: "closes the connection at a PUBREL that comes again, as often as the server sends it", Where: "bytebeamio/rumqtt#1053",
			Scenario: "qos2/pubrel-comes-again", Mutant: "pubrel-again-closes"},
		{Does: "delivers a message at QoS 2 twice when it is redelivered", Where: several, Scenario: "qos2/publish-twice-on-one-connection/with-dup", Mutant: "qos2-delivered-twice"},
		{Does: "forgets what it has received at QoS 2 with the connection", Where: several, Scenario: "qos2/pubrec-lost-on-the-way-out/within", Mutant: "received-forgotten-with-the-connection"},
		{Does: "does not send PUBREL again on the next connection", Where: several, Scenario: "qos2/pubcomp-lost/within-the-id", Mutant: "no-pubrel-resend"},
		{Does: "sends PUBLISH again where PUBREL is due", Where: several, Scenario: "qos2/pubrel-again", Mutant: "publish-after-pubrel"},
		{Does: "gives a new message the id of one that waits for its PUBCOMP", Where: several, Scenario: "qos2/ids-shared", Mutant: "id-freed-at-pubrec"},
		{Does: "never frees the ids of received messages at QoS 2", Where: several, Scenario: "qos2/session-gone-while-receiving", Mutant: "received-id-never-freed"},

		// Identifiers and acknowledgements.
		{Does: "gives SUBSCRIBE an identifier that a message in flight has", Where: "bytebeamio/rumqtt#1057, mqttjs/MQTT.js#1337",
			Scenario: "subscribe/beside-a-message-in-flight", Mutant: "subscribe-ids-apart"},
		{Does: "compares the low byte only of the identifier in a PUBACK", Where: several, Scenario: "qos1/puback-with-the-same-low-byte/first", Mutant: "puback-low-byte"},
		{Does: "closes the connection at a PUBACK that comes twice", Where: several, Scenario: "qos1/stray-puback", Mutant: "stray-puback-closes"},
		{Does: "runs into identifiers that are in use, or into 0, once it has counted to 65535", Where: several,
			Scenario: "qos1/ids-wrap", Mutant: "deep-identifiers-wrap"},
		{Does: "waits for ever for a PUBACK that never comes", Where: several, Scenario: "qos1/puback-never-comes", Mutant: "no-pingreq-while-waiting"},
		{Does: "waits for ever for a SUBACK that never comes", Where: several, Scenario: "subscribe/suback-never-comes", Mutant: "suback-awaited-without-pingreq"},
		{Does: "waits for ever for a CONNACK that never comes", Where: several, Scenario: "connect/connack-never-comes", Mutant: "connack-awaited-for-ever"},
		{Does: "takes the SUBACK or UNSUBACK of another call for its own", Where: several, Scenario: "malformed/suback-of-another", Mutant: "any-suback"},
		{Does: "asks for all filters again with each subscribe, and gets all retained messages again", Where: "dotnet/MQTTnet#815, #569",
			Scenario: "subscribe/second-names-its-own", Mutant: "subscribes-to-all-again"},

		// Sessions.
		{Does: "does not send again all that was in flight when its window was full at the loss", Where: "eclipse-paho/paho.mqtt.python#24, bytebeamio/rumqtt#1014, #1056",
			Scenario: "reconnect/more-than-the-window", Mutant: "no-resend"},
		{Does: "forgets what is in flight when its next CONNECT is refused", Where: several, Scenario: "session/refusal-keeps-what-is-in-flight", Mutant: "forgotten-after-a-refusal"},
		{Does: "lets a new message overtake those that it has kept", Where: "novastone-media/MQTT-Client-Framework#249, mqttjs/MQTT.js#450",
			Scenario: "reconnect/in-flight-before-new", Mutant: "new-before-resending"},
		{Does: "sends in-flight messages again in another order", Where: several, Scenario: "qos1/resend-order", Mutant: "resend-wrong-order"},
		{Does: "returns an error from a connect that has succeeded", Where: "found in this module's client", Scenario: "session/clean-drops-in-flight", Mutant: "dropping-fails"},

		// Coming back.
		{Does: "waits in disconnect for a writer that ended with an earlier connection", Where: "eclipse-paho/paho.mqtt.golang#501",
			Scenario: "reconnect/disconnect-during-an-outage", Mutant: "disconnect-waits-for-the-lost"},
		{Does: "connects at once, again and again, to get a message that is always too large", Where: "256dpi/arduino-mqtt#120, #199, marvinroger/async-mqtt-client#98",
			Scenario: "session/message-that-is-always-too-large", Mutant: "backoff-anew-each-time"},
		{Does: "hammers a server that is down", Where: several, Scenario: "reconnect/backoff-grows", Mutant: "no-backoff"},
		{Does: "hammers a server that accepts and closes", Where: several, Scenario: "reconnect/flapping-server", Mutant: "backoff-anew-each-time"},
		{Does: "stops reconnecting after an error before CONNACK", Where: several, Scenario: "reconnect/end-before-connack/fin", Mutant: "end-before-connack-is-final"},
		{Does: "stops reconnecting when the server says once that it is unavailable", Where: several, Scenario: "reconnect/unavailable-once", Mutant: "unavailable-is-final"},
		{Does: "goes on reconnecting with a password that was refused", Where: several, Scenario: "reconnect/refused-for-good/user-name-or-password", Mutant: "refusal-retried"},
		{Does: "connects again although it was told to disconnect", Where: several, Scenario: "reconnect/not-after-disconnect", Mutant: "reconnects-after-disconnect"},
		{Does: "has two connections at a time", Where: several, Scenario: "reconnect/one-connection-at-a-time/server-closes", Mutant: "lost-connection-kept"},
		{Does: "subscribes to nothing again after a reconnect", Where: several, Scenario: "reconnect/resubscribes-the-one", Mutant: "resubscribes-nothing"},
		{Does: "leaves its will with the first connection only", Where: several, Scenario: "reconnect/will-each-time/not-retained", Mutant: "will-only-once"},
		{Does: "does not finish a subscribe that the loss of the connection interrupts", Where: several,
			Scenario: "reconnect/subscribe-interrupted/before-suback", Mutant: "interrupted-subscribe-dropped"},

		// Callbacks.
		{Does: "loses the acknowledgement of the call around a callback to a call inside it", Where: several,
			Scenario: "recursion/outer-acknowledged-first", Mutant: "outer-puback-thrown-away"},
		{Does: "nests callbacks of a burst until the stack is full", Where: several, Scenario: "recursion/burst", Mutant: "deep-messages-lost"},
		{Does: "passes its callback a message whose bytes the next packet overwrites", Where: several,
			Scenario: "recursion/message-kept", Mutant: "message-overwritten"},
		{Does: "lets a callback that takes long stop PINGREQ", Where: several,
			Scenario: "concurrent/keep-alive-beside-a-callback", Mutant: "callback-stops-pingreq"},

		// What the two ends do not show to each other.
		{Does: "blocks for ever in a write that nobody reads, with a lock that reading needs", Where: several,
			Scenario: "network/unread-publish", Mutant: "writes-for-ever"},
		{Does: "mixes the bytes of packets that two threads send, or locks up", Where: several,
			Scenario: "concurrent/packets-stay-whole", Mutant: "packets-mix"},
		{Does: "loses the end of a TLS stream, or reads too little of it", Where: several,
			Scenario: "tls/server-ends/fin-alone", Mutant: "tls-truncation-missed"},
		{Does: "keeps memory, threads or sockets of each connection", Where: several,
			Scenario: "reconnect/leaves-nothing-behind/fin", Mutant: "goroutine-left-behind"},
	}
}
