// Package client is a client for MQTT 3.1.1 over TCP and TLS, modelled on MicroPython's
// umqtt.simple: one object publishes and subscribes, topics and payloads are bytes, and
// a callback receives messages. The caller's main loop calls WaitMsg or CheckMsg; a
// program that only publishes calls neither. The package needs only the standard
// library. It starts no goroutines and no timers of its own; see "The price of
// contexts" for those that contexts start.
//
//	c, err := client.New(client.Config{Addr: "broker.lan", ClientID: "gw-1", KeepAlive: time.Minute})
//	...
//	c.SetCallback(func(m client.Message) { log.Printf("%s: %s", m.Topic, m.Payload) })
//	_, err = c.Connect(ctx, true)
//	...
//	_, err = c.Subscribe(ctx, client.Filter{Topic: []byte("house/#"), QoS: 1})
//	for err == nil {
//		_, err = c.WaitMsg(ctx)
//	}
//
// A loop with other work waits for some time at once:
//
//	for err == nil {
//		_, err = c.WaitFor(ctx, time.Second) // nil when nothing has come
//		...
//	}
//
// With a store, QoS 1 messages survive the end of the process:
//
//	store, err := filestore.Open("/var/lib/gw/outbox", filestore.Options{}) // for Config.Store
//
// # When to use another client
//
// This package has no goroutine that reads. A program that makes no call for longer
// than the keep alive loses its connection, and one that calls from several goroutines
// needs its own lock. There is no QoS 2, no MQTT 5, no WebSocket (Config.Dial may open
// one with a library), and no list of servers. Messages are delivered one after the
// other: a slow callback delays all later messages. For a client that works in the
// background of a large program, use paho.mqtt.golang or paho.golang/autopaho. This
// package is for programs with a main loop, for many clients in little memory, and for
// devices that must know what was delivered.
//
// # For those who know paho.mqtt.golang
//
//	paho.mqtt.golang                     here
//	NewClientOptions, AddBroker(url)     Config{Addr: url}: mqtt:, tcp:, mqtts:, ssl:, tls:
//	SetOnConnectHandler, AutoReconnect   package robust: OnAttempt; subscriptions are kept
//	SetDefaultPublishHandler             SetCallback; filters have no callbacks of their own
//	SetOrderMatters                      messages come in order always
//	SetCleanSession(b)                   Connect(ctx, b)
//	SetStore(NewFileStore(dir))          Config.Store, filestore.Open(file)
//	SetKeepAlive, SetPingTimeout         Config.KeepAlive, PingTimeout; served inside calls
//	SetWriteTimeout, SetConnectTimeout   Config.WriteTimeout, ConnectTimeout, and contexts
//	SetWill                              SetLastWill
//	Publish at QoS 0                     Publish; Hold and Flush send many with one Write
//	Publish at QoS 1, token.Wait()       Publish
//	Publish at QoS 1, token.Done()       Post, Config.OnOutcome; WaitAcks waits for all
//	token.WaitTimeout(d)                 a context with a timeout, or Config.AckTimeout
//	Subscribe(topic, qos, callback)      Subscribe(ctx, Filter{Topic, QoS}, ...)
//	goroutines that receive              WaitMsg or WaitFor in a loop of yours
//	Disconnect(quiesce)                  WaitAcks(ctx), then Disconnect()
//
// # For those who know umqtt
//
//	umqtt                               here
//	MQTTClient(id, server, ...)         New(Config{ClientID, Addr, Username, Password, KeepAlive, TLS})
//	set_callback(f)                     SetCallback(f); f gets a Message: also QoS, Retain, Dup, PacketID
//	set_last_will(topic, msg, ...)      SetLastWill(topic, payload, qos, retain)
//	connect(clean_session)              Connect(ctx, cleanSession)
//	disconnect()                        Disconnect(); Close() leaves without the DISCONNECT
//	ping()                              Ping(); with a KeepAlive there is no need to
//	publish(topic, msg, retain, qos)    Publish(ctx, topic, payload, qos, retain)
//	subscribe(topic, qos)               Subscribe(ctx, Filter{Topic, QoS}, ...)
//	unsubscribe(topic)                  Unsubscribe(ctx, topic, ...)
//	wait_msg()                          WaitMsg(ctx)
//	check_msg()                         CheckMsg(); WaitFor(ctx, d) waits for a while
//	a loop of publish(..., qos=1)       Post(ctx, topic, payload, retain), then WaitAcks(ctx)
//	OSError                             an *Error, in which errors.Is and errors.As find why
//
// It behaves differently in these points. An acknowledgement counts whichever nested
// call reads it, and the depth of nested calls is limited. CheckMsg does not wait for
// the rest of a partly received packet. A context ends every wait. PINGREQ is sent when
// it is due. Connect sends unacknowledged messages again. Violations of the standard,
// by the server or by the caller, are errors that name the statement.
//
// # Nesting
//
// A QoS 1 Publish processes what arrives while it waits for its PUBACK. It may
// therefore call the callback, which may publish again: there is no queue but the call
// stack. Calls that read (all but Ping, Disconnect, Close, Connect, Hold, Flush, Post
// and Publish at QoS 0) nest up to MaxDepth. A deeper call fails with ErrDepth before a
// byte is sent. A message is acknowledged when its callback has returned and all
// earlier messages are acknowledged [MQTT-4.6.0-2]. If the callback panics, the message
// is not acknowledged, the connection is closed, and the panic continues. Connect,
// Disconnect and Close may be called in the callback: the call around it then returns
// ErrClosed.
//
// # Keep alive
//
// Calls serve the keep alive: each call first sends a PINGREQ that is due, and WaitMsg
// and the other calls that wait send it while they wait. NextDue returns the time by
// which the caller must make the next call. PINGREQ is due before the keep alive ends,
// by a tenth of it and at most by a second, so that a timer may fire late. It is also
// due when the server was silent for the length of the keep alive while the client was
// sending. The keep alive begins with the CONNECT.
//
// When no PINGRESP arrives within PingTimeout, the connection is closed with
// ErrTimeout. Other bytes that arrive extend the wait, since the PINGRESP may be behind
// them: the connection is closed when nothing has arrived for PingTimeout. Complete
// packets extend the wait to at most four times PingTimeout after the PINGREQ. A packet
// that is being received at that time may be completed, as long as each part arrives
// within PingTimeout of the last; MaxPacket bounds its size. A slow line can therefore
// deliver a message that takes many times the keep alive, but a server that sends
// without end and never answers the PINGREQ loses the connection. When the receive
// buffer is full and the caller processes nothing for PingTimeout, the wait begins
// again.
//
// If the caller makes no call for longer than the keep alive and the server has ended
// the connection, the ConnectionError says by how much in Late. WaitMsg and CheckMsg
// first deliver what had arrived. A call that sends closes the connection at once:
// messages that had arrived are discarded and not acknowledged, so that the server
// sends those of QoS 1 again in their session.
//
// # Sessions
//
// A QoS 1 message stays in flight until its PUBACK, even after the end of the
// connection: Connect(ctx, false) sends it again before anything else. A Publish that
// ends earlier returns a PendingError. A clean session, and the session after it, begin
// without the messages in flight: OnOutcome is called for each with ErrDropped, and
// Counts counts them. There is no other way to drop a message in flight. With a
// Config.Store messages survive the end of the process, too: a message is stored before
// the call that publishes it writes anything, and New loads it. Package
// client/filestore is a store in a file. The messages of a clean session are not
// stored.
//
// # Many messages
//
// Publish at QoS 1 takes a round trip. Post does not wait. With MaxInflight messages in
// flight it fails with ErrInflight, until a PUBACK arrives.
//
//	for _, r := range readings {
//		_, err := c.Post(ctx, topic, r, false)
//		if errors.Is(err, client.ErrInflight) {
//			...         // c.WaitMsg(ctx) or c.WaitAcks(ctx) makes room; then once more
//		}
//	}
//	err = c.WaitAcks(ctx)
//
// Hold gathers the packets of Post and of Publish at QoS 0, and Flush writes them with
// one Write, so that a device turns its radio on once for many readings. There is no
// timer. Other calls that wait or write first write the gathered packets.
//
// The server keeps the subscriptions of a session: when Connect reports that the
// session was not present, subscribe again. Package client/robust does so by itself.
//
// # The price of contexts
//
// A call that waits or writes makes no allocation (at most one with TLS) while the calls
// use the same context. It makes up to five when its context can be cancelled and is not
// that of the call before. A main loop should therefore keep one context and wait with
// WaitFor. The client keeps such a context, by [context.AfterFunc], until another one is
// used or the connection ends; if the context's type is not from package context, this
// runs a goroutine.
//
// The end of a context ends the call's wait at once, and the writing of its own packet
// 10 ms later. Ending a write closes the connection, since a partly written packet
// cannot be taken back. PUBACK and PINGREQ do not belong to the call: only WriteTimeout
// bounds their writing.
//
// Connect makes a context with a deadline, which uses a timer. Dialling and the TLS
// handshake run goroutines that end with them.
//
// # Errors
//
// Each error of a call is an [*Error], inside a [*PendingError] for a QoS 1 message in
// flight. Its field Open says whether the connection is open. The connection stays open
// after a [*ValidationError], ErrDepth, ErrInflight, a wait that timed out or was
// cancelled, a [*SubscribeError], and a [*StoreError] with Op "put". Every other error
// closes it: a [*ProtocolError], a [*ConnectionError], a partly written packet, a
// failed Connect.
//
// Where the standard leaves the reaction open, the client does this. It ignores a
// PUBACK with an unknown packet identifier and an unasked PINGRESP. A SUBACK or
// UNSUBACK with an unknown packet identifier, a DISCONNECT from the server, and session
// present after a clean session [MQTT-3.2.2-1] close the connection. Subscribe returns
// a granted QoS above the requested one as it is. A will may have QoS 2, since the
// server publishes it. QoS 2 is otherwise not supported.
//
// Config.OnNotice reports errors that do not make a call fail: a skipped packet, an
// acknowledged message that the store could not delete.
//
// A Client is not safe for concurrent use. A concurrent call that the client detects
// fails with ErrConcurrent.
//
// PROOFS.md, in the folder of this package, lists these promises and the tests of each.
package client
