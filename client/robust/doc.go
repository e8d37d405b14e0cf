// Package robust keeps an MQTT connection alive: package client, with reconnect,
// redelivery and resubscription on top. It is for devices on networks that fail.
// Like umqtt.robust, on which it is modelled, it has no goroutines of its own:
// everything happens inside the caller's calls.
//
//	c, err := robust.New(robust.Config{
//		Config: client.Config{Addr: "broker.example", ClientID: "alarm-7", KeepAlive: time.Minute},
//		Policy: robust.Forever(robust.Backoff{Initial: time.Second, Max: time.Minute, Jitter: 0.2}),
//	})
//	c.SetCallback(func(m client.Message) { ... })
//	_, err = c.Connect(ctx, false)
//	_, err = c.Subscribe(ctx, client.Filter{Topic: []byte("alarm/7/arm"), QoS: 1})
//	for err == nil {
//		_, err = c.WaitMsg(ctx) // across lost connections
//	}
//
// With Forever, WaitMsg fails only when its context ends or the server refuses for
// good. A loop with other work uses WaitFor, which is not an error when it ends in an
// outage. With a store each alarm survives the process as well, from before its Publish
// waits for anything:
//
//	store, err := filestore.Open("/var/lib/alarm/outbox", filestore.Options{Sync: true}) // for Config.Store
//
// # When it connects again
//
// When the network fails, the server closes or breaks the protocol, no PINGRESP
// comes, or a CONNACK has code 3 (server unavailable); and when a first Connect
// meets any of these. CONNACK codes 1, 2, 4 and 5 are final: the call fails with a
// [*client.ConnackError], and later ones with ErrClosed until Connect is called
// again. A reconnect uses the clean session flag that Connect was given. There are
// never two open connections.
//
// It happens inside a call that takes a context, when that finds the connection
// lost. CheckMsg, which never waits, only reports it. A context ends every wait at
// once.
//
// # How long it tries
//
// The client's [Policy] says. [BestEffort], [Within] and [Forever] are the three
// needs that the documentation of umqtt.robust names: a reading of which one may
// be lost, a button whose press is worth nothing after some seconds, an alarm that
// must get through.
//
//	            attempts of a call    waits between them    ends with
//	BestEffort  one                   none                  GaveUpError
//	Within(d)   while there is time   backoff               GaveUpError after d at the latest
//	Forever(b)  any number            backoff b             the context, or a final refusal
//
// The delays are those of the client, not of the call: calls with short contexts
// do not make the attempts more frequent. The backoff begins anew only after a
// connection that has lived ten times as long as the delay that would follow it: one
// that is lost again and again after a little while is tried less and less often.
// [Config].OnAttempt sees every
// attempt; [Config].Clock and [Config].Rand make the delays exact in tests.
//
// # What it does afterwards
//
// In this order: messages in flight go out again as the same packets with DUP;
// then, if the server has no session, one SUBSCRIBE for what is subscribed, with
// the same QoS; then whatever is new. When a CONNECT had no answer, nobody knows
// whether it began a new session, which the next CONNACK calls present: the
// subscriptions are made again then too, since to go without them is worse. With
// clean session there is nothing to go out again: a message whose Publish runs is
// published anew, with a new packet identifier and without DUP. Publish, Subscribe
// and Unsubscribe that were interrupted are completed, or say why not. AckTimeout
// ends a call, not the connection: on one that lives nothing is sent twice. A call
// that asks for the subscriptions waits for the SUBACK, and fails if its context or
// AckTimeout ends that wait; those that follow work without it, and whichever reads
// it takes it up.
//
// Messages that [client.Config].Store has kept of an earlier process are in flight
// from the beginning. With a Store, and without clean session, a message at QoS 1 is in
// flight and stored before its Publish waits for a connection, for the subscriptions or
// for anything else; only when MaxInflight messages are in flight it waits for its
// place. A call that ends without a PUBACK says so with a [*client.PendingError], and
// the message goes out when there is a connection. Post does not wait at all, with or
// without a connection.
//
// # Messages that break the connection
//
// Some servers close the connection at a message that they do not like, and a
// client that sends it again would do so for ever. When [Config].PoisonAfter
// connections in a row end while the same packet is the oldest unacknowledged
// one, it is given up with a [*PoisonError], and the client lives. Connections
// that end in silence (no PINGRESP, a timeout) do not count. The call that waits for
// the packet returns the error; without one, OnOutcome is told of a message, and
// OnNotice of a subscription that was made again, or of a server that breaks the
// protocol as often without a packet of ours to blame. A message of the server's that is
// larger than MaxPacket is read past, and OnNotice is told; see [Config].CloseOversize.
//
// # Inside the callback
//
// Calls nest, and are as robust as others: one that finds the connection lost
// connects again before it returns, with the policy's limit for itself. The call
// outside then goes on with the new connection. The message whose callback runs
// was not acknowledged and comes again. Subscriptions are renewed by the call that
// reconnects, except at MaxDepth, where the next call outside does it.
//
// # Memory
//
// On a good connection Publish, Post, WaitMsg, WaitFor and CheckMsg allocate nothing beyond what
// package client does, except with [Within], which makes a timer for each call.
// Subscriptions are remembered until Unsubscribe: as many as the caller makes.
//
// PROOFS.md, beside this file, lists what is promised here, and what proves it.
package robust
