// Package monitor judges captures: it holds one checker for each statement or clause of MQTT 3.1.1 that a
// recording of the subject's side of the link can decide about the client, whatever the scenario was about.
//
//	for _, f := range monitor.Check(c, monitor.Simulated) {
//		if f.Level == monitor.Must {
//			t.Errorf("%v\n%v", f, c.Records[f.Record])
//		}
//	}
//
// It promises one thing above all: a conforming client is never accused. Each [Monitor] says in Rests which
// sentence it rests on and how that binds the client, and in Doc what it decides, what it leaves alone, and
// why. What holds for all of them:
//
//   - A capture has what the subject was handed, not what it has read. An acknowledgement that was handed
//     over may have been handled, or may be lost with its connection: the message it ends is from then on
//     neither known to be in flight nor known to be done, so that a resend and a reuse of its id are both
//     fine. The other way round, nothing can have been handled that was not handed over.
//   - What a subject tried to send on a connection that was just breaking may be missing. A message that
//     shows up as a resend after a reconnect, without a first sending, is therefore not remarkable.
//   - After a CONNACK without session present on a connection with clean session 0, the client may send
//     its unacknowledged messages again or drop them: both readings are fine.
//   - An acknowledgement does not die with its connection. Over a kept session a client may answer, and
//     answer once more, what it was handed on an earlier connection, in the order in which that came.
//   - The standard sets no time within which a client acknowledges, closes or sends again, and a client that
//     is slow is not accused of it. A finding that rests on [Patience] has the level [Should] and deserves a
//     warning; it comes only where the capture has times.
//   - What a client sends proves that it has read a packet only if it answers that packet, or uses an id that
//     the packet has freed. Everything else may come from another thread.
//   - A connection of another protocol, behind one of MQTT 3.1.1, is not judged.
//   - A capture begins where the subject's life begins: a client that keeps sessions on disk has to start
//     with none.
//   - What is only a SHOULD is left to the scenarios.
//
// Behind a packet of the client that the codec refuses, the exchanges of that connection are not judged any
// more: what the client meant is not known.
//
// Check takes one pass over the records.
package monitor
