package wire_test

import (
	"bytes"
	"strings"
	"testing"

	"umqtt/harness/wire"

	"github.com/google/go-cmp/cmp"
)

// What the standard leaves free is accepted, and decoded as it stands.
func TestAccept(t *testing.T) {
	connect := func(set func(*wire.Connect)) *wire.Connect {
		c := &wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: true}
		set(c)
		return c
	}
	long := strings.Repeat("x", 65535)
	tests := []struct {
		reason string
		frame  string
		want   wire.Packet
	}{
		{"a remaining length in two bytes where one would do", `c0 80 00`, &wire.Pingreq{}},
		{"a remaining length in four bytes where one would do", `40 82 80 80 00 0007`, &wire.Puback{PacketID: 7}},
		{"an acknowledgement with id 0, which only the exchange can judge", `40 02 0000`, &wire.Puback{}},
		{"a SUBACK with id 0", `90 03 0000 80`, &wire.Suback{Codes: []byte{0x80}}},
		{"every code of a SUBACK", `90 06 ffff 00 01 02 80`, &wire.Suback{PacketID: 65535, Codes: []byte{0, 1, 2, 0x80}}},
		{"a PUBREL", `62 02 0001`, &wire.Pubrel{PacketID: 1}},
		{"the last return code of a CONNACK", `20 02 00 05`, &wire.Connack{Code: 5}},
		{"session present whatever was asked", `20 02 01 00`, &wire.Connack{SessionPresent: true}},

		{"[MQTT-3.1.3-7] an empty client id with clean session 1", `10 0c 0004 "MQTT" 04 02 0000 0000`, connect(func(*wire.Connect) {})},
		{"[3.1.3.1-may-1] a client id above 23 bytes, with other characters", `10 26 0004 "MQTT" 04 02 ffff 001a "sensor/+/é-0123456789-abc"`,
			connect(func(c *wire.Connect) { c.KeepAlive, c.ClientID = 65535, "sensor/+/é-0123456789-abc" })},
		{"a user name and a password of no bytes", `10 11 0004 "MQTT" 04 c2 0000 0001 "a" 0000 0000`,
			connect(func(c *wire.Connect) { c.ClientID, c.Username, c.Password = "a", new(""), []byte{} })},
		{"a user name without a password", `10 10 0004 "MQTT" 04 82 0000 0001 "a" 0001 "u"`,
			connect(func(c *wire.Connect) { c.ClientID, c.Username = "a", new("u") })},
		{"a binary password", `10 13 0004 "MQTT" 04 c2 0000 0001 "a" 0001 "u" 0001 00`,
			connect(func(c *wire.Connect) { c.ClientID, c.Username, c.Password = "a", new("u"), []byte{0} })},
		{"a will of no bytes", `10 12 0004 "MQTT" 04 36 0000 0001 "a" 0001 "w" 0000`,
			connect(func(c *wire.Connect) {
				c.ClientID, c.Will = "a", &wire.Will{Topic: "w", QoS: 2, Retain: true}
			})},

		{"a PUBLISH without payload", `31 03 0001 "a"`, &wire.Publish{Retain: true, Topic: "a"}},
		{"DUP at QoS 2", `3c 05 0001 "a" 0100`, &wire.Publish{Dup: true, QoS: 2, Topic: "a", PacketID: 256}},
		{"a binary payload", `30 05 0001 "a" 00ff`, &wire.Publish{Topic: "a", Payload: []byte{0, 0xff}}},
		{"[MQTT-1.5.3-3] a byte order mark is text", `30 06 0004 "\ufeffa"`, &wire.Publish{Topic: "\ufeffa"}},
		{"[1.5.3-should-1] control and non-characters are only discouraged", `30 08 0006 "\x01\u0085\uffff"`, &wire.Publish{Topic: "\x01\u0085\uffff"}},
		{"a topic of separators", `30 04 0002 "//"`, &wire.Publish{Topic: "//"}},
		{"a topic with $ and spaces", `30 08 0006 "$SYS/x"`, &wire.Publish{Topic: "$SYS/x"}},
		{"the longest topic", `30 818004 ffff ` + `"` + long + `"`, &wire.Publish{Topic: long}},
		{"the replacement character itself", `30 05 0003 "\ufffd"`, &wire.Publish{Topic: "\ufffd"}},

		{"wildcards in their places", `82 18 0001 0001 "#" 00 0001 "+" 01 0005 "+/+/#" 02 0003 "/+/" 00`,
			&wire.Subscribe{PacketID: 1, Filters: []wire.Subscription{{"#", 0}, {"+", 1}, {"+/+/#", 2}, {"/+/", 0}}}},
		{"the same filter twice", `a2 08 0001 0001 "a" 0001 "a"`, &wire.Unsubscribe{PacketID: 1, Filters: []string{"a", "a"}}},
	}
	for _, tt := range tests {
		frame := frameOf(t, tt.frame)
		// The frame's length byte is checked by Decode; a row with a wrong one fails here.
		got, err := wire.Decode(frame)
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.reason, diff)
		}
	}
}

// The packet is the caller's: it does not change with the buffer it was decoded from.
func TestPacketKeepsNoPartOfTheFrame(t *testing.T) {
	for _, words := range []string{
		`10 19 0004 "MQTT" 04 c6 0000 0001 "a" 0001 "w" 0001 "m" 0001 "u" 0001 "p"`,
		`32 07 0001 "a" 0001 "hi"`,
		`82 06 0001 0001 "a" 00`,
		`90 03 0001 00`,
		`a2 05 0001 0001 "a"`,
	} {
		frame := frameOf(t, words)
		p, err := wire.Decode(frame)
		if err != nil {
			t.Fatal(err)
		}
		before := p.Append(nil)
		clear(frame)
		if after := p.Append(nil); !bytes.Equal(before, after) {
			t.Errorf("%v changed with its frame: %x, was %x", p.Type(), after, before)
		}
	}
}

// Append encodes what no conforming packet says.
func TestAppendMakesBadPackets(t *testing.T) {
	tests := []struct {
		packet wire.Packet
		want   string
	}{
		{&wire.Publish{QoS: 3, Dup: true, Topic: "+", PacketID: 0}, `3e 05 0001 "+" 0000`},
		{&wire.Publish{Dup: true}, `38 02 0000`},
		{&wire.Connack{SessionPresent: true, Code: 9}, `20 02 01 09`},
		{&wire.Subscribe{Filters: []wire.Subscription{{"a", 255}}}, `82 06 0000 0001 "a" ff`},
		{&wire.Suback{PacketID: 1}, `90 02 0001`},
		{&wire.Unsubscribe{PacketID: 1}, `a2 02 0001`},
		{&wire.Connect{Password: []byte("p"), Will: &wire.Will{QoS: 3}}, `10 0f 0000 00 5c 0000 0000 0000 0000 0001 "p"`},
	}
	for _, tt := range tests {
		want := frameOf(t, tt.want)
		if got := tt.packet.Append(nil); !bytes.Equal(got, want) {
			t.Errorf("%#v: % x, want % x", tt.packet, got, want)
		}
		if _, err := wire.Decode(want); err == nil {
			t.Errorf("% x is accepted", want)
		}
	}
}

// Append leaves alone what dst held, where a long packet has to make room for its length too.
func TestAppendAppends(t *testing.T) {
	for _, n := range []int{0, 124, 125, 16380, 16381, 2097148, 2097149} {
		p := &wire.Publish{Topic: "a", Payload: bytes.Repeat([]byte{0xaa}, n)}
		got := p.Append([]byte("head"))
		if !bytes.HasPrefix(got, []byte("head")) {
			t.Fatalf("payload of %d bytes: what was there is now % x", n, got[:4])
		}
		q, err := wire.Decode(got[4:])
		if err != nil {
			t.Fatalf("payload of %d bytes: %v", n, err)
		}
		if !bytes.Equal(q.(*wire.Publish).Payload, p.Payload) {
			t.Errorf("payload of %d bytes comes back changed", n)
		}
	}
}
