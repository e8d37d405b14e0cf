package fault_test

import (
	"fmt"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// The first PUBACK to the client is dropped, the second one is handed over a second later.
func Example() {
	e := fault.NewEngine(1,
		fault.Rule{Match: fault.Match{Type: wire.PUBACK, Nth: 1}, Action: fault.Drop{}},
		fault.Rule{Match: fault.Match{Type: wire.PUBACK}, Action: fault.Delay{By: time.Second}},
	)
	for id := range uint16(2) {
		ack := (&wire.Puback{PacketID: id + 1}).Append(nil)
		outs, events := e.Packet(0, fault.Packet{Conn: 1, Dir: wire.ToClient, Data: ack})
		for _, ev := range events {
			fmt.Println(ev.Text)
		}
		for _, o := range outs {
			fmt.Printf("at %v: %s\n", o.Due, wire.Describe(o.Data))
		}
	}
	// Output:
	// fault drop < PUBACK id=1
	// fault delay < PUBACK id=2
	// at 1s: PUBACK id=2
}
