package wire_test

import (
	"strings"
	"testing"

	"umqtt/harness/wire"
)

func TestDescribe(t *testing.T) {
	x32, x33 := strings.Repeat("x", 32), strings.Repeat("x", 33)
	t128, t129 := strings.Repeat("t", 128), strings.Repeat("t", 129)
	tests := []struct {
		frame, want string
	}{
		{`10 0e 0004 "MQTT" 04 00 0005 0002 "c1"`, `CONNECT level=4 clean=0 keepalive=5 id="c1"`},
		{`10 15 0004 "MQTT" 04 36 0000 0001 "a" 0001 "w" 0003 "bye"`, `CONNECT level=4 clean=1 keepalive=0 id="a" will="w" willpayload="bye" willqos=2 willretain=1`},
		{`10 12 0004 "MQTT" 04 c2 0000 0001 "a" 0001 "u" 0000`, `CONNECT level=4 clean=1 keepalive=0 id="a" user="u" password=""`},
		{`20 02 00 00`, `CONNACK sp=0 code=0`},
		{`20 02 01 00`, `CONNACK sp=1 code=0`},
		{`30 05 0003 "t/1"`, `PUBLISH qos=0 dup=0 retain=0 topic="t/1" payload=""`},
		{`3b 09 0003 "t/1" 0001 "hi"`, `PUBLISH qos=1 dup=1 retain=1 topic="t/1" id=1 payload="hi"`},
		{`30 05 0001 "t" 00ff`, `PUBLISH qos=0 dup=0 retain=0 topic="t" payload="\x00\xff"`},
		{`30 23 0001 "t" "` + x32 + `"`, `PUBLISH qos=0 dup=0 retain=0 topic="t" payload="` + x32 + `"`},
		{`30 24 0001 "t" "` + x33 + `"`, `PUBLISH qos=0 dup=0 retain=0 topic="t" payload=33B`},
		{`30 8201 0080 "` + t128 + `"`, `PUBLISH qos=0 dup=0 retain=0 topic="` + t128 + `" payload=""`},
		{`30 8301 0081 "` + t129 + `"`, `PUBLISH qos=0 dup=0 retain=0 topic=129B payload=""`},
		{`40 02 0001`, `PUBACK id=1`},
		{`50 02 0001`, `PUBREC id=1`},
		{`62 02 0001`, `PUBREL id=1`},
		{`70 02 ffff`, `PUBCOMP id=65535`},
		{`82 0a 0001 0001 "a" 00 0001 "#" 02`, `SUBSCRIBE id=1 filters="a":0,"#":2`},
		{`90 04 0001 01 80`, `SUBACK id=1 codes=1,128`},
		{`a2 08 0001 0001 "a" 0001 "b"`, `UNSUBSCRIBE id=1 filters="a","b"`},
		{`b0 02 0001`, `UNSUBACK id=1`},
		{`c0 00`, `PINGREQ`},
		{`d0 00`, `PINGRESP`},
		{`e0 00`, `DISCONNECT`},

		{`36 05 0001 "a" 0001`, `malformed PUBLISH [MQTT-3.3.1-4] offset=0 found=QoS 3`},
		{`30 06 0004 "a\n/+"`, `malformed PUBLISH [MQTT-3.3.2-2] offset=7 found=wildcard + in topic name "a\n/+"`},
		{`30 26 0024 "#` + x33 + `yy"`, `malformed PUBLISH [MQTT-3.3.2-2] offset=4 found=wildcard # in topic name "#` + x32[1:] + `"…`},
		{`60 02 0001`, `malformed PUBREL [MQTT-3.6.1-1] offset=0 found=flags 0000, not 0010`},
		{`40 01 00`, `malformed PUBACK [2.2.3-must-2] offset=2 found=1 of the 2 bytes of the packet id`},
		{`f0 00`, `malformed packet [2.2.1-must-1] offset=0 found=packet type 15`},

		{``, `raw 0B`},
		{`c0`, `raw 1B`},
		{`c0 00 00`, `raw 3B`},
		{`40 02 00`, `raw 3B`},
		{`30 ff ff ff ff`, `raw 5B`},
		{`30 ff ff ff ff 00`, `raw 6B`},
	}
	for _, tt := range tests {
		if got := wire.Describe(frameOf(t, tt.frame)); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.frame, got, tt.want)
		}
	}
}
