// Package client is a client for MQTT 3.1.1 over TCP and TLS, in the manner of
// MicroPython's umqtt.simple: one object publishes and subscribes, topics and
// payloads are bytes, messages come through a callback and not a queue, and
// WaitMsg and CheckMsg are steps of the caller's main loop. A program that only
// publishes calls neither. The package needs the standard library only and starts
// no goroutines and no timers of its own; what contexts bring along is told below.
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
// A call that succeeds returns nil, and one that fails an error. A loop with other work
// waits for a while at a time:
//
//	for err == nil {
//		_, err = c.WaitFor(ctx, time.Second) // nil when nothing has come
//		...
//	}
//
// With a store, messages at QoS 1 survive the process:
//
//	store, err := filestore.Open("/var/lib/gw/outbox", filestore.Options{}) // for Config.Store
//
// # When to use another client
//
// This package has no goroutine that reads. A program that calls nothing for longer
// than the keep alive loses its connection, and one that calls from several goroutines
// needs a lock of its own. It has no QoS 2, no MQTT 5, no WebSocket (Config.Dial opens
// one with a library), and no list of servers to try. It delivers messages one after
// the other, and a callback that takes long holds up everything behind it. Who wants a
// client that works by itself in the background, as one of many parts of a large
// program, is better served by paho.mqtt.golang or paho.golang/autopaho. It is made for
// programs with a main loop, for many clients in little memory, and for devices that
// must know what was delivered.
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
// What differs in behaviour: an acknowledgement counts whichever nested call reads
// it, and calls nest to a limit; half a packet is neither waited for by CheckMsg
// nor taken for a whole one; every wait ends with its context; PINGREQ is sent
// when it is due; what is unacknowledged is sent again after Connect; the server's
// violations, and the caller's, are errors that name the statement of the standard.
//
// # Nesting
//
// A QoS 1 Publish waits for its PUBACK and deals with what else arrives meanwhile,
// so it may call the callback, which may publish again: the call stack is the
// queue. Calls that read (all but Ping, Disconnect, Close, Connect, Hold, Flush, Post
// and Publish at QoS 0) nest up to MaxDepth, beyond which they fail with ErrDepth before a byte
// is sent. A message is acknowledged when its callback has returned and all
// earlier messages are acknowledged [MQTT-4.6.0-2]. If the callback panics the
// message is not acknowledged and the connection is closed; the panic goes on.
// Connect, Disconnect and Close may be called in the callback: the call around it
// returns ErrClosed.
//
// # Keep alive
//
// It is served inside calls: each sends a PINGREQ that is due first, and WaitMsg
// and the other calls that wait send it in time while they do. NextDue tells by
// when a caller who does something else must come back. PINGREQ is due a little
// before the keep alive ends, by a tenth or a second at most, so that a timer that
// fires late does no harm, and also when the server was silent for the length of
// the keep alive while the client was busy sending. Connect counts from the
// CONNECT on.
//
// When no PINGRESP comes within PingTimeout the connection is closed with ErrTimeout.
// What comes in its place postpones that, since the PINGRESP may be behind it: the
// connection is closed when nothing has come for PingTimeout. Whole packets postpone it
// to four times PingTimeout after the PINGREQ. The packet that is being received then
// may still be finished, as long as each part of it comes within PingTimeout of the
// last; MaxPacket bounds it. So a slow line delivers a message that takes many times
// the keep alive, and a server that only floods is given up. When the receive buffer is
// full and the caller takes nothing up for PingTimeout, the count begins anew.
//
// A caller who comes too late and finds that the server has ended
// the connection is told so by the ConnectionError. If that call was WaitMsg or CheckMsg,
// it and those after it first deliver what had arrived. If it was one that sends, the
// connection is closed at once: what had arrived unread is gone and not acknowledged,
// so that the server sends its QoS 1 messages again in their session.
//
// # Sessions
//
// QoS 1 messages stay in flight until their PUBACK, beyond the end of the
// connection: Connect(ctx, false) sends them again first of all. A Publish that
// ended early says so with a PendingError. A clean session, or the one after it,
// begins without them: OnOutcome is told of each with ErrDropped, and Counts counts
// them. There is no other way to give up a message in flight. With a Config.Store they
// survive the process too: they are stored before the call that publishes them writes
// anything, and New takes them up again. Package filestore, below this one, is a store
// in a file. The messages of a clean session are not stored.
//
// # Many messages
//
// Publish at QoS 1 takes a round trip. Post does not wait: up to MaxInflight messages
// are in flight, then it fails with ErrInflight until a PUBACK is there.
//
//	for _, r := range readings {
//		_, err := c.Post(ctx, topic, r, false)
//		if errors.Is(err, client.ErrInflight) {
//			...         // c.WaitMsg(ctx) or c.WaitAcks(ctx) makes room; then once more
//		}
//	}
//	err = c.WaitAcks(ctx)
//
// Hold gathers packets of Post and of Publish at QoS 0, and Flush writes them at once:
// one turn of the radio for many readings. There is no timer behind it. Calls that wait
// or write send what is gathered first.
//
// Subscriptions are the server's to keep: when Connect reports that the session
// was not present, subscribe again. Package robust, below this one, does that.
//
// # The price of contexts
//
// A call that waits or writes allocates nothing (on TLS at most one thing), but up to
// five when its context can be cancelled and is another one than that of the call
// before: a main loop does well to keep one, and to wait with WaitFor. The client keeps
// hold of such a context, by [context.AfterFunc], until another one is used or the
// connection ends; if its type is not one of package context's own, this runs a
// goroutine.
//
// The end of a context ends the call's wait at once, and the writing of its own packet
// 10 ms later, which closes the connection: a packet in part cannot be taken back.
// PUBACK and PINGREQ are not the call's own: where the server takes nothing,
// WriteTimeout bounds them.
//
// Connect makes a context with a deadline, and so a timer; dialling and the handshake
// of TLS run goroutines, which end with them.
//
// # Errors
//
// Each error of a call is an [*Error] (inside a [*PendingError] for a QoS 1
// message in flight) and tells whether the connection is open. Open it stays after
// a [*ValidationError], ErrDepth, ErrInflight, a wait that timed out or was
// cancelled, a [*SubscribeError], and a [*StoreError] with Op "put". Everything else closes it: a [*ProtocolError], a [*ConnectionError], a
// packet written in part, a failed Connect.
//
// Decisions where the standard leaves room: a PUBACK for an unknown packet
// identifier is tolerated, a SUBACK or UNSUBACK is not; so is an unasked PINGRESP;
// session present after a clean session closes the connection [MQTT-3.2.2-1], as
// does a DISCONNECT from the server; a granted QoS above the one asked for is
// passed on. A will may have QoS 2, since the server publishes it; nothing else
// may: QoS 2 is left out on purpose.
//
// What goes wrong without the failure of a call is told by Config.OnNotice: a packet
// that was read past, an acknowledged message that the store could not delete.
//
// A Client is not safe for concurrent use. Where a concurrent call can be seen it
// fails with ErrConcurrent.
//
// PROOFS.md, beside this file, lists what is promised here, and what proves it.
package client
