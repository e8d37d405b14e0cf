// Paho is a minimal program with paho.mqtt.golang: connect, subscribe, publish, print what comes.
package main

import (
	"fmt"
	"os"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

func main() {
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + os.Args[1]).SetClientID("minimal"))
	for _, f := range []func() mqtt.Token{
		c.Connect,
		func() mqtt.Token {
			return c.Subscribe("t", 1, func(_ mqtt.Client, m mqtt.Message) { fmt.Printf("%s: %s\n", m.Topic(), m.Payload()) })
		},
		func() mqtt.Token { return c.Publish("t", 1, false, []byte("hello")) },
	} {
		if t := f(); t.Wait() && t.Error() != nil {
			fmt.Println(t.Error())
			return
		}
	}
	select {}
}
