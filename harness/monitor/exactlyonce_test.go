package monitor_test

// both is two messages in flight at QoS 2.
const both = open + `
		> PUBLISH qos=2 id=1 payload=a
		> PUBLISH qos=2 id=2 payload=b`

// QoS 2, both ways.
var exactlyOnceSamples = []sample{
	{"sent", open + `
		> PUBLISH qos=2 id=1
		< PUBREC id=1
		> PUBREL id=1
		< PUBCOMP id=1
		> PUBLISH qos=2 id=1`, nil},
	{"sent, the acknowledgements lost one after another", open + `
		> PUBLISH qos=2 id=1` + again + `
		> PUBLISH qos=2 dup=1 id=1
		< PUBREC id=1
		> PUBREL id=1` + third + `
		> PUBREL id=1
		< PUBCOMP id=1
		at 60s
		> PINGREQ`, nil},
	{"two equal messages, the first released, the first sending of the second lost", open + `
		> PUBLISH qos=2 id=1
		< PUBREC id=1` + again + `
		> PUBREL id=1
		> PUBLISH qos=2 dup=1 id=2`, nil},
	{"the PUBREC was not handled before the break", open + `
		> PUBLISH qos=2 id=1
		< PUBREC id=1` + again + `
		> PUBLISH qos=2 dup=1 id=1`, nil},
	{"a PUBREC comes twice", open + `
		> PUBLISH qos=2 id=1
		< PUBREC id=1
		< PUBREC id=1
		> PUBREL id=1
		> PUBREL id=1`, nil},
	{"received", open + `
		< PUBLISH qos=2 id=1
		> PUBREC id=1
		< PUBREL id=1
		> PUBCOMP id=1
		< PUBLISH qos=2 id=1
		> PUBREC id=1`, nil},
	{"received, with a break in between", open + `
		< PUBLISH qos=2 id=1
		> PUBREC id=1` + again + `
		< PUBLISH qos=2 dup=1 id=1
		< PUBREL id=1
		> PUBREC id=1
		> PUBCOMP id=1`, nil},
	{"PUBREC again, by a timer", open + `
		< PUBLISH qos=2 id=1
		> PUBREC id=1
		at 20s
		> PUBREC id=1`, nil},
	{"received, answered on the next connection", open + `
		< PUBLISH qos=2 id=1` + again + `
		> PUBREC id=1`, nil},
	{"received twice, answered once", open + `
		< PUBLISH qos=2 id=1
		< PUBLISH qos=2 dup=1 id=1
		< PUBLISH qos=2 id=2
		> PUBREC id=1
		> PUBREC id=2`, nil},
	{"received again, answered once", open + `
		< PUBLISH qos=2 id=1
		> PUBREC id=1
		< PUBLISH qos=2 dup=1 id=1
		< PUBLISH qos=2 id=2
		> PUBREC id=2`, nil},

	{"DUP 1 the first time, QoS 2", open + `
		> PUBLISH qos=2 dup=1 id=1`, []string{"exactly-once-sender@2"}},
	{"PUBREL before PUBREC", open + `
		> PUBLISH qos=2 id=1
		> PUBREL id=1`, []string{"exactly-once-sender@3"}},
	{"PUBLISH behind its PUBREL", open + `
		> PUBLISH qos=2 id=1
		< PUBREC id=1
		> PUBREL id=1` + again + `
		> PUBLISH qos=2 dup=1 id=1`, []string{"exactly-once-sender@9"}},
	{"the id before its PUBCOMP", open + `
		> PUBLISH qos=2 id=1 payload=a
		< PUBREC id=1
		> PUBREL id=1
		> PUBLISH qos=2 id=1 payload=b`, []string{"id-unused@5"}},
	{"the same message under the id before its PUBCOMP", open + `
		> PUBLISH qos=2 id=1
		< PUBREC id=1
		> PUBREL id=1
		> PUBLISH qos=2 id=1`, []string{"id-unused@5"}},
	{"PUBREL not sent again", open + `
		> PUBLISH qos=2 id=1
		< PUBREC id=1
		> PUBREL id=1` + again + `
		at 11s
		> PINGREQ`, nil}, // no time is set for it
	{"PUBREL for nothing", open + `
		> PUBREL id=1`, []string{"ack-id@2"}},
	{"PUBREC for nothing", open + `
		> PUBREC id=1`, []string{"ack-id@2"}},
	{"PUBREC behind PUBCOMP", open + `
		< PUBLISH qos=2 id=1
		> PUBREC id=1
		< PUBREL id=1
		> PUBCOMP id=1
		> PUBREC id=1`, []string{"ack-id@6"}},
	{"PUBCOMP for nothing", open + `
		> PUBCOMP id=1`, []string{"exactly-once-receiver@2"}},
	{"PUBCOMP before PUBREL", open + `
		< PUBLISH qos=2 id=1
		> PUBREC id=1
		> PUBCOMP id=1
		< PUBREL id=1`, []string{"exactly-once-receiver@4"}},
	{"PUBCOMP twice", open + `
		< PUBREL id=1
		> PUBCOMP id=1
		> PUBCOMP id=1`, []string{"exactly-once-receiver@4"}},
	{"PUBCOMP for a PUBREL of the connection before", open + `
		< PUBREL id=1` + again + `
		> PUBCOMP id=1`, nil},
	{"PUBRECs out of order", open + `
		< PUBLISH qos=2 id=1
		< PUBLISH qos=2 id=2
		> PUBREC id=2
		> PUBREC id=1`, []string{"pubrec-order@4"}},
	{"PUBRELs out of order", open + `
		> PUBLISH qos=2 id=1 payload=a
		> PUBLISH qos=2 id=2 payload=b
		< PUBREC id=2
		< PUBREC id=1
		> PUBREL id=1
		> PUBREL id=2`, []string{"pubrel-order@6"}},
	{"PUBRECs that need no PUBREL in its turn: again", both + `
		< PUBREC id=1
		< PUBREC id=1
		< PUBREC id=2
		> PUBREL id=1
		> PUBREL id=2`, nil},
	{"PUBRECs that need no PUBREL in its turn: again, behind the PUBREL", both + `
		< PUBREC id=1
		> PUBREL id=1
		< PUBREC id=1
		< PUBREC id=2
		> PUBREL id=2`, nil},
	{"PUBRECs that need no PUBREL in its turn: the message was ended by PUBACK", both + `
		< PUBACK id=1
		< PUBREC id=1
		< PUBREC id=2
		> PUBREL id=2`, nil},
	{"PUBRECs that need no PUBREL in its turn: the session was lost", open + `
		> PUBLISH qos=2 id=1 payload=a` + lost + `
		> PUBLISH qos=2 id=2 payload=b
		< PUBREC id=1
		< PUBREC id=2
		> PUBREL id=2`, nil},
	{"PUBRELs in the order of PUBRECs", open + `
		> PUBLISH qos=2 id=1 payload=a
		> PUBLISH qos=2 id=2 payload=b
		< PUBREC id=2
		< PUBREC id=1
		> PUBREL id=2
		> PUBREL id=1`, nil},
	{"PUBRELs again in any order", open + `
		> PUBLISH qos=2 id=1 payload=a
		> PUBLISH qos=2 id=2 payload=b
		< PUBREC id=1
		< PUBREC id=2
		> PUBREL id=1
		> PUBREL id=2` + again + `
		> PUBREL id=2
		> PUBREL id=1`, nil},
	{"a PUBREC that was not asked for", open + `
		> PUBLISH qos=2 id=2
		< PUBREC id=1
		< PUBREC id=2
		> PUBREL id=2
		> PUBREL id=1`, nil},
}
