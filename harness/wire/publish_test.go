package wire_test

// Flags, topic name and packet id of a PUBLISH (section 3.3).
var publishRefusals = []refusal{
	{"QoS 3", `36 05 0001 "a" 0001`, "MQTT-3.3.1-4", nil, 0},
	{"QoS 3 with every other flag", `3f 05 0001 "a" 0001`, "MQTT-3.3.1-4", nil, 0},
	{"DUP at QoS 0", `38 03 0001 "a"`, "MQTT-3.3.1-2", []string{"MQTT-4.3.1-1"}, 0},
	{"no topic name", `30 00`, "MQTT-3.3.2-1", nil, 2},
	{"half the length of a topic name", `30 01 00`, "2.2.3-must-2", nil, 2},
	{"a topic name that breaks off", `30 03 0002 "a"`, "2.2.3-must-2", nil, 2},
	{"an empty topic name", `30 02 0000`, "MQTT-4.7.3-1", nil, 2},
	{"+ in a topic name", `30 05 0003 "a/+"`, "MQTT-3.3.2-2", []string{"MQTT-4.7.1-1"}, 6},
	{"# in a topic name", `30 03 0001 "#"`, "MQTT-3.3.2-2", []string{"MQTT-4.7.1-1"}, 4},
	{"a byte that UTF-8 never has", `30 04 0002 "a\xfe"`, "MQTT-1.5.3-1", []string{"MQTT-3.3.2-1"}, 5},
	{"the surrogate U+D800", `30 05 0003 "\xed\xa0\x80"`, "MQTT-1.5.3-1", []string{"MQTT-3.3.2-1"}, 4},
	{"the surrogate U+DFFF", `30 05 0003 "\xed\xbf\xbf"`, "MQTT-1.5.3-1", []string{"MQTT-3.3.2-1"}, 4},
	{"an overlong /", `30 04 0002 "\xc0\xaf"`, "MQTT-1.5.3-1", []string{"MQTT-3.3.2-1"}, 4},
	{"an overlong U+0000", `30 04 0002 "\xc0\x80"`, "MQTT-1.5.3-1", []string{"MQTT-3.3.2-1"}, 4},
	{"a code point above U+10FFFF", `30 06 0004 "\xf4\x90\x80\x80"`, "MQTT-1.5.3-1", []string{"MQTT-3.3.2-1"}, 4},
	{"a character cut off by the length", `30 05 0001 "\xc3\xa9" "x"`, "MQTT-1.5.3-1", []string{"MQTT-3.3.2-1"}, 4},
	{"a bad byte behind the replacement character", `30 06 0004 "\ufffd\xff"`, "MQTT-1.5.3-1", []string{"MQTT-3.3.2-1"}, 7},
	{"U+0000 in a topic name", `30 05 0003 "a\x00b"`, "MQTT-1.5.3-2", []string{"MQTT-3.3.2-1", "MQTT-4.7.3-2"}, 5},
	{"QoS 1 without packet id", `32 03 0001 "a"`, "MQTT-2.3.1-1", nil, 5},
	{"QoS 1 with half a packet id", `32 04 0001 "a" 00`, "MQTT-2.3.1-1", nil, 5},
	{"QoS 1 with packet id 0", `32 05 0001 "a" 0000`, "MQTT-2.3.1-1", nil, 5},
	{"QoS 2 with packet id 0", `3c 06 0001 "a" 0000 "x"`, "MQTT-2.3.1-1", nil, 5},
}
