// Package broker is mochi, embedded in this process and set up so that its
// conversation with a client depends on nothing but what the client sends and
// when. It is the end-to-end truth beside the script peer: real sessions,
// retained messages, wills and deliveries.
//
//	l := simnet.Listen("broker", 0) // or net.Listen("tcp", "127.0.0.1:0")
//	b, err := broker.Start(l)
//	…
//	b.Stop()
//
// # Promises
//
// Everybody may do everything, nothing is stored, nothing is logged, and nothing
// is sent that a client did not cause: there are no $SYS topics, since their
// figures differ from run to run. Messages in flight and sessions are kept until
// the broker stops, however long that is. Start and Stop may be called in a
// bubble of testing/synctest. Stop does not hang, whatever state the connections
// are in.
//
// Connections must be able to take what mochi writes while it holds a lock:
// in a bubble they must not have a bounded buffer that the client leaves full.
//
// # Limits
//
// A packet of [MaxPacket] bytes or more closes its connection, a connection beyond [MaxConns] is closed at once, and so is
// one without a CONNECT after [OpenTimeout]. A packet takes the memory of what has arrived of it, not of what it
// announces; the unfinished packets of all connections take 256 MiB at most.
//
// # Packet identifiers
//
// MQTT gives client and server a space of packet identifiers each
// [MQTT-2.3.1-2]. Mochi keeps one table for both, so that a client's QoS 1
// PUBLISH with identifier 1 makes it forget its own unacknowledged PUBLISH with
// identifier 1, and a SUBSCRIBE or UNSUBSCRIBE with identifier 1 is refused in the
// meantime. Inside the broker, the client's identifiers therefore have their top
// bit flipped; on the wire nothing of that is seen. A client that uses
// identifiers above 32767 meets the old fault again: use the script peer there.
//
// # Queued messages
//
// A server re-sends in the order of publication [MQTT-4.6.0-6]. Mochi sorts by whole
// seconds, and turns the order round every 18 hours; here a number takes the place of
// the second.
//
// # Sessions that are taken over
//
// A server disconnects the old connection of a client that connects anew
// [MQTT-3.1.4-2]. Mochi does so beside the new connection, and may then forget the
// new one's subscriptions; here the old connection, with its will, has ended before
// the CONNACK of the new one is sent.
//
// # What remains of mochi
//
// Where mochi differs from the standard or from one run to the next, scenarios
// use the script peer:
//
//   - It acknowledges a PUBLISH before it delivers it, and a SUBSCRIBE before it
//     looks for retained messages: one that is published in between comes twice.
//   - It re-sends on reconnect only, with DUP 1 even if it had never sent the
//     message.
//   - Retained messages matching a wildcard, and the copies of a message for several
//     clients, come in any order.
//   - It sends DISCONNECT to a client whose session is taken over, which 3.1.1
//     does not let a server send.
//   - It refuses a protocol level above 5, an empty client identifier with clean
//     session 0, and a filter while its identifier is in use, by codes (0x82, 0x80,
//     0x91) that 3.1.1 does not have; at level 5 it speaks MQTT 5,
//     but nothing expires, and a will with a delay is not sent.
//   - A keep alive above 43690 s overflows and closes the connection too early.
//   - A QoS 1 PUBLISH behind which the connection is reset at once can be lost: if its
//     PUBACK cannot be written, it is kept and sent on the next connection, though the
//     message was never passed on.
//   - It drops what exceeds 64 packets that wait to be written to one client.
package broker
