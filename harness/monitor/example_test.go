package monitor_test

import (
	"fmt"

	"umqtt/harness/capture"
	"umqtt/harness/monitor"
)

// A client that acknowledges the inner message of a nested callback first.
const newestFirst = `mqtt-capture 1
# recursion/nested-wait
= conn 1
   0.000 > CONNECT level=4 clean=1 keepalive=0 id="c1"
	10 0e 00 04 4d 51 54 54 04 02 00 00 00 02 63 31
   0.000 < CONNACK sp=0 code=0
	20 02 00 00
   0.000 < PUBLISH qos=1 dup=0 retain=0 topic="t" id=1 payload=""
	32 05 00 01 74 00 01
   0.000 < PUBLISH qos=1 dup=0 retain=0 topic="t" id=2 payload=""
	32 05 00 01 74 00 02
   0.000 > PUBACK id=2
	40 02 00 02
   0.000 > PUBACK id=1
	40 02 00 01
`

func ExampleCheck() {
	c, err := capture.Parse("nested-wait.wire", []byte(newestFirst))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range monitor.Check(c, monitor.Simulated) {
		fmt.Println(f)
		fmt.Println(c.Records[f.Record])
	}
	// Output:
	// MQTT-4.6.0-2: connection 1, record 4: PUBACK id=2 (for record 3) comes before that of id=1, which was handed over earlier (record 2)
	// 0.000 > PUBACK id=2
}

func ExampleAll() {
	for _, m := range monitor.All() {
		if m.ID == "MQTT-3.14.4-2" {
			fmt.Printf("%s: %s\n", m.Name, m.Doc)
		}
	}
	// Output:
	// disconnect-last: Nothing follows a DISCONNECT on its connection, not even a part of a packet. A malformed DISCONNECT counts as none.
}
