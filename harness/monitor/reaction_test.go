package monitor_test

import "strings"

// refusedHands are packets that no server may send, and all that is broken by them or by who passes them over.
// Each is handed over behind an accepting CONNACK.
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

// closing returns those of the ids that tell the receiver to close.
func closing(ids string) string {
	var list []string
	for _, id := range strings.Fields(ids) {
		switch id {
		case "MQTT-1.5.3-1", "MQTT-1.5.3-2", "MQTT-2.2.2-2", "MQTT-3.3.1-4":
			list = append(list, id)
		}
	}
	return strings.Join(list, " ")
}

var reactionSamples = func() []sample {
	var list []sample
	for _, r := range refusedHands {
		list = append(list,
			sample{"handed " + r.hex + " and answers what came behind it", open + "\n< " + r.hex + "\n< PUBLISH qos=1 id=9\n> PUBACK id=9",
				breaks("closes", "MQTT-4.8.0-1 "+closing(r.breaks), "@4")},
			sample{"handed " + r.hex + " and sends on, which another thread may do", open + "\n< " + r.hex + "\nat 11s\n> PUBLISH", nil},
			sample{"handed " + r.hex + " and closes", open + "\n< " + r.hex + "\n> FIN\nat 20s\n* fault heal", nil},
			sample{"handed " + r.hex + " with something under way", open + "\n< " + r.hex + "\n> PUBLISH\nat 10s\n> PINGREQ\n> FIN", nil},
		)
	}
	return append(list,
		sample{"answers what it should refuse", open + `
			< 32 05 00 01 23 00 07
			> PUBACK id=7`, breaks("closes", "MQTT-4.8.0-1", "@3")},
		sample{"answers what came behind it, a message at QoS 2", open + `
			< d1 00
			< PUBLISH qos=2 id=1
			> PUBREC id=1`, breaks("closes", "MQTT-4.8.0-1 MQTT-2.2.2-2", "@4")},
		sample{"answers what came behind it, a PUBREL", open + `
			< d1 00
			< PUBREL id=1
			> PUBCOMP id=1`, breaks("closes", "MQTT-4.8.0-1 MQTT-2.2.2-2", "@4")},
		sample{"answers what it should refuse, under a large id", open + `
			< 32 05 00 01 23 01 07
			> PUBACK id=263`, breaks("closes", "MQTT-4.8.0-1", "@3")},
		sample{"answers what it should refuse, of a long topic", open + `
			< 32 84 02 01 00 ` + strings.Repeat("23", 256) + ` 01 07
			> PUBACK id=263`, breaks("closes", "MQTT-4.8.0-1", "@3")},
		sample{"answers what it should refuse, of 127 bytes", open + `
			< 32 7f 00 7b ` + strings.Repeat("23", 123) + ` 01 07
			> PUBACK id=263`, breaks("closes", "MQTT-4.8.0-1", "@3")},
		sample{"takes a malformed PUBREC of a large id for one", open + `
			> PUBLISH qos=2 id=263
			< 51 02 01 07
			> PUBREL id=263`, breaks("closes", "MQTT-4.8.0-1 MQTT-2.2.2-2", "@4")},
		sample{"answers what came behind it", open + `
			< d1 00
			< PUBLISH qos=1 id=1
			> PUBACK id=1`, breaks("closes", "MQTT-4.8.0-1 MQTT-2.2.2-2", "@4")},
		sample{"answers what came behind a message it should refuse", open + `
			< 32 05 00 01 23 00 07
			< PUBLISH qos=1 id=1
			> PUBACK id=1`, breaks("closes", "MQTT-4.8.0-1", "@4")},
		sample{"answers what came behind it, by QoS 2", open + `
			> PUBLISH qos=2 id=1
			< d1 00
			< PUBREC id=1
			> PUBREL id=1`, breaks("closes", "MQTT-4.8.0-1 MQTT-2.2.2-2", "@5")},
		sample{"takes an id for free that only a packet behind it has freed", open + `
			> PUBLISH qos=1 id=1 payload=a
			< d1 00
			< PUBACK id=1
			> PUBLISH qos=1 id=1 payload=b`, breaks("closes", "MQTT-4.8.0-1 MQTT-2.2.2-2", "@5")},
		sample{"takes an id for free that a SUBACK behind it has freed", open + `
			> SUBSCRIBE id=1
			< d1 00
			< SUBACK id=1
			> PUBLISH qos=1 id=1`, breaks("closes", "MQTT-4.8.0-1 MQTT-2.2.2-2", "@5")},
		sample{"takes an id for free that was free before it", open + `
			> PUBLISH qos=1 id=1 payload=a
			< PUBACK id=1
			< d1 00
			> PUBLISH qos=1 id=1 payload=b
			> FIN`, nil},
		sample{"takes a malformed PUBACK for one", open + `
			> PUBLISH qos=1 id=1 payload=a
			< 41 02 00 01
			> PUBLISH qos=1 id=1 payload=b`, breaks("closes", "MQTT-4.8.0-1 MQTT-2.2.2-2", "@4")},
		sample{"takes a malformed SUBACK for one", open + `
			> SUBSCRIBE id=1
			< 90 03 00 01 7f
			> PUBLISH qos=1 id=1`, breaks("closes", "MQTT-4.8.0-1", "@4")},
		sample{"uses an id that a malformed SUBACK has not freed", open + `
			< 90 03 00 05 7f
			> PUBLISH qos=1 id=5
			> FIN`, nil},
		sample{"takes a malformed PUBREC for one", open + `
			> PUBLISH qos=2 id=1
			< 51 02 00 01
			> PUBREL id=1`, breaks("closes", "MQTT-4.8.0-1 MQTT-2.2.2-2", "@4")},
		sample{"takes a malformed PUBREL for one", open + `
			< PUBLISH qos=2 id=1
			> PUBREC id=1
			< 60 02 00 01
			> PUBCOMP id=1`, breaks("closes", "MQTT-4.8.0-1 MQTT-2.2.2-2", "@5")},
		sample{"answers what came behind the end of MQTT, by each type", open + `
			< d0 80 80 80 80 00
			< PUBREC id=9
			> PUBREL id=9`, breaks("closes", "MQTT-4.8.0-1", "@4")},
		sample{"answers a PUBREL behind the end of MQTT", open + `
			< d0 80 80 80 80 00
			< PUBREL id=9
			> PUBCOMP id=9`, breaks("closes", "MQTT-4.8.0-1", "@4")},
		sample{"sends a PUBREC again, which answers nothing", open + `
			< PUBLISH qos=2 id=1
			> PUBREC id=1
			< d1 00
			< PUBLISH qos=2 dup=1 id=1
			> PUBREC id=1
			> FIN`, nil},
		sample{"sends a PUBREL again, which answers nothing", open + `
			> PUBLISH qos=2 id=1
			< PUBREC id=1
			> PUBREL id=1
			< d1 00
			< PUBREC id=1
			> PUBREL id=1
			> FIN`, nil},
		sample{"answers late what came on the connection before", open + `
			< PUBLISH qos=1 id=1
			< PUBLISH qos=2 id=2
			< PUBREL id=3` + again + `
			< d1 00
			< PUBLISH qos=1 dup=1 id=1
			< PUBLISH qos=2 dup=1 id=2
			< PUBREL id=3
			> PUBACK id=1
			> PUBREC id=2
			> PUBCOMP id=3
			> FIN`, nil},
		sample{"answers late a PUBREC of the connection before", open + `
			> PUBLISH qos=2 id=1
			< PUBREC id=1` + again + `
			< d1 00
			< PUBREC id=1
			> PUBREL id=1
			> FIN`, nil},
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
		sample{"answers what came behind it, without times", `
			at never` + open + `
			< d1 00
			< PUBLISH qos=1 id=1
			> PUBACK id=1`, breaks("closes", "MQTT-4.8.0-1 MQTT-2.2.2-2", "@4")},
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
			> PUBACK id=1`, breaks("closes", "MQTT-4.8.0-1", "@3")},
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
