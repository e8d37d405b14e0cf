// Package client is a client for MQTT 3.1.1, over TCP or TLS, in the manner of
// MicroPython's umqtt.simple: one object publishes and subscribes, topics and
// payloads are bytes, messages come through a callback, and WaitMsg and CheckMsg
// are steps of the caller's main loop. A program that only publishes calls
// neither. It uses the standard library only, and starts no goroutines and no
// timers.
//
//	c, err := client.New(client.Config{Addr: "broker.lan", ClientID: "gateway", KeepAlive: time.Minute})
//	...
//	c.SetCallback(func(m client.Message) { log.Printf("%s: %s", m.Topic, m.Payload) })
//	_, err = c.Connect(ctx, true)
//	_, err = c.Subscribe(ctx, client.Filter{Topic: []byte("house/#"), QoS: 1})
//	for err == nil {
//		_, err = c.WaitMsg(ctx)
//	}
package client
