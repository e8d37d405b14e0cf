package monitor_test

// two is two messages in flight when the connection breaks.
const two = open + `
		> PUBLISH qos=1 id=1 payload=a
		> PUBLISH qos=1 id=2 payload=b` + again

// What is sent again after a reconnect.
var redeliverySamples = []sample{
	{"all sent again, in order", two + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=2 payload=b
		< PUBACK id=1
		< PUBACK id=2
		at 60s
		> PINGREQ`, nil},
	{"something new in between", two + `
		> PUBLISH qos=1 id=3 payload=c
		> PUBLISH qos=1 dup=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=2 payload=b`, nil},
	{"one after another", two + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		at 30s
		> PINGREQ
		< PUBACK id=1
		> PUBLISH qos=1 dup=1 id=2 payload=b
		< PUBACK id=2`, nil},
	{"twice over", two + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=2 payload=b
		> PUBLISH qos=1 dup=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=2 payload=b` + third + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=2 payload=b`, nil},
	{"the order of ids is not that of messages", open + `
		> PUBLISH qos=1 id=2 payload=a
		> PUBLISH qos=1 id=1 payload=b` + again + `
		> PUBLISH qos=1 dup=1 id=2 payload=a
		> PUBLISH qos=1 dup=1 id=1 payload=b`, nil},
	{"timers of their own, the connection living on", open + `
		> PUBLISH qos=1 id=1 payload=a
		> PUBLISH qos=1 id=2 payload=b
		> PUBLISH qos=1 dup=1 id=2 payload=b
		> PUBLISH qos=1 dup=1 id=1 payload=a`, nil},
	{"a message whose first sending was lost comes last", two + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=2 payload=b
		> PUBLISH qos=1 dup=1 id=3 payload=c` + third + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=2 payload=b
		> PUBLISH qos=1 dup=1 id=3 payload=c`, nil},
	{"a message whose first sending was lost comes first", open + again + `
		> PUBLISH qos=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=2 payload=b` + third + `
		> PUBLISH qos=1 dup=1 id=2 payload=b
		> PUBLISH qos=1 dup=1 id=1 payload=a`, nil},

	{"the later one first", two + `
		> PUBLISH qos=1 dup=1 id=2 payload=b
		> PUBLISH qos=1 dup=1 id=1 payload=a`, []string{"redelivery-order@9"}},
	{"the later one first, without session present", open + `
		> PUBLISH qos=1 id=1 payload=a
		> PUBLISH qos=1 id=2 payload=b` + lost + `
		> PUBLISH qos=1 dup=1 id=2 payload=b
		> PUBLISH qos=1 dup=1 id=1 payload=a`, []string{"redelivery-order@9"}},
	{"in order on the second connection, not on the third", two + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=2 payload=b` + third + `
		> PUBLISH qos=1 dup=1 id=2 payload=b
		> PUBLISH qos=1 dup=1 id=1 payload=a`, []string{"redelivery-order@14"}},

	{"only the later one", two + `
		> PUBLISH qos=1 dup=1 id=2 payload=b
		< PUBACK id=2`, []string{"redelivered@8"}},
	{"only the later one, then another break", two + `
		> PUBLISH qos=1 dup=1 id=2 payload=b` + third + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=2 payload=b`, []string{"redelivered@8"}},
	{"only the later one, and the other is acknowledged on the third connection", two + `
		> PUBLISH qos=1 dup=1 id=2 payload=b` + third + `
		< PUBACK id=1`, []string{"redelivered@8"}},
	{"nothing, and life goes on", two + `
		at 10s
		> PUBLISH
		at 11s
		> PINGREQ
		at 20s
		> PINGREQ`, nil},
	{"only the first one", two + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		< PUBACK id=1
		at 11s
		> PINGREQ`, nil},

	{"nothing, and the client leaves late", two + `
		at 11s
		> PUBLISH
		> DISCONNECT
		> FIN`, []string{"redelivery-left-out@9", "redelivery-left-out@9"}},
	{"only the first one, and the client leaves late", two + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		< PUBACK id=1
		at 11s
		> DISCONNECT`, []string{"redelivery-left-out@10"}},
	{"PUBREL is left out, and the client leaves late", open + `
		> PUBLISH qos=2 id=1
		< PUBREC id=1
		> PUBREL id=1` + again + `
		at 11s
		> DISCONNECT`, []string{"redelivery-left-out@9"}},
	{"nothing, and the client leaves late, having used one id twice", two + `
		> PUBLISH qos=1 id=3 payload=c
		> PUBLISH qos=1 id=3 payload=d
		< PUBACK id=3
		at 11s
		> DISCONNECT`, []string{"id-unused@9", "redelivery-left-out@11", "redelivery-left-out@11"}},
	{"only the later one, and the first sending of the other was lost", open + again + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		> PUBLISH qos=1 id=2 payload=b` + third + `
		> PUBLISH qos=1 dup=1 id=2 payload=b`, nil},
	{"PUBREL again, and the client leaves late", open + `
		> PUBLISH qos=2 id=1
		< PUBREC id=1
		> PUBREL id=1` + again + `
		> PUBREL id=1
		at 11s
		> DISCONNECT`, nil},
	{"nothing, and the client leaves soon", two + `
		at 10s
		> DISCONNECT
		> FIN`, nil},
	{"nothing, and the client closes without DISCONNECT", two + `
		at 11s
		> FIN`, nil},
	{"nothing, and the client leaves a connection that has ended", two + `
		< FIN
		at 11s
		> DISCONNECT
		> FIN`, nil},
	{"nothing, and the client leaves while it waits for another acknowledgement", two + `
		> PUBLISH qos=1 id=3 payload=c
		at 11s
		> DISCONNECT
		< PUBACK id=3
		> FIN`, nil},
	{"all, and the client leaves late", two + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=2 payload=b
		< PUBACK id=1
		< PUBACK id=2
		at 11s
		> DISCONNECT`, nil},

	{"the capture ends too early", two, nil},
	{"the connection breaks at once", two + third + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=2 payload=b`, nil},
	{"only the first one, and the connection breaks", two + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		< RST`, nil},
	{"refused once, accepted later", open + `
		> PUBLISH qos=1 id=1 payload=a
		< RST
		conn 2
		> CONNECT clean=0
		< CONNACK code=3
		> FIN
		conn 3
		> CONNECT clean=0
		< CONNACK sp=1
		> PUBLISH qos=1 dup=1 id=1 payload=a`, nil},
	{"sent again late", two + `
		at 15s
		> PUBLISH qos=1 dup=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=2 payload=b`, nil},
	{"the acknowledgement was handed over before the break", open + `
		> PUBLISH qos=1 id=1 payload=a
		> PUBLISH qos=1 id=2 payload=b
		< PUBACK id=1` + again + `
		> PUBLISH qos=1 dup=1 id=2 payload=b
		< PUBACK id=2
		at 60s
		> PINGREQ`, nil},
	{"the acknowledgement comes by itself on the next connection", two + `
		< PUBACK id=1
		< PUBACK id=2
		at 60s
		> PINGREQ`, nil},
	{"the acknowledgement of the first comes by itself, the second is sent again", two + `
		< PUBACK id=1
		> PUBLISH qos=1 dup=1 id=2 payload=b`, nil},
	{"PUBREL is not in the order of PUBLISH", open + `
		> PUBLISH qos=2 id=1 payload=a
		> PUBLISH qos=1 id=2 payload=b
		< PUBREC id=1` + again + `
		> PUBLISH qos=1 dup=1 id=2 payload=b
		< RST`, nil},
	{"dropped, since no session is present", open + `
		> PUBLISH qos=1 id=1 payload=a` + lost + `
		at 60s
		> PINGREQ`, nil},
	{"dropped with a clean session", `
		> CONNECT clean=1
		< CONNACK
		> PUBLISH qos=1 id=1 payload=a
		< RST
		conn 2
		> CONNECT clean=1
		< CONNACK
		at 60s
		> PINGREQ`, nil},
	{"no times", `
		at never` + two + `
		> PINGREQ`, nil},
	{"still waiting for another acknowledgement", two + `
		> PUBLISH qos=1 id=3 payload=c
		at 60s
		> PINGREQ`, nil},
}
