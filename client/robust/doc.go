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
//	for ctx.Err() == nil && !errors.Is(err, client.ErrClosed) {
//		if _, err = c.WaitMsg(ctx); err != nil { // across lost connections
//			log.Print(err)
//		}
//	}
//
// With Forever, what WaitMsg returns before its context ends is a report, after
// which it works on, or a final refusal, after which it says ErrClosed.
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
// do not make the attempts more frequent, and a connection that ends before it has
// proved itself does not begin the backoff anew. [Config].OnAttempt sees every
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
// from the beginning.
//
// # Messages that break the connection
//
// Some servers close the connection at a message that they do not like, and a
// client that sends it again would do so for ever. When [Config].PoisonAfter
// connections in a row end while the same packet is the oldest unacknowledged
// one, it is given up with a [*PoisonError], and the client lives. Connections
// that end in silence (no PINGRESP, a timeout) do not count. A server that breaks
// the protocol as often, without a packet of ours to blame, is reported in the
// same way. A message of the server's that is larger than MaxPacket is read past and
// reported, see [Config].CloseOversize.
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
// On a good connection Publish, WaitMsg and CheckMsg allocate nothing beyond what
// package client does, except with [Within], which makes a timer for each call.
// Subscriptions are remembered until Unsubscribe: as many as the caller makes.
//
// # Promises, and what proves them
//
// Tests are those of this package; a name with a slash is a scenario.
//
// Connecting again:
//
//	network loss, EOF, broken protocol, silence, and CONNACK code 3
//		TestLosses TestSweep reconnect/broker-gone-and-back
//		reconnect/unavailable-at-a-reconnect
//	the first connect included
//		TestFirstConnect reconnect/first-connect reconnect/first-connect-cut
//	CONNACK codes 1, 2, 4 and 5 are final and typed
//		TestFinalCodes TestSweep reconnect/refused-for-good
//	with the clean session flag and the will that were asked for
//		TestSetters session/reconnect-keeps-the-flag reconnect/will-each-time
//	never two open connections
//		TestConnectAgain TestConnectAgainFails TestSweep reconnect/one-connection-at-a-time
//	none after Disconnect and Close, in the callback too
//		TestStop TestNestedStop reconnect/not-after-disconnect
//	through restarts and outages of days, messages in order
//		TestOutageWithPersistence TestRestartWithoutPersistence TestRestartInFlight TestRestarts
//		session/reconnect-queued-in-order reconnect/hours-without-the-broker
//
// How long:
//
//	BestEffort: one attempt, then the report
//		TestBestEffort TestBestEffortOnce TestNestedBestEffort TestSensorRadio
//	Within: ends in time, whatever it waits for
//		TestWithin TestSweep TestButtonRadio
//	Forever: tries on
//		TestSweep TestAlarmRadio TestSilentServerRadio
//	a policy of one's own
//		TestOwnPolicy
//	delays begin small, grow, spread and are bounded
//		TestDelays TestDelaysSpread TestDelayDoesNotOverflow TestSeed reconnect/backoff-grows
//	they begin anew only after a connection that has lasted
//		TestProof TestFlappingServer TestResetAfterLasting TestSameClientID
//		reconnect/backoff-begins-anew reconnect/flapping-server
//	they are the client's, not the call's
//		TestShortContexts
//	clock and randomness are the caller's
//		TestClock TestSeed TestOnAttempt
//	a context ends any wait at once, a backoff too
//		TestCancelBackoff TestCancelAttempt TestPublishContext TestResubscribeContext TestEndedContext
//	a hook sees every attempt: cause, number, delay, outcome
//		TestOnAttempt
//
// Afterwards:
//
//	redelivery, then subscriptions, then what is new
//		TestRedelivery TestResubscribe reconnect/in-flight-before-new
//		reconnect/redelivery-before-new
//	a publish that was reported done has arrived, at least once
//		TestSweep
//	the subscriptions are as asked, with their QoS
//		TestResubscribe TestResubscribeMany TestSweep reconnect/resubscribes
//		session/reconnect-resubscribes-the-latest
//	nothing is subscribed again when the server has the session
//		TestResubscribe TestConnectBeganNothing reconnect/does-not-resubscribe
//	a session that an attempt may have begun unseen is not taken for an older one
//		TestConnackLost TestConnackLostInConnect TestConnectSessionOfItsOwn
//		TestConnectSessionUntold reconnect/connack-lost
//	they are asked for once on a connection, however long the SUBACK takes
//		TestResubscribeShortContexts TestResubscribeContext TestResubscribeTimeout
//		TestResubscribeOneAfterAnother TestResubscribeRefusedLate TestResubscribeAnsweredWrongly
//		TestResubscribePoison TestNestedReplacedResubscribe reconnect/suback-late
//	interrupted redeliveries, resubscriptions and requests are completed or reported
//		TestRedeliveryInterrupted TestResubscribeInterrupted TestRequestInterrupted
//		reconnect/subscribe-interrupted reconnect/unsubscribe-interrupted
//	with clean session an interrupted publish is published anew
//		TestPublishAnew TestNestedAnew reconnect/clean-session-publishes-anew
//	what is given up is reported
//		TestDropped TestResubscribeRefused TestReportedLater
//	messages of an earlier process go first
//		TestStoredMessages TestStoredInFlight TestStoredDropped TestBrokenStore
//
// The rest:
//
//	a message that breaks the connection again and again ends in ErrPoison
//		TestPoison TestPoisonCleanSession TestPoisonBlamesTheOldest TestPoisonSubscribe
//		TestUnwritable reconnect/poison
//	a server that breaks the protocol as often is reported
//		TestPoisonFromServer TestCheckMsgPoison
//	a message that is too large does not stand in the way of others
//		TestOversize
//	what breaks the protocol is never reported as a message
//		TestMalformedMessage
//	silence is nobody's fault
//		TestNoPoison TestNoPoisonFromConnack
//	calls inside the callback are as robust
//		TestNestedReconnect TestNestedRedelivery TestNestedResubscribe TestNestedAtMaxDepth
//		TestNestedReplaced reconnect/inside-the-callback
//	CheckMsg never waits and never connects
//		TestCheckMsg
//	arguments are checked before a connection is waited for
//		TestPublishChecksFirst TestFinalSettings
//	no allocation on a good connection
//		TestNoAllocation
package robust
