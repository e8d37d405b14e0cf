// Umqtt is a minimal program with umqtt/client: connect, subscribe, publish, print what comes.
package main

import (
	"context"
	"fmt"
	"os"

	"umqtt/client"
)

func main() {
	ctx := context.Background()
	c, err := client.New(client.Config{Addr: os.Args[1], ClientID: "minimal"})
	if err == nil {
		c.SetCallback(func(m client.Message) { fmt.Printf("%s: %s\n", m.Topic, m.Payload) })
		_, err = c.Connect(ctx, true)
	}
	if err == nil {
		_, err = c.Subscribe(ctx, client.Filter{Topic: []byte("t"), QoS: 1})
	}
	if err == nil {
		err = c.Publish(ctx, []byte("t"), []byte("hello"), 1, false)
	}
	for err == nil {
		_, err = c.WaitMsg(ctx)
	}
	fmt.Println(err)
}
