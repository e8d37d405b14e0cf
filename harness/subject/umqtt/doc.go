// Package umqtt is a model of MicroPython's umqtt.simple and umqtt.robust as they are, faults and all. It is written
// from what those clients do on the wire and at their API, not from their code.
//
//	c := umqtt.New(umqtt.Config{Dial: dial, OnMessage: func(m umqtt.Message) { … }})
//	present, err := c.Connect(ctx, umqtt.Options{ClientID: "c1", Clean: true})
//
// A call waits by reading one packet after another, and a message is handed to the callback from inside of that. A
// callback that publishes at QoS 1 therefore reads what was meant for the call around it. What Python raises is an
// [*Exception]. Only OSError makes the client connect again.
//
// The client stands for a device with little memory: [Memory] bytes for a message, and [Recursion] calls inside one
// another.
package umqtt
