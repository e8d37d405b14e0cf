package wire_test

// The connect flags and what they announce (section 3.1).
var connectRefusals = []refusal{
	{"no fields", `10 00`, "2.2.3-must-2", nil, 2},
	{"a protocol name that breaks off", `10 05 0004 "MQT"`, "2.2.3-must-2", nil, 2},
	{"the protocol name of MQTT 3.1", `10 0f 0006 "MQIsdp" 03 02 0000 0001 "a"`, "MQTT-3.1.2-1", nil, 2},
	{"a protocol name in lower case", `10 0d 0004 "mqtt" 04 02 0000 0001 "a"`, "MQTT-3.1.2-1", nil, 2},
	{"an empty protocol name", `10 09 0000 04 02 0000 0001 "a"`, "MQTT-3.1.2-1", nil, 2},
	{"no protocol level", `10 06 0004 "MQTT"`, "2.2.3-must-2", nil, 8},
	{"the protocol level of MQTT 5", `10 0e 0004 "MQTT" 05 02 0000 00 0001 "a"`, "MQTT-3.1.2-2", nil, 8},
	{"no connect flags", `10 07 0004 "MQTT" 04`, "2.2.3-must-2", nil, 9},
	{"half a keep alive", `10 09 0004 "MQTT" 04 02 00`, "2.2.3-must-2", nil, 10},

	{"the reserved flag", `10 0d 0004 "MQTT" 04 03 0000 0001 "a"`, "MQTT-3.1.2-3", nil, 9},
	{"will QoS 1 without a will", `10 0d 0004 "MQTT" 04 0a 0000 0001 "a"`, "MQTT-3.1.2-13", []string{"MQTT-3.1.2-11"}, 9},
	{"will QoS 2 without a will", `10 0d 0004 "MQTT" 04 12 0000 0001 "a"`, "MQTT-3.1.2-13", []string{"MQTT-3.1.2-11"}, 9},
	{"will retain without a will", `10 0d 0004 "MQTT" 04 22 0000 0001 "a"`, "MQTT-3.1.2-15", []string{"MQTT-3.1.2-11"}, 9},
	{"will QoS 3", `10 13 0004 "MQTT" 04 1e 0000 0001 "a" 0001 "w" 0001 "m"`, "MQTT-3.1.2-14", nil, 9},
	{"a password without a user name", `10 10 0004 "MQTT" 04 42 0000 0001 "a" 0001 "p"`, "MQTT-3.1.2-22", nil, 9},

	{"no client id", `10 0a 0004 "MQTT" 04 02 0000`, "MQTT-3.1.3-3", nil, 12},
	{"half the length of a client id", `10 0b 0004 "MQTT" 04 02 0000 00`, "2.2.3-must-2", nil, 12},
	{"a client id that breaks off", `10 0d 0004 "MQTT" 04 02 0000 0002 "a"`, "2.2.3-must-2", nil, 12},
	{"a client id that is not UTF-8", `10 0e 0004 "MQTT" 04 02 0000 0002 "a\xff"`, "MQTT-1.5.3-1", []string{"MQTT-3.1.3-4"}, 15},
	{"a client id with U+0000", `10 0e 0004 "MQTT" 04 02 0000 0002 "a\x00"`, "MQTT-1.5.3-2", []string{"MQTT-3.1.3-4"}, 15},
	{"an empty client id with clean session 0", `10 0c 0004 "MQTT" 04 00 0000 0000`, "MQTT-3.1.3-7", nil, 12},

	{"a will flag and no will topic", `10 0d 0004 "MQTT" 04 06 0000 0001 "a"`, "MQTT-3.1.2-9", nil, 15},
	{"a will flag and no will message", `10 10 0004 "MQTT" 04 06 0000 0001 "a" 0001 "w"`, "MQTT-3.1.2-9", nil, 18},
	{"an empty will topic", `10 12 0004 "MQTT" 04 06 0000 0001 "a" 0000 0001 "m"`, "MQTT-4.7.3-1", nil, 15},
	{"a wildcard in a will topic", `10 13 0004 "MQTT" 04 06 0000 0001 "a" 0002 "w+" 0000`, "MQTT-4.7.1-1", nil, 18},
	{"a will topic that is not UTF-8", `10 12 0004 "MQTT" 04 06 0000 0001 "a" 0001 "\x80" 0000`, "MQTT-1.5.3-1", []string{"MQTT-3.1.3-10"}, 17},
	{"a will topic with U+0000", `10 12 0004 "MQTT" 04 06 0000 0001 "a" 0001 "\x00" 0000`, "MQTT-1.5.3-2", []string{"MQTT-3.1.3-10", "MQTT-4.7.3-2"}, 17},
	{"a will message that breaks off", `10 13 0004 "MQTT" 04 06 0000 0001 "a" 0001 "w" 0002 "m"`, "2.2.3-must-2", nil, 18},

	{"a user name flag and no user name", `10 0d 0004 "MQTT" 04 82 0000 0001 "a"`, "MQTT-3.1.2-19", nil, 15},
	{"a user name that is not UTF-8", `10 10 0004 "MQTT" 04 82 0000 0001 "a" 0001 "\xc0"`, "MQTT-1.5.3-1", []string{"MQTT-3.1.3-11"}, 17},
	{"a user name with U+0000", `10 10 0004 "MQTT" 04 82 0000 0001 "a" 0001 "\x00"`, "MQTT-1.5.3-2", []string{"MQTT-3.1.3-11"}, 17},
	{"a password flag and no password", `10 10 0004 "MQTT" 04 c2 0000 0001 "a" 0001 "u"`, "MQTT-3.1.2-21", nil, 18},
	{"a password that breaks off", `10 12 0004 "MQTT" 04 c2 0000 0001 "a" 0001 "u" 0001`, "2.2.3-must-2", nil, 18},

	{"a field that no flag announces", `10 10 0004 "MQTT" 04 02 0000 0001 "a" 0001 "u"`, "2.2.3-must-2", []string{"MQTT-3.1.2-11", "MQTT-3.1.2-18", "MQTT-3.1.2-20"}, 15},
	{"a password that no flag announces", `10 16 0004 "MQTT" 04 86 0000 0001 "a" 0001 "w" 0000 0001 "u" "p"`, "2.2.3-must-2", []string{"MQTT-3.1.2-20"}, 23},
	{"a byte when every flag is set", `10 18 0004 "MQTT" 04 c6 0000 0001 "a" 0001 "w" 0000 0001 "u" 0001 "p" 00`, "2.2.3-must-2", nil, 26},
}

// The two bytes of a CONNACK (section 3.2).
var connackRefusals = []refusal{
	{"no fields", `20 00`, "2.2.3-must-2", nil, 2},
	{"no return code", `20 01 00`, "2.2.3-must-2", nil, 3},
	{"a byte too many", `20 03 00 00 00`, "2.2.3-must-2", nil, 4},
	{"reserved bit 1", `20 02 02 00`, "3.2.2.1-must-1", nil, 2},
	{"reserved bit 7 beside session present", `20 02 81 00`, "3.2.2.1-must-1", nil, 2},
	{"the first reserved return code", `20 02 00 06`, "3.2.2.3-must-1", nil, 3},
	{"a return code of MQTT 5", `20 02 00 87`, "3.2.2.3-must-1", nil, 3},
	{"session present in a refusal", `20 02 01 05`, "MQTT-3.2.2-4", nil, 2},
}
