package monitor_test

// open is the beginning of a connection with clean session 0.
const open = `
		> CONNECT clean=0
		< CONNACK`

// again breaks the connection and opens another one, where the session goes on.
const again = `
		* fault cut rst
		< RST
		conn 2
		> CONNECT clean=0
		< CONNACK sp=1`

// third does it once more.
const third = `
		< RST
		conn 3
		> CONNECT clean=0
		< CONNACK sp=1`

// lost is again without session present.
const lost = `
		* fault cut rst
		< RST
		conn 2
		> CONNECT clean=0
		< CONNACK sp=0`

// Packet ids, DUP and the end of sessions, for what the client sends at QoS 1.
var exchangeSamples = []sample{
	{"an id that an unacknowledged message has", open + `
		> PUBLISH qos=1 id=1 payload=a
		> PUBLISH qos=1 id=1 payload=b`, []string{"id-unused@3"}},
	{"the id of a message for a SUBSCRIBE", open + `
		> PUBLISH qos=1 id=1
		> SUBSCRIBE id=1`, []string{"id-unused@3"}},
	{"the id of a SUBSCRIBE for a message", open + `
		> SUBSCRIBE id=1
		> PUBLISH qos=1 id=1`, []string{"id-unused@3"}},
	{"the id of a SUBSCRIBE for an UNSUBSCRIBE", open + `
		> SUBSCRIBE id=1
		> UNSUBSCRIBE id=1
		< SUBACK id=1`, []string{"id-unused@3"}},
	{"another SUBSCRIBE under the same id", open + `
		> SUBSCRIBE id=1 filters=a
		> SUBSCRIBE id=1 filters=b`, []string{"id-unused@3"}},
	{"the id of a message that the session still has", open + `
		> PUBLISH qos=1 id=1 payload=a` + again + `
		> PUBLISH qos=1 id=1 payload=b`, []string{"id-unused@7"}},
	{"an id whose PUBACK was for another one", open + `
		> PUBLISH qos=1 id=1 payload=a
		< PUBACK id=2
		> PUBLISH qos=1 id=1 payload=b`, []string{"id-unused@4"}},
	{"ids in flight, all different", open + `
		> PUBLISH qos=1 id=1
		> SUBSCRIBE id=2
		> UNSUBSCRIBE id=3
		> PUBLISH qos=1 id=65535`, nil},
	{"an id again behind its acknowledgement", open + `
		> PUBLISH qos=1 id=1 payload=a
		< PUBACK id=1
		> SUBSCRIBE id=1
		< SUBACK id=1
		> UNSUBSCRIBE id=1
		< UNSUBACK id=1
		> PUBLISH qos=1 id=1 payload=b`, nil},
	{"the id of a request that its connection took away", open + `
		> SUBSCRIBE id=1` + again + `
		> PUBLISH qos=1 id=1`, nil},
	{"a SUBSCRIBE that is sent again", open + `
		> SUBSCRIBE id=1
		> SUBSCRIBE id=1`, nil},
	{"an id of a session that the server has lost", open + `
		> PUBLISH qos=1 id=1 payload=a` + lost + `
		> PUBLISH qos=1 id=1 payload=b`, nil},
	{"an id of the session before a clean one", open + `
		> PUBLISH qos=1 id=1 payload=a
		< RST
		conn 2
		> CONNECT clean=1
		> PUBLISH qos=1 id=1 payload=b
		< CONNACK`, nil},
	{"the same id of two clients", open + `
		> PUBLISH qos=1 id=1 payload=a
		< RST
		conn 2
		> CONNECT id=c2 clean=0
		< CONNACK
		> PUBLISH qos=1 id=1 payload=b`, nil},
	{"an id of a message that a refused connection took away", `
		> CONNECT clean=0
		> PUBLISH qos=1 id=1 payload=a
		< CONNACK code=3
		< FIN
		> FIN
		conn 2
		> CONNECT clean=0
		< CONNACK
		> PUBLISH qos=1 id=1 payload=b`, nil},
	{"an id of a message on a connection without CONNACK yet", `
		> CONNECT clean=0
		> PUBLISH qos=1 id=1 payload=a
		> PUBLISH qos=1 id=1 payload=b`, []string{"id-unused@2"}},
	{"an id of a message that was sent before its CONNACK", `
		> CONNECT clean=0
		> PUBLISH qos=1 id=1 payload=a
		< CONNACK sp=0
		> PUBLISH qos=1 id=1 payload=b`, []string{"id-unused@3"}},
	{"an id of a message that a refused connection took away, in a session that goes on", open + `
		< RST
		conn 2
		> CONNECT clean=0
		> PUBLISH qos=1 id=1 payload=a
		< CONNACK code=3
		> FIN` + third + `
		> PUBLISH qos=1 id=1 payload=b`, nil},
	{"a CONNACK comes late, on a connection that was given up", open + `
		> PUBLISH qos=1 id=1 payload=a
		< RST
		conn 2
		> CONNECT clean=0
		conn 3
		> CONNECT clean=0
		< CONNACK sp=1
		conn 2
		< CONNACK sp=0
		conn 3
		> PUBLISH qos=1 id=1 payload=b`, []string{"id-unused@8"}},
	{"a PUBACK in surplus may end the next message", open + `
		> PUBLISH qos=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=1 payload=a
		< PUBACK id=1
		< PUBACK id=1
		> PUBLISH qos=1 id=1 payload=b
		> SUBSCRIBE id=1`, nil},
	{"a PUBREC may end a message at QoS 1", open + `
		> PUBLISH qos=1 id=1 payload=a
		< PUBREC id=1
		> PUBLISH qos=1 id=1 payload=b`, nil},
	{"the id of a message whose first sending was lost", open + again + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		> PUBLISH qos=1 id=1 payload=b`, []string{"id-unused@7"}},
	{"nothing is judged behind a packet that was refused", open + `
		> 36 05 00 01 74 00 01
		> PUBACK id=7
		> PUBREC id=7
		> PUBREL id=7
		> PUBCOMP id=7
		> PUBLISH qos=1 dup=1 id=7
		> SUBSCRIBE id=7`, []string{"sends/MQTT-3.3.1-4@2"}},
	{"a SUBACK in surplus may end the next request", open + `
		> SUBSCRIBE id=1
		< SUBACK id=1
		< SUBACK id=1
		> UNSUBSCRIBE id=1
		> PUBLISH qos=1 id=1`, nil},
	{"a second CONNECT changes nothing else", open + `
		> PUBLISH qos=1 id=1 payload=a
		> CONNECT clean=1
		> PUBLISH qos=1 dup=1 id=1 payload=a`, []string{"connect-once@3"}},

	{"another message under DUP 1", open + `
		> PUBLISH qos=1 id=1 payload=a` + again + `
		> PUBLISH qos=1 dup=1 id=1 payload=b`, []string{"resend-same@7"}},
	{"another topic under DUP 1, the connection living on", open + `
		> PUBLISH qos=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=1 topic=u payload=a`, []string{"resend-same@3"}},
	{"other flags under DUP 1", open + `
		> PUBLISH qos=1 id=1 payload=a` + again + `
		> PUBLISH qos=1 retain=1 dup=1 id=1 payload=a`, []string{"resend-same@7"}},
	{"the same message under DUP 1 and another id", open + `
		> PUBLISH qos=1 id=1 payload=a` + again + `
		> PUBLISH qos=1 dup=1 id=2 payload=a`, []string{"resend-same@7"}},
	{"the same under another id, the connection living on", open + `
		> PUBLISH qos=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=2 payload=a`, []string{"resend-same@3"}},
	{"the same message again, by the application", open + `
		> PUBLISH qos=1 id=1 payload=a` + again + `
		> PUBLISH qos=1 id=2 payload=a`, nil},
	{"another message under DUP 1 and another id", open + `
		> PUBLISH qos=1 id=1 payload=a
		> PUBLISH qos=1 retain=1 dup=1 id=2 payload=a`, []string{"first-sending@3"}},
	{"two equal messages, the first sending of the first lost", open + again + `
		> PUBLISH qos=1 id=2 payload=a` + third + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=2 payload=a`, nil},
	{"two equal messages, one of them of a session that never began", `
		> CONNECT clean=1
		> PUBLISH qos=1 id=1 payload=a
		< RST
		conn 2
		> CONNECT clean=1
		> PUBLISH qos=1 id=2 payload=a
		> PUBLISH qos=1 dup=1 id=1 payload=a`, nil},
	{"two equal messages, the first sending of the second lost", open + `
		> PUBLISH qos=1 id=1 payload=a` + again + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=2 payload=a`, nil},

	{"a resend with DUP 0", open + `
		> PUBLISH qos=1 id=1 payload=a` + again + `
		> PUBLISH qos=1 id=1 payload=a`, []string{"resend-dup@7"}},
	{"a resend with DUP 0, the connection living on", open + `
		> PUBLISH qos=1 id=1 payload=a
		> PUBLISH qos=1 id=1 payload=a`, []string{"resend-dup@3"}},
	{"a second resend with DUP 0", open + `
		> PUBLISH qos=1 id=1 payload=a` + again + `
		> PUBLISH qos=1 dup=1 id=1 payload=a` + third + `
		> PUBLISH qos=1 id=1 payload=a`, []string{"resend-dup@11"}},
	{"resends, the connection living on", open + `
		> PUBLISH qos=1 id=1 payload=a
		at 10s
		> PUBLISH qos=1 dup=1 id=1 payload=a
		at 20s
		> PUBLISH qos=1 dup=1 id=1 payload=a
		< PUBACK id=1`, nil},
	{"a resend that the PUBACK has just crossed", open + `
		> PUBLISH qos=1 id=1 payload=a
		< PUBACK id=1
		> PUBLISH qos=1 dup=1 id=1 payload=a
		< PUBACK id=1
		> PUBLISH qos=1 id=1 payload=b`, nil},
	{"a resend because the PUBACK was lost with its connection", open + `
		> PUBLISH qos=1 id=1 payload=a
		< PUBACK id=1` + again + `
		> PUBLISH qos=1 dup=1 id=1 payload=a`, nil},
	{"the same message under the same id, acknowledged in between", open + `
		> PUBLISH qos=1 id=1 payload=a
		< PUBACK id=1
		> PUBLISH qos=1 id=1 payload=a`, nil},
	{"no session present, and all is sent again", open + `
		> PUBLISH qos=1 id=1 payload=a` + lost + `
		> PUBLISH qos=1 dup=1 id=1 payload=a`, nil},
	{"no session present, and all is published anew", open + `
		> PUBLISH qos=1 id=1 payload=a` + lost + `
		> PUBLISH qos=1 id=1 payload=a`, nil},
	{"no session present, all sent again, then without DUP", open + `
		> PUBLISH qos=1 id=1 payload=a` + lost + `
		> PUBLISH qos=1 dup=1 id=1 payload=a` + third + `
		> PUBLISH qos=1 id=1 payload=a`, []string{"resend-dup@11"}},
	{"sent behind a refused CONNECT, then behind an accepted one, then without DUP", open + `
		< RST
		conn 2
		> CONNECT clean=0
		> PUBLISH qos=1 id=1 payload=a
		< CONNACK code=3
		> FIN` + third + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		< RST
		conn 4
		> CONNECT clean=0
		< CONNACK sp=1
		> PUBLISH qos=1 id=1 payload=a`, []string{"resend-dup@14"}},
	{"a message behind a refused CONNECT, with DUP 0 once more", `
		> CONNECT clean=0
		> PUBLISH qos=1 id=1 payload=a
		< CONNACK code=3
		> FIN
		conn 2
		> CONNECT clean=0
		< CONNACK
		> PUBLISH qos=1 id=1 payload=a`, nil},

	{"DUP 1 the first time", open + `
		> PUBLISH qos=1 dup=1 id=1`, []string{"first-sending@2"}},
	{"DUP 1 the first time in a clean session", `
		> CONNECT clean=1
		< CONNACK
		< RST
		conn 2
		> CONNECT clean=1
		< CONNACK
		> PUBLISH qos=1 dup=1 id=1`, []string{"first-sending@5"}},
	{"the first sending was lost with its connection", open + again + `
		> PUBLISH qos=1 dup=1 id=1`, nil},
	{"the same in a session whose CONNECT was malformed", `
		> 10 0e 00 04 4d 51 54 54 03 00 00 05 00 02 63 31
		> PUBLISH qos=1 dup=1 id=1`, []string{"sends/MQTT-3.1.2-2@0"}},

	{"a message of the old session behind a clean CONNECT", open + `
		> PUBLISH qos=1 id=1 payload=a
		< RST
		conn 2
		> CONNECT clean=1
		> PUBLISH qos=1 dup=1 id=1 payload=a
		< CONNACK`, []string{"session-dropped@5"}},
	{"a message of the old session behind two clean CONNECTs, under another id", open + `
		> PUBLISH qos=1 id=1 payload=a
		< RST
		conn 2
		> CONNECT clean=1
		< CONNACK
		< RST
		conn 3
		> CONNECT clean=1
		< CONNACK
		> PUBLISH qos=1 dup=1 id=7 payload=a`, []string{"session-dropped@9"}},
	{"a message of a clean session in the next one", `
		> CONNECT clean=1
		< CONNACK
		> PUBLISH qos=1 id=1 payload=a
		< RST
		conn 2
		> CONNECT clean=0
		< CONNACK
		> PUBLISH qos=1 dup=1 id=1 payload=a`, []string{"session-dropped@6"}},
	{"published anew behind a clean CONNECT", open + `
		> PUBLISH qos=1 id=1 payload=a
		< RST
		conn 2
		> CONNECT clean=1
		< CONNACK
		> PUBLISH qos=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=1 payload=a`, nil},
	{"a clean CONNECT that no server accepted", open + `
		> PUBLISH qos=1 id=1 payload=a
		< RST
		conn 2
		> CONNECT clean=1
		< RST
		conn 3
		> CONNECT clean=0
		< CONNACK sp=1
		> PUBLISH qos=1 dup=1 id=1 payload=a`, nil},
	{"an equal message of an earlier session, and a first sending that was lost", `
		> CONNECT clean=1
		< CONNACK
		> PUBLISH qos=1 id=1 payload=a
		< RST
		conn 2
		> CONNECT clean=0
		< CONNACK` + third + `
		> PUBLISH qos=1 dup=1 id=1 payload=a`, nil},
	{"the clean session of another client", open + `
		> PUBLISH qos=1 id=1 payload=a
		< RST
		conn 2
		> CONNECT id=c2 clean=1
		< CONNACK
		< RST
		conn 3
		> CONNECT clean=0
		< CONNACK sp=1
		> PUBLISH qos=1 dup=1 id=1 payload=a`, nil},
	{"nothing is judged behind a packet that cannot be read", open + `
		> 33 05 00 01 74 00 00
		> PUBLISH qos=1 id=1 payload=a
		> PUBLISH qos=1 id=1 payload=b
		> PUBACK id=9
		> SUBSCRIBE id=1`, []string{"sends/MQTT-2.3.1-1@2"}},
}
