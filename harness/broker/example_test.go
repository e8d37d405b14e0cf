package broker_test

import (
	"context"
	"fmt"
	"io"

	"umqtt/harness/broker"
	"umqtt/harness/simnet"
)

func ExampleStart() {
	l := simnet.Listen("broker", 0)
	b, err := broker.Start(l)
	if err != nil {
		fmt.Println(err)
		return
	}

	c, _ := l.Dial(context.Background())
	_, _ = c.Write([]byte("\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02c1")) // CONNECT
	connack := make([]byte, 4)
	_, err = io.ReadFull(c, connack)
	fmt.Printf("% x %v\n", connack, err)

	b.Stop()
	_, err = c.Read(connack)
	fmt.Println(err)
	// Output:
	// 20 02 00 00 <nil>
	// EOF
}
