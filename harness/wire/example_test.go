package wire_test

import (
	"errors"
	"fmt"

	"umqtt/harness/spec"
	"umqtt/harness/wire"
)

func ExampleDecode() {
	p, err := wire.Decode([]byte{0x32, 7, 0, 1, 't', 0, 9, 'h', 'i'})
	if err != nil {
		fmt.Println(err)
		return
	}
	m := p.(*wire.Publish)
	fmt.Println(m.Topic, m.QoS, m.PacketID, string(m.Payload))
	// Output: t 1 9 hi
}

// A refusal names the rule and the place.
func ExampleDecode_violation() {
	_, err := wire.Decode([]byte{0x30, 5, 0, 3, 'a', '/', '#'})
	var v *wire.Violation
	if errors.As(err, &v) {
		rule, _ := spec.Lookup(v.ID)
		fmt.Println(v.Packet, v.ID, v.Offset, v.Found)
		fmt.Println(rule.Text)
	}
	// Output:
	// PUBLISH MQTT-3.3.2-2 6 wildcard # in topic name "a/#"
	// A PUBLISH topic name has no + or # in it.
}

func ExampleDescribe() {
	connect := wire.New(wire.CONNECT).(*wire.Connect)
	connect.ClientID, connect.KeepAlive = "c1", 5
	fmt.Println(wire.Describe(connect.Append(nil)))
	fmt.Println(wire.Describe([]byte{0x32, 4, 0, 1, 't', 0}))
	fmt.Println(wire.Describe([]byte("GET /")))
	// Output:
	// CONNECT level=4 clean=0 keepalive=5 id="c1"
	// malformed PUBLISH [MQTT-2.3.1-1] offset=5 found=1 of the 2 bytes of the packet id
	// raw 5B
}

func ExampleFramer() {
	var f wire.Framer
	for _, chunk := range [][]byte{{0x40}, {2, 0, 1, 0xd0, 0, 0x20}} {
		f.Write(chunk)
		for {
			frame, err := f.Next()
			if frame == nil || err != nil {
				break
			}
			fmt.Println(wire.Describe(frame))
		}
	}
	fmt.Printf("not yet whole: % x\n", f.Rest())
	// Output:
	// PUBACK id=1
	// PINGRESP
	// not yet whole: 20
}

func ExampleSet() {
	p := wire.New(wire.PUBLISH)
	for name, value := range map[string]any{"topic": "t/1", "qos": 1, "packet_id": 7, "payload": "hi"} {
		if err := wire.Set(p, name, value); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(wire.Describe(p.Append(nil)))
	fmt.Println(wire.Set(p, "qos", 4))
	// Output:
	// PUBLISH qos=1 dup=0 retain=0 topic="t/1" id=7 payload="hi"
	// PUBLISH qos: 4 is out of range 0..3
}
