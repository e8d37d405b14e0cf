package monitor_test

// What lies below MQTT.
var belowSamples = []sample{
	{"WebSocket as it should be", `
		* websocket: the client offers mqtt
		> CONNECT clean=1
		< CONNACK`, nil},
	{"mqtt among other subprotocols", `
		* websocket: the client offers mqttv3.1, mqtt
		> CONNECT clean=1`, nil},
	{"only the subprotocol of MQTT 3.1", `
		* websocket: the client offers mqttv3.1
		> CONNECT clean=1`, []string{"websocket-offer@0"}},
	{"mqtt in capitals", `
		* websocket: the client offers MQTT
		> CONNECT clean=1`, []string{"websocket-offer@0"}},
	{"no subprotocol", `
		* websocket: the client offers no subprotocol
		> CONNECT clean=1`, []string{"websocket-offer@0"}},
	{"a text frame", `
		* websocket: the client offers mqtt
		* websocket: the client sends a text frame
		> CONNECT clean=1`, []string{"websocket-binary@1"}},
	{"no WebSocket at all", `
		* websocket: the client sends plain text in place of a handshake
		> CONNECT clean=1`, nil},
	{"another event", `
		* fault split < PUBACK id=2
		> CONNECT clean=1`, nil},
	{"an answer to what a capture leaves out", `
		> CONNECT clean=1
		< CONNACK
		< PUBLISH qos=1 id=1
		* rounds 2 to 253: 252 packets and events, sha256 86fcffb2e954b1bb
		> PUBACK id=1
		> PUBACK id=2`, nil},
	{"an answer to a long packet that a capture leaves out", `
		> CONNECT clean=1
		< CONNACK
		* < PUBLISH of 8000000 bytes, sha256 86fcffb2
		> PUBACK id=2`, nil},
	{"an answer to nothing, and no packet is left out", `
		> CONNECT clean=1
		< CONNACK
		< PUBLISH qos=1 id=1
		* fault cut rst
		> PUBACK id=1
		> PUBACK id=2`, []string{"ack-id@5"}},
}
