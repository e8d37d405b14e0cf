// Atwat is a minimal program with at-wat/mqtt-go: connect, subscribe, publish, print what comes.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/at-wat/mqtt-go"
)

func main() {
	ctx := context.Background()
	c, err := mqtt.DialContext(ctx, "mqtt://"+os.Args[1])
	if err == nil {
		c.Handle(mqtt.HandlerFunc(func(m *mqtt.Message) { fmt.Printf("%s: %s\n", m.Topic, m.Payload) }))
		_, err = c.Connect(ctx, "minimal")
	}
	if err == nil {
		_, err = c.Subscribe(ctx, mqtt.Subscription{Topic: "t", QoS: mqtt.QoS1})
	}
	if err == nil {
		err = c.Publish(ctx, &mqtt.Message{Topic: "t", QoS: mqtt.QoS1, Payload: []byte("hello")})
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	<-c.Done()
	fmt.Println(c.Err())
}
