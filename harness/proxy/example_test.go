package proxy_test

import (
	"fmt"
	"net"
	"os"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/proxy"
	"umqtt/harness/wire"
)

// A client connects to the proxy over TCP; the caller plays the broker. The CONNACK arrives byte by byte,
// then the connection is reset.
func ExampleListenTCP() {
	rec := capture.NewRecorder("example", nil)
	p, err := proxy.ListenTCP(proxy.Config{
		Engine:   fault.NewEngine(1, fault.Rule{Match: fault.Match{Type: wire.CONNACK}, Action: fault.Split{Sizes: []int{1}}}),
		Recorder: rec,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()

	client, err := net.Dial("tcp", p.Addr())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	client.Write((&wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: true, ClientID: "c1"}).Append(nil))
	p.Await(func() bool { return rec.Len() == 1 }, time.Second)

	p.Send(1, (&wire.Connack{}).Append(nil))
	p.Await(func() bool { return rec.Len() == 3 }, time.Second)
	p.Cut(1, fault.RST)
	os.Stdout.Write(capture.Format(rec.Capture()))
	// Output:
	// mqtt-capture 1
	// # example
	// = conn 1
	//    -.--- > CONNECT level=4 clean=1 keepalive=0 id="c1"
	// 	10 0e 00 04 4d 51 54 54 04 02 00 00 00 02 63 31
	//    -.--- * fault split < CONNACK sp=0 code=0
	//    -.--- < CONNACK sp=0 code=0
	// 	20 02 00 00
	//    -.--- * fault cut rst
	//    -.--- < RST
}
