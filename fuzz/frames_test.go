package fuzz

import (
	"strings"

	"umqtt/harness/wire"
)

// valid are packets of every type that the standard allows.
var valid = []wire.Packet{
	&wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: true},
	&wire.Connect{
		ProtocolName: "MQTT", ProtocolLevel: 4, KeepAlive: 60, ClientID: "c1",
		Will:     &wire.Will{Topic: "w", Payload: []byte("gone"), QoS: 2, Retain: true},
		Username: new("user"), Password: []byte{},
	},
	&wire.Connack{SessionPresent: true},
	&wire.Connack{Code: 5},
	&wire.Publish{Topic: "t/1", Payload: []byte("hi"), Retain: true},
	&wire.Publish{Topic: "é/\ufeff", QoS: 1, Dup: true, PacketID: 65535},
	&wire.Publish{Topic: "long", QoS: 2, PacketID: 256, Payload: []byte(strings.Repeat("0123456789", 13))},
	&wire.Puback{PacketID: 1},
	&wire.Pubrec{PacketID: 2},
	&wire.Pubrel{PacketID: 3},
	&wire.Pubcomp{PacketID: 0},
	&wire.Subscribe{PacketID: 4, Filters: []wire.Subscription{{Filter: "a/+/#", QoS: 2}, {Filter: "#"}}},
	&wire.Suback{PacketID: 4, Codes: []byte{0, 1, 2, wire.SubackFailure}},
	&wire.Unsubscribe{PacketID: 5, Filters: []string{"a/+/#", "$SYS/+"}},
	&wire.Unsuback{PacketID: 5},
	&wire.Pingreq{},
	&wire.Pingresp{},
	&wire.Disconnect{},
}

// invalid are typical violations: of the fixed header, of lengths, of flags, of texts, of ids and codes.
var invalid = []string{
	"", "\x30", "\x30\x80", "\x30\xff\xff\xff\xff", "\xc0\x80\x80\x80\x80\x00", // remaining length
	"\x40\x02\x00", "\xc0\x00\x00", "\x40\x03\x00\x01\x00", "\x20\x01\x00", "\x30\x03\x00\x05a", // too short, too long
	"\x00\x00", "\xf0\x00", "\x22\x02\x00\x00", "\x60\x02\x00\x01", "\xe1\x00", // types and flags
	"\x36\x05\x00\x01a\x00\x01", "\x38\x03\x00\x01a", "\x32\x05\x00\x01a\x00\x00", // PUBLISH: QoS 3, DUP at QoS 0, id 0
	"\x30\x02\x00\x00", "\x30\x03\x00\x01+", "\x30\x03\x00\x01\x00", "\x30\x03\x00\x01\xff", "\x30\x05\x00\x03\xed\xa0\x80", // topic names
	"\x20\x02\x02\x00", "\x20\x02\x00\x06", "\x20\x02\x01\x01", // CONNACK
	"\x90\x02\x00\x01", "\x90\x03\x00\x01\x03", // SUBACK without codes, with a reserved one
	"\x82\x02\x00\x01", "\x82\x06\x00\x01\x00\x01a\x03", "\x82\x06\x00\x01\x00\x01a\x83", "\x82\x07\x00\x01\x00\x02a#\x00", // SUBSCRIBE
	"\xa2\x02\x00\x01", "\xa2\x06\x00\x01\x00\x02a+", // UNSUBSCRIBE
	"\x10\x0c\x00\x04MQTT\x04\x00\x00\x00\x00\x00",                          // CONNECT: no client id, no clean session
	"\x10\x0c\x00\x04MQTX\x04\x02\x00\x00\x00\x00",                          // another protocol
	"\x10\x0c\x00\x04MQTT\x03\x02\x00\x00\x00\x00",                          // another level
	"\x10\x0c\x00\x04MQTT\x04\x03\x00\x00\x00\x00",                          // the reserved flag
	"\x10\x0c\x00\x04MQTT\x04\x42\x00\x00\x00\x00",                          // a password without a user name
	"\x10\x0c\x00\x04MQTT\x04\x22\x00\x00\x00\x00",                          // will retain without a will
	"\x10\x0f\x00\x04MQTT\x04\x02\x00\x00\x00\x00\x00\x01w",                 // a field that no flag announces
	"\x10\x11\x00\x04MQTT\x04\x1e\x00\x00\x00\x00\x00\x01w\x00\x00",         // will QoS 3
	"\x10\x11\x00\x04MQTT\x04\x06\x00\x00\x00\x00\x00\x01+\x00\x00",         // a wildcard in the will topic
	"\x30\x83\x80\x80\x00\x00\x01a", "\xc0\x80\x80\x80\x00", "\xd0\x80\x00", // allowed: longer lengths than needed
}

// frames returns all of the above.
func frames() [][]byte {
	var all [][]byte
	for _, p := range valid {
		all = append(all, p.Append(nil))
	}
	for _, s := range invalid {
		all = append(all, []byte(s))
	}
	return all
}
