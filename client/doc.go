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
// begins without them, and Connect returns a DroppedError that lists them, also when
// it succeeds. There is no other way to give up a message in flight. With a
// Config.Store they survive the process too: they are stored before they are sent,
// and New takes them up again. Package filestore, below this one, is a store in a
// file. The messages of a clean session are not stored.
//
// Subscriptions are the server's to keep: when Connect reports that the session
// was not present, subscribe again. Package robust, below this one, does that.
//
// # The price of contexts
//
// A call that waits allocates nothing with a context that cannot be cancelled (on TLS
// at most one thing), two things with one that can, and five when such a context is
// used for the first time: a main loop does well to keep one. If its type is not one
// of package context's own, [context.AfterFunc] runs a goroutine while the call waits.
// Connect makes a context with a deadline, and so a timer; dialling and the handshake
// of TLS run goroutines, which end with them.
//
// # Errors
//
// Each error of a call is an [*Error] (inside a [*PendingError] for a QoS 1
// message in flight) and tells whether the connection is open. Open it stays after
// a [*ValidationError], ErrDepth, ErrInflight, a wait that timed out or was
// cancelled, a [*SubscribeError], a [*StoreError], and the report of a skipped
// packet. Everything else closes it: a [*ProtocolError], a [*ConnectionError], a
// packet written in part, a failed Connect.
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
//
// # Promises, and what proves them
//
// Names with a slash are scenarios of the conformance suite, the others tests and
// fuzz targets of this module; TestProofs checks that all of them exist.
//
// Memory:
//
//	nothing allocated in the steady state
//		TestAllocationsOverSockets TestAllocations
//	at most one allocation on TLS, two with a cancellable context, five with a new one
//		TestAllocationsOverSockets TestAllocations
//	2.8 KiB a connected client at default settings, or less
//		TestMemoryPerClient
//	a large message is not paid for for ever, nor again and again
//		TestLargeGivenUp TestLargeKept
//	buffers may be the caller's
//		TestOwnBuffers TestBufferBound
//	what a peer announces costs nothing
//		TestAnnouncedOverTCP TestAnnounced TestOversizeClose
//	an oversize PUBLISH closes, or is skipped and acknowledged if it is valid
//		TestOversizeClose TestOversizeSkip TestOversizeSkipViolations TestOversizeSkipNested
//		network/larger-than-allowed
//	one Write a packet
//		TestOneWrite
//	writes bounded by WriteTimeout, both sides sending too
//		TestWriteTimeout TestWriteTimeoutShared TestBothSidesSend TestBothSidesSendHealed
//		TestWriteOfTLS
//	a call's own packet, and all that Connect writes, end with the call
//		TestWriteByDeadline TestWriteByDeadlineBorders TestConnectBoundsRedelivery
//	a short wait costs a slow link nothing
//		TestPubackBeyondDeadline
//
// Packets:
//
//	a packet counts when its last byte is there, at any split
//		TestCheckMsgSplits TestCut FuzzClientReceive network/cut-within-a-message
//		network/inbound-in-single-bytes
//	every packet is dispatched by its type
//		TestCheckMsgSplits FuzzClientReceive qos1/puback-after-own-delivery
//	what a server must not send closes, with the statement
//		TestViolations TestConnectViolations TestSubackViolations malformed/reserved-type
//		malformed/second-connack
//	a stray, late or duplicate PUBACK is tolerated
//		TestAcksOutOfOrder TestNestings qos1/stray-puback
//		recursion/puback-twice
//	QoS 2 is refused before a byte, and closes when it is sent
//		TestArguments TestInboundQoS2 malformed/publish-qos-2
//	lengths are bytes
//		TestPublishBytes TestBytesPublish publish/lengths-at-the-borders
//	all input is validated before the first byte
//		TestNewValidates TestArguments TestGoodFilters TestHeaderLengths
//		publish/topic-names-refused
//
// In flight:
//
//	acknowledgements count in any order, whichever call reads them
//		TestAcksOutOfOrder TestNestedPublish TestNestings recursion/acks-cross-twice
//		recursion/last-in-first-out recursion/messages-while-a-callback-waits
//	MaxInflight, then ErrInflight
//		TestMaxInflight qos1/in-flight-limit
//		recursion/slot-freed-inside
//	a full table first takes up what has arrived
//		TestFullTakesUp TestFullTakesUpAnswers TestFullUnderFlood
//	identifiers 1 to 65535, none that is in use
//		TestPacketIDs TestPacketIDsWrap
//		session/identifier-still-taken
//	a publish that timed out stays in flight and says so
//		TestAckTimeout TestPublishContext TestPublishLost qos1/timed-out-stays-in-flight
//		session/timed-out-keeps-its-place recursion/nested-times-out
//	a subscribe that timed out keeps its identifier
//		TestSubscribeTimeout TestSubscribeLost
//	sent again in order, DUP set, same identifier, before anything new
//		TestRedelivery TestRedeliveryAgainAndAgain TestRedeliveryBeforeNested
//		TestPublishSurvivesCuts qos1/resend-order reconnect/redelivery-before-new
//		session/several-over-two-cuts session/cut-in-the-redelivery
//	a clean session drops what was in flight, and tells
//		TestCleanSessionDrops TestAfterCleanSessionDrops session/clean-does-not-resend
//	a resend on a live connection only with RetryAfter
//		TestRetryAfter TestNoRetryByDefault qos1/retry-on-a-live-connection
//	a store that fails is told of by the message's own Publish, or else a later call
//		TestStoreDeleteFails TestStorePutFails
//	stored before it is sent, and kept through a restart
//		TestStoredBeforeSent TestStoreRestart TestStoreCleanSession TestStorePutFails TestKill
//		TestTornTail
//
// Nesting:
//
//	ErrDepth at MaxDepth, before a byte; QoS 0 still works
//		TestMaxDepth TestNestings recursion/depth-limit recursion/qos0-at-the-depth-limit
//	a message's bytes stay until its callback returns, in bounded memory
//		TestMessageBytesStay TestBufferBound TestNestings
//	PUBACK after the callback, in order of arrival
//		TestPubackOrder TestAcksFull TestNestings recursion/puback-after-the-callback
//		recursion/pubacks-in-arrival-order
//	a callback that panics: no PUBACK, closed, the panic goes on
//		TestPanic TestPanicRecoveredInside TestGoexit
//	Connect, Disconnect, Close inside a callback: ErrClosed around it
//		TestConnectInCallback TestEndInCallback TestCleanConnectInCallback
//		recursion/close-in-the-callback recursion/reconnect-forgets-acknowledgements
//
// Time:
//
//	every wait is bounded by its context or AckTimeout
//		TestAckTimeout TestPublishContext TestWaitMsgCancelled TestNestings
//	an answer that came in time counts, slow callbacks or not
//		TestAnswerInTime TestAnswerNotInTime TestAnswerReadAhead
//	CheckMsg never waits
//		TestCheckMsgSplits TestCheckMsgOverSockets TestRawTry TestLatePoke
//	a foreign net.Conn is read for 1 ms
//		TestForeignDeadlines TestCheckMsgOverSockets
//	Connect as a whole is bounded
//		TestConnectTimeout TestConnectContext TestConnectBoundsRedelivery TestTLSFails
//		connect/connack-never-comes
//	PINGREQ in time while a call waits
//		TestPingWhileWaiting TestOnlyReceiving TestPingInPublish TestConnectSlowConnack keepalive/ping-when-idle
//		keepalive/publish-waits keepalive/only-receives keepalive/longest
//		keepalive/minutes
//	PINGREQ first in every call, a refused one too; NextDue tells when
//		TestPingInCalls TestCheckMsgLoop TestLateCallerInTime TestRefusedServes
//	no PINGRESP in time closes
//		TestPingTimeout TestPingTimeoutDefault keepalive/silent-peer keepalive/half-open
//		keepalive/deaf keepalive/unheard TestPongBehindSkip
//	who only sends notices a dead peer, without a callback
//		TestBusySenderDeadPeer TestBusySenderLivePeer TestBlindSender keepalive/busy-sender
//	what arrived before the end is delivered before it is reported
//		TestArrivedBeforeEnd TestArrivedBeforeEndOverTCP TestArrivedBeforeStall
//		TestPubackBeforeEnd TestSendAfterLostPuback
//		TestLateCallerMessages TestEndOverSockets
//	messages read ahead while a PINGRESP is pending lose nothing, and cost no more
//		TestPongAmongMessages TestLookAheadOfMany TestNestings
//	late callers are told
//		TestLateCaller TestLateCallerMessages TestLateCallerDrops
//	keep alive 0 is off
//		TestNoKeepAlive keepalive/zero-is-off
//
// The rest:
//
//	errors tell the call, the reason and the state
//		TestErrorTexts TestNotConnected TestViolationInPublish
//	the kind is true beside an error, too
//		TestKindBesideError TestOversizeSkip
//	what must leave the connection open does, what must not closes it
//		TestMaxDepth TestAckTimeout TestArguments TestViolations TestPartialWrites
//		TestWriteFails
//	a connection that takes nothing is closed at once, on TLS too
//		TestCloseStalledTLS
//	no socket leaks
//		TestDialContextEnds TestTLSFails TestConnectAgain
//	a concurrent call that can be seen gets ErrConcurrent
//		TestConcurrent TestConcurrentWithCallback TestTraceMustNotCall
//	Trace sees every packet
//		TestTrace
//	umqtt's bytes
//		TestBytesConnectAll TestBytesConnect TestBytesSubscribe TestBytesPublish
//		TestBytesReceive TestBytesRest TestBytesOneCounter
//	TLS: server name, client certificates; other transports by Dial
//		TestServerName TestClientCertificate TestUnixSocket TestAddress
package client
