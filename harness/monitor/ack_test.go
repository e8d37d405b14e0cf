package monitor_test

// What the client answers at QoS 1.
var ackSamples = []sample{
	{"answered in order", open + `
		< PUBLISH qos=1 id=1
		< PUBLISH qos=1 id=2
		< PUBLISH
		> PUBACK id=1
		< PUBLISH qos=1 id=3
		> PUBACK id=2
		> PUBACK id=3`, nil},
	{"answered never", open + `
		< PUBLISH qos=1 id=1
		at 60s
		> PINGREQ`, nil},
	{"the order of ids is not that of messages", open + `
		< PUBLISH qos=1 id=2
		< PUBLISH qos=1 id=1
		> PUBACK id=2
		> PUBACK id=1`, nil},
	{"the same id again", open + `
		< PUBLISH qos=1 id=1
		> PUBACK id=1
		< PUBLISH qos=1 dup=1 id=1
		> PUBACK id=1`, nil},
	{"a message at QoS 0 between others", open + `
		< PUBLISH
		< PUBLISH qos=1 id=1
		> PUBACK id=1`, nil},

	{"the id of nothing", open + `
		< PUBLISH qos=1 id=1
		> PUBACK id=2`, []string{"ack-id@3"}},
	{"nothing was handed over", open + `
		> PUBACK id=1`, []string{"ack-id@2"}},
	{"an answer before the message", open + `
		> PUBACK id=1
		< PUBLISH qos=1 id=1
		> PUBACK id=1`, []string{"ack-id@2"}},
	{"a message of before the clean session", open + `
		< PUBLISH qos=1 id=1
		< RST
		conn 2
		> CONNECT clean=1
		< CONNACK
		> PUBACK id=1`, []string{"ack-id@6"}},
	{"a message of the connection before", open + `
		< PUBLISH qos=1 id=1` + again + `
		> PUBACK id=1`, nil},
	{"twice a message of the connection before", open + `
		< PUBLISH qos=1 id=1` + again + `
		> PUBACK id=1
		> PUBACK id=1`, nil}, // it cannot know whether the one before has arrived
	{"what came on neither connection of the session", open + `
		< PUBLISH qos=1 id=1` + again + `
		> PUBACK id=2
		> PUBREC id=1
		> PUBCOMP id=1`, []string{"ack-id@7", "ack-id@8", "exactly-once-receiver@9"}},
	{"twice a message of this connection, the session going on", open + again + `
		< PUBLISH qos=1 id=1
		> PUBACK id=1
		> PUBACK id=1`, []string{"puback-once@8"}},
	{"messages of before a clean session that never began", open + `
		< PUBLISH qos=1 id=1
		< PUBLISH qos=2 id=2
		> PUBREC id=2
		< PUBREL id=2
		> PUBLISH qos=2 id=3
		< PUBREC id=3
		< RST
		conn 2
		> CONNECT clean=1
		< CONNACK code=3
		> FIN` + third + `
		> PUBACK id=1
		> PUBCOMP id=2
		> PUBREL id=3`, nil},
	{"messages of before a clean session that began", open + `
		< PUBLISH qos=1 id=1
		< RST
		conn 2
		> CONNECT clean=1
		< CONNACK` + third + `
		> PUBACK id=1`, []string{"ack-id@9"}},
	{"late, in the order of the connection before", open + `
		< PUBLISH qos=1 id=1
		< PUBLISH qos=1 id=2` + again + `
		< PUBLISH qos=1 id=3
		< PUBLISH qos=1 dup=1 id=1
		< PUBLISH qos=1 dup=1 id=2
		> PUBACK id=1
		> PUBACK id=2
		> PUBACK id=3
		> PUBACK id=1
		> PUBACK id=2`, nil},
	{"late, in no order of any connection", open + `
		< PUBLISH qos=1 id=1
		< PUBLISH qos=1 id=2` + again + `
		< PUBLISH qos=1 dup=1 id=1
		< PUBLISH qos=1 dup=1 id=2
		> PUBACK id=2
		> PUBACK id=1`, []string{"puback-order@10"}},
	{"late, in no order of any connection, one id being given to a new message", open + `
		< PUBLISH qos=1 id=1
		< PUBLISH qos=1 id=2` + again + `
		< PUBLISH qos=1 id=1
		< PUBLISH qos=1 dup=1 id=2
		> PUBACK id=2`, []string{"puback-order@10"}},
	{"PUBRECs late, in no order of any connection", open + `
		< PUBLISH qos=2 id=1
		< PUBLISH qos=2 id=2` + again + `
		< PUBLISH qos=2 dup=1 id=1
		< PUBLISH qos=2 dup=1 id=2
		> PUBREC id=2
		> PUBREC id=1`, []string{"pubrec-order@10"}},
	{"late, the order of an id that was given to a new message", open + `
		< PUBLISH qos=1 id=1
		> PUBACK id=1
		< PUBLISH qos=1 id=2
		< PUBLISH qos=1 id=1` + again + `
		< PUBLISH qos=1 dup=1 id=1
		< PUBLISH qos=1 dup=1 id=2
		> PUBACK id=2
		> PUBACK id=1`, nil},

	{"answered twice", open + `
		< PUBLISH qos=1 id=1
		> PUBACK id=1
		> PUBACK id=1`, []string{"puback-once@4"}},
	{"three answers for two", open + `
		< PUBLISH qos=1 id=1
		< PUBLISH qos=1 dup=1 id=1
		> PUBACK id=1
		> PUBACK id=1
		> PUBACK id=1`, []string{"puback-once@6"}},
	{"one answer for a message and its repetition", open + `
		< PUBLISH qos=1 id=1
		< PUBLISH qos=1 dup=1 id=1
		< PUBLISH qos=1 id=2
		> PUBACK id=1
		> PUBACK id=2`, nil},
	{"an answer for the repetition as well", open + `
		< PUBLISH qos=1 id=1
		< PUBLISH qos=1 id=2
		< PUBLISH qos=1 dup=1 id=1
		> PUBACK id=1
		> PUBACK id=1
		> PUBACK id=2`, nil},

	{"PUBACK for QoS 2", open + `
		< PUBLISH qos=2 id=1
		> PUBACK id=1`, []string{"ack-by-qos@3"}},
	{"PUBREC for QoS 1", open + `
		< PUBLISH qos=1 id=1
		> PUBREC id=1`, []string{"ack-by-qos@3"}},
	{"PUBACK for QoS 0", open + `
		< PUBLISH
		> PUBACK id=1`, []string{"ack-id@3", "ack-by-qos@3"}},

	{"newest first", open + `
		< PUBLISH qos=1 id=1
		< PUBLISH qos=1 id=2
		< PUBLISH qos=1 id=3
		> PUBACK id=3
		> PUBACK id=2
		> PUBACK id=1`, []string{"puback-order@5", "puback-order@6"}},
	{"one passed over", open + `
		< PUBLISH qos=1 id=1
		< PUBLISH qos=1 id=2
		> PUBACK id=2`, []string{"puback-order@4"}},
	{"a message of the connection before does not count", open + `
		< PUBLISH qos=1 id=1` + again + `
		< PUBLISH qos=1 id=2
		> PUBACK id=2`, nil},
	{"QoS 2 has an order of its own", open + `
		< PUBLISH qos=2 id=1
		< PUBLISH qos=1 id=2
		> PUBACK id=2
		> PUBREC id=1`, nil},
}
