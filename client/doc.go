// Package client is a client for MQTT 3.1.1 over TCP and TLS, in the manner of
// MicroPython's umqtt.simple: one object publishes and subscribes, topics and
// payloads are bytes, messages come through a callback and not a queue, and
// WaitMsg and CheckMsg are steps of the caller's main loop. A program that only
// publishes calls neither. The package needs the standard library only and starts
// no goroutines and no timers.
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
//	check_msg()                         CheckMsg()
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
// queue. Calls that read (all but Ping, Disconnect, Close, Connect and Publish at
// QoS 0) nest up to MaxDepth, beyond which they fail with ErrDepth before a byte
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
// CONNECT on. When no PINGRESP comes within PingTimeout the connection is closed
// with ErrTimeout. A caller who comes too late and finds that the server has ended
// the connection is told so by the ConnectionError.
//
// # Sessions
//
// QoS 1 messages stay in flight until their PUBACK, beyond the end of the
// connection: Connect(ctx, false) sends them again first of all. A Publish that
// ended early says so with a PendingError. A clean session, or the one after it,
// begins without them, and Connect returns a DroppedError that lists them.
// Subscriptions are the server's to keep: when Connect reports that the session
// was not present, subscribe again. Package robust, below this one, does that.
//
// # Errors
//
// Each error of a call is an [*Error] (inside a [*PendingError] for a QoS 1
// message in flight) and tells whether the connection is open. Open it stays after
// a [*ValidationError], ErrDepth, ErrInflight, a wait that timed out or was
// cancelled, a [*SubscribeError], and the report of a skipped packet. Everything
// else closes it: a [*ProtocolError], a [*ConnectionError], a packet written in
// part, a failed Connect.
//
// Decisions where the standard leaves room: a PUBACK for an unknown packet
// identifier is tolerated, a SUBACK or UNSUBACK is not; so is an unasked PINGRESP;
// session present after a clean session closes the connection [MQTT-3.2.2-1], as
// does a DISCONNECT from the server; a granted QoS above the one asked for is
// passed on. A will may have QoS 2, since the server publishes it; nothing else
// may: QoS 2 is left out on purpose.
//
// A Client is not safe for concurrent use. Where a concurrent call can be seen it
// fails with ErrConcurrent.
package client
