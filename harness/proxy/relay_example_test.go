package proxy_test

import (
	"context"
	"fmt"
	"io"
	"net"

	"umqtt/harness/broker"
	"umqtt/harness/fault"
	"umqtt/harness/proxy"
	"umqtt/harness/wire"
)

// A test of one's own puts a relay between its client and a broker. The first PUBACK is lost with the connection;
// the rule is removed, and the next one comes.
func ExampleStart() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := broker.Start(ln)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Stop()

	r, err := proxy.Start(context.Background(), proxy.Options{Upstream: ln.Addr().String()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	cut, err := r.Add(fault.Rule{Match: fault.Match{Type: wire.PUBACK}, Action: fault.Cut{At: 0, How: fault.RST}})
	if err != nil {
		fmt.Println(err)
		return
	}
	publish(r.Addr())
	fmt.Println("fired:", r.Rules()[0].Hits)
	r.Remove(cut)
	publish(r.Addr())
	// Output:
	// the connection ends
	// fired: 1
	// PUBACK id=1
}

// publish publishes a message, and says what came of it.
func publish(addr string) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	c.Write((&wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: true, ClientID: "c1"}).Append(nil))
	io.ReadFull(c, make([]byte, 4)) // CONNACK
	c.Write((&wire.Publish{Topic: "t", QoS: 1, PacketID: 1}).Append(nil))
	puback := make([]byte, 4)
	if _, err := io.ReadFull(c, puback); err != nil {
		fmt.Println("the connection ends")
		return
	}
	fmt.Println(wire.Describe(puback))
}
