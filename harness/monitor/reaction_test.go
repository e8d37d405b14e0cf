package monitor_test

import "strings"

// refusedHands are packets that no server may send, and all that they break. Each is handed over behind
// an accepting CONNACK.
var refusedHands = []struct{ hex, breaks string }{
	{"f0 00", "2.2.1-must-1"},
	{"c0 00", "2.2.1-must-2"},
	{"40 01 00", "2.2.3-must-2"},
	{"30 03 00 01 ff", "MQTT-1.5.3-1 MQTT-3.3.2-1"},
	{"30 03 00 01 00", "MQTT-1.5.3-2 MQTT-3.3.2-1 MQTT-4.7.3-2"},
	{"d1 00", "MQTT-2.2.2-1 MQTT-2.2.2-2"},
	{"32 05 00 01 74 00 00", "MQTT-2.3.1-1"},
	{"20 02 02 00", "3.2.2.1-must-1"},
	{"20 02 00 06", "3.2.2.3-must-1"},
	{"20 02 01 05", "MQTT-3.2.2-4"},
	{"38 03 00 01 74", "MQTT-3.3.1-2 MQTT-4.3.1-1"},
	{"36 05 00 01 74 00 01", "MQTT-3.3.1-4"},
	{"30 03 00 01 23", "MQTT-3.3.2-2 MQTT-4.7.1-1"},
	{"60 02 00 01", "MQTT-2.2.2-1 MQTT-2.2.2-2 MQTT-3.6.1-1"},
	{"90 02 00 01", "MQTT-3.8.4-5"},
	{"90 03 00 01 03", "MQTT-3.9.3-2"},
	{"30 02 00 00", "MQTT-4.7.3-1"},
	{"d0 80 80 80 80 00", "2.2.3-must-1"},
}

var reactionSamples = func() []sample {
	var list []sample
	for _, r := range refusedHands {
		on := strings.Join(breaks("closes", "MQTT-4.8.0-1 "+r.breaks, "@3"), " ")
		list = append(list,
			sample{"handed " + r.hex + " and goes on", open + "\n< " + r.hex + "\nat 11s\n> PUBLISH", strings.Fields(on)},
			sample{"handed " + r.hex + " and closes", open + "\n< " + r.hex + "\n> FIN\nat 20s\n* fault heal", nil},
			sample{"handed " + r.hex + " with something under way", open + "\n< " + r.hex + "\n> PUBLISH\nat 10s\n> PINGREQ\n> FIN", nil},
		)
	}
	return append(list,
		sample{"answers what it should refuse", open + `
			< 32 05 00 01 23 00 07
			> PUBACK id=7`, breaks("closes", "MQTT-4.8.0-1 MQTT-3.3.2-2 MQTT-4.7.1-1", "@3")},
		sample{"answers what came behind it", open + `
			< d1 00
			< PUBLISH qos=1 id=1
			> PUBACK id=1`, breaks("closes", "MQTT-4.8.0-1 MQTT-2.2.2-1 MQTT-2.2.2-2", "@4")},
		sample{"answers what came behind a message it should refuse", open + `
			< 32 05 00 01 23 00 07
			< PUBLISH qos=1 id=1
			> PUBACK id=1`, breaks("closes", "MQTT-4.8.0-1 MQTT-3.3.2-2 MQTT-4.7.1-1", "@4")},
		sample{"answers what came behind it, by QoS 2", open + `
			> PUBLISH qos=2 id=1
			< d1 00
			< PUBREC id=1
			> PUBREL id=1`, breaks("closes", "MQTT-4.8.0-1 MQTT-2.2.2-1 MQTT-2.2.2-2", "@5")},
		sample{"answers what came before it", open + `
			< PUBLISH qos=1 id=1
			< d1 00
			> PUBACK id=1
			> FIN`, nil},
		sample{"answers the good one of two", open + `
			< PUBLISH qos=1 id=7
			< 32 05 00 01 23 00 07
			> PUBACK id=7
			> FIN`, nil},
		sample{"says goodbye late", open + `
			< d1 00
			at 20s
			> DISCONNECT
			> FIN`, nil},
		sample{"goes on, but the connection has ended", open + `
			< d1 00
			< RST
			at 20s
			> PUBLISH`, nil},
		sample{"goes on, without times", `
			at never` + open + `
			< d1 00
			> PUBLISH`, nil},
		sample{"goes on on the next connection", open + `
			< d1 00
			> FIN
			conn 2
			> CONNECT clean=0
			< CONNACK sp=1
			at 60s
			> PUBLISH`, nil},
		sample{"part of a bad packet", open + `
			< 36 05 00
			at 60s
			> PUBLISH`, nil},

		sample{"a message before the CONNACK, answered", `
			> CONNECT clean=0
			< PUBLISH qos=1 id=1
			< CONNACK
			> PUBACK id=1`, breaks("closes", "MQTT-4.8.0-1 MQTT-3.2.0-1", "@3")},
		sample{"a message before the CONNACK, and the client closes", `
			> CONNECT clean=0
			< PUBLISH qos=1 id=1
			> FIN`, nil},
		sample{"a message before the SUBACK", open + `
			> SUBSCRIBE id=1
			< PUBLISH qos=1 id=1
			< SUBACK id=1
			> PUBACK id=1`, nil},

		sample{"refused and goes on: it is the server that closes", `
			> CONNECT clean=1
			< CONNACK code=2
			at 11s
			> PUBLISH`, nil},
		sample{"handed d1 00 and only pings", open + "\n< d1 00\nat 11s\n> PINGREQ\nat 40s\n> PINGREQ", nil},
		sample{"refused, and answers what came behind", `
			> CONNECT clean=1
			< CONNACK code=5
			< PUBLISH qos=1 id=1
			> PUBACK id=1`, nil},
		sample{"refused although it was accepted before", open + `
			< CONNACK code=5
			at 11s
			> PUBLISH`, nil},
		sample{"refused, with something under way", `
			> CONNECT clean=1
			< CONNACK code=5
			> SUBSCRIBE id=1
			> FIN`, nil},
		sample{"refused, and the next connection is accepted", `
			> CONNECT clean=1
			< CONNACK code=3
			> FIN
			conn 2
			at 20s
			> CONNECT clean=1
			< CONNACK
			> PUBLISH`, nil},
	)
}()
