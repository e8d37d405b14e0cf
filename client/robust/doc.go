// Package robust is package client with reconnect, redelivery and resubscription. It is
// for devices on unreliable networks. Like umqtt.robust, on which it is modelled, it
// has no goroutines of its own: it does everything inside the caller's calls.
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
// With Forever, WaitMsg fails only when its context ends or the server refuses the
// connection for good. A loop with other work uses WaitFor, which returns nil when its
// time passes during an outage. With a store each alarm survives the end of the
// process, too: it is stored before its Publish waits for anything.
//
//	store, err := filestore.Open("/var/lib/alarm/outbox", filestore.Options{Sync: true}) // for Config.Store
//
// # When it connects again
//
// It connects again when the network fails, when the server closes the connection or
// breaks the protocol, when no PINGRESP arrives, and when a CONNACK has code 3 (server
// unavailable). The same holds for a first Connect. CONNACK codes 1, 2, 4 and 5 are
// final: the call fails with a [*client.ConnackError], and later calls with ErrClosed
// until Connect is called again. A reconnect uses the clean session flag of the last
// Connect. There are never two open connections.
//
// A call that takes a context connects when it finds the connection lost. CheckMsg,
// which never waits, only reports the loss. A context ends every wait at once.
//
// # How long it tries
//
// The client's [Policy] decides. [BestEffort], [Within] and [Forever] are for the three
// uses that the documentation of umqtt.robust names: readings of which some may be
// lost, a button whose press is useless after some seconds, and an alarm that must be
// delivered.
//
//	            attempts of a call    waits between them    ends with
//	BestEffort  one                   none                  GaveUpError
//	Within(d)   while there is time   backoff               GaveUpError after d at the latest
//	Forever(b)  any number            backoff b             the context, or a final refusal
//
// The delays belong to the client, not to the call: calls with short contexts do not
// make attempts more frequent. The backoff begins again only after a connection that
// lasted at least ten times the delay that would follow its end, so that the delays
// still grow when connections are lost after a short time. [Config].OnAttempt is called
// after every attempt; [Config].Clock and [Config].Rand make the delays exact in tests.
//
// # What it does afterwards
//
// It first sends the messages in flight again, as the same packets with DUP. Then, if
// the server has no session, it sends one SUBSCRIBE for all remembered subscriptions,
// with the same QoS. Then it sends what is new. A CONNECT without an answer may have
// begun a new session, which the next CONNACK reports as present: the subscriptions are
// then made again, too. With a clean session no packet is sent again: a message whose
// Publish is still running is published as a new packet, without DUP. Interrupted calls
// of Publish, Subscribe and Unsubscribe are completed, or fail with the reason.
// AckTimeout ends a call, not the connection, and nothing is sent twice on an open
// connection. The call that sends the SUBSCRIBE waits for its SUBACK, and fails if its
// context or AckTimeout ends this wait. Later calls do not wait for it; the one that
// reads the SUBACK processes it.
//
// The messages in [client.Config].Store, from an earlier process, are in flight from
// the beginning. With a Store, and without a clean session, a QoS 1 message is stored
// and in flight before its Publish waits for a connection, for the subscriptions or for
// anything else. Only with MaxInflight messages in flight does Publish wait first. A
// call that ends without a PUBACK returns a [*client.PendingError], and the message is
// sent when there is a connection. Post never waits, with or without a connection.
//
// # Messages that break the connection
//
// Some servers close the connection when they receive a message that they do not
// accept. A client that sends it again would never get a working connection. When
// [Config].PoisonAfter connections in a row end while the same packet is the oldest
// unacknowledged one, the packet is dropped with a [*PoisonError]. Connections that end
// by a timeout, such as a missing PINGRESP, do not count. The call that waits for the
// packet returns the error. If no call waits, OnOutcome reports a message, and OnNotice
// a subscription that was made again. OnNotice also reports a server that breaks the
// protocol as often while no packet of the client is unacknowledged. A message from the
// server that is larger than MaxPacket is discarded, and OnNotice is called; see
// [Config].CloseOversize.
//
// # Inside the callback
//
// Calls inside the callback reconnect like others: a call that finds the connection
// lost connects again before it returns, with the policy's limit for itself. The outer
// call then continues with the new connection. The message whose callback runs was not
// acknowledged, and the server sends it again. The call that reconnects also makes the
// subscriptions again, except at MaxDepth, where the next outer call does.
//
// # Memory
//
// On an open connection Publish, Post, WaitMsg, WaitFor and CheckMsg make no
// allocations beyond those of package client, except with [Within], which makes a timer
// for each call. All subscriptions are remembered until Unsubscribe; there is no limit.
//
// PROOFS.md, in the folder of this package, lists these promises and the tests of each.
package robust
