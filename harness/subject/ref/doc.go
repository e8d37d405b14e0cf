// Package ref is a plain MQTT 3.1.1 client for QoS 0 to 2 on the harness's own codec. It is there to prove
// scenarios, and shows what the clients of package umqtt leave out: QoS 2, several messages in flight and
// an asynchronous API.
//
//	c := ref.New(ref.Config{Dial: dial, OnMessage: func(m ref.Message) { … }})
//	present, err := c.Connect(ctx, ref.Options{ClientID: "c1", KeepAlive: time.Minute})
//	c.Publish(ctx, ref.Message{Topic: "t", QoS: 2}, func(err error) { … })
//
// What it promises:
//   - A reader goroutine reads each connection. Another goroutine calls OnMessage, for one message after
//     another in their order of arrival. A message is acknowledged after its callback has returned.
//   - Publish does not wait. It reports the outcome of a message once, by a function.
//   - The session is in memory. What is in flight is sent again on the next connection when clean session is
//     off there, and is dropped with an error when it is on.
//   - The client closes the connection when the server breaks a rule of the protocol.
//   - After Abort or Disconnect it leaves no goroutine and no connection behind.
//
// All state belongs to one lock, and all timers to one agenda. In a testing/synctest bubble the client is
// deterministic: two goroutines of it never write at the same instant.
//
// [Habits] change what the standard leaves free. The zero value is the plain client.
package ref
